//! Issuing. The one rule: number, lines, journal, balance, credit and event happen in one transaction or not at all.

use super::draft::{Draft, Which, billable_in_op, drafts_in_op};
use super::settle::settle_many_in_op;
use crate::days;
use crate::events::InvoiceIssued;
use crate::ledger::{self, Entry};
use crate::policy;
use crm::timeline;
use model::AppError;
use model::billing::ledger::JournalDraft;
use model::billing::{InvoiceId, perm};
use model::crm::ServiceId;
use model::number::Series;
use model::portal::timeline::TimelineKind;
use model::time::{Date, Timestamp};
use platform::audit::Change;
use platform::error::from_sql;
use platform::{Op, Tx};
use uuid::Uuid;

/// Issues a service's first invoice: from the day of activation (today, when it is not active yet) to its account's next
/// billing day, by days, and the set-up fee. Idempotent: a service that was invoiced keeps its first invoice, which is
/// given back; when all of its invoices are void it begins anew today. `None` when there is nothing to pay.
///
/// # Errors
/// `NotFound` for a service of somebody else.
pub async fn issue_first_in_op(op: &mut Op, service_id: ServiceId) -> Result<Option<InvoiceId>, AppError> {
    let mut billable = billable_in_op(op, Which::One(service_id)).await?;
    let service = billable.first_mut().ok_or(AppError::NotFound)?;
    if !service.is_first {
        let first = sqlx::query_scalar!(
            "SELECT id FROM invoice WHERE service_id = $1 AND status <> 'void' ORDER BY period_from LIMIT 1",
            service_id.uuid()
        )
        .fetch_optional(op.conn())
        .await
        .map_err(from_sql)?;
        if let Some(first) = first {
            return Ok(Some(InvoiceId::from_uuid(first)));
        }
        // An activation that was undone voided its invoice: the next one begins anew.
        service.begin_again(op.today(), true);
    }
    let policy = policy::get_in_op(op).await?;
    let drafts = drafts_in_op(op, &billable, &policy, None).await?;
    Ok(issue_many_in_op(op, drafts).await?.pop())
}

/// Issues a service's next period, from the day after what is invoiced. Refuses a period that has not begun.
///
/// # Errors
/// `NotFound` for a service of somebody else, `Conflict` when everything until today is invoiced.
pub async fn issue_period_in_op(op: &mut Op, service_id: ServiceId) -> Result<Option<InvoiceId>, AppError> {
    let billable = billable_in_op(op, Which::One(service_id)).await?;
    if billable.is_empty() {
        return Err(AppError::NotFound);
    }
    let policy = policy::get_in_op(op).await?;
    let drafts = drafts_in_op(op, &billable, &policy, None).await?;
    let today = op.today();
    if let Some(early) = drafts.iter().find(|draft| draft.period.from > today) {
        return Err(AppError::Conflict(format!(
            "This service is invoiced until {}. The next invoice can be issued from {} on.",
            early.period.from.pred_opt().unwrap_or(early.period.from),
            early.period.from,
        )));
    }
    Ok(issue_many_in_op(op, drafts).await?.pop())
}

/// Issues the period of a void invoice again, with a new number and by the plan that the service has now. Idempotent: when
/// days of the period are invoiced already, that invoice is given.
///
/// # Errors
/// `NotFound` for an invoice of somebody else; `Conflict` for one that is not void, for a service that is not active, and
/// for days that are no period of the account any more.
pub async fn issue_again(tx: &mut Tx<perm::InvoiceWrite>, id: InvoiceId) -> Result<InvoiceId, AppError> {
    let void = sqlx::query!(
        r#"SELECT i.service_id, i.period_from, i.period_until, i.status = 'void' AS "is_void!",
             EXISTS (SELECT FROM invoice_line l WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id AND l.kind = 'setup') AS "is_first!"
           FROM invoice i WHERE i.id = $1"#,
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    let (true, Some(service), Some(from), Some(until)) =
        (void.is_void, void.service_id, void.period_from, void.period_until)
    else {
        return Err(AppError::Conflict("Only the period of a void invoice can be issued again.".into()));
    };
    let mut billable = billable_in_op(tx, Which::One(ServiceId::from_uuid(service))).await?;
    if let Some(invoice) = invoice_within(tx, service, from, until).await? {
        return Ok(invoice);
    }
    let is_active = sqlx::query_scalar!(r#"SELECT state = 'active' AS "is!" FROM service WHERE id = $1"#, service)
        .fetch_one(tx.conn())
        .await
        .map_err(from_sql)?;
    if !is_active {
        return Err(AppError::Conflict("The service is not active, so nothing more is billed for it.".into()));
    }
    for service in &mut billable {
        service.begin_again(from, void.is_first);
    }
    let policy = policy::get_in_op(tx).await?;
    let drafts = drafts_in_op(tx, &billable, &policy, None).await?;
    if drafts.iter().any(|draft| draft.period.until != until) {
        let why = "The account's billing day has changed since, so these days are no period of it any more.";
        return Err(AppError::Conflict(why.into()));
    }
    let issued = issue_many_in_op(tx, drafts).await?.pop();
    let issued =
        issued.ok_or_else(|| AppError::Conflict("The plan costs nothing now. There is no invoice to issue.".into()))?;
    tx.audit(
        Change::new("billing.invoice.issue_again", "invoice", issued).after(serde_json::json!({ "void_invoice": id })),
    );
    Ok(issued)
}

/// The invoice that bills days of this time for a service.
async fn invoice_within(op: &mut Op, service: Uuid, from: Date, until: Date) -> Result<Option<InvoiceId>, AppError> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM invoice WHERE service_id = $1 AND status <> 'void' AND period_from < $3 AND period_until > $2
         ORDER BY period_from LIMIT 1",
        service,
        from,
        until,
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(id.map(InvoiceId::from_uuid))
}

/// Issues drafts in a fixed number of statements, whatever their count, but for events and credit. Drafts without a line
/// only move the service's period on. The services' rows are locked by `billable_in_op`.
pub(crate) async fn issue_many_in_op(op: &mut Op, drafts: Vec<Draft>) -> Result<Vec<InvoiceId>, AppError> {
    advance_services(op, &drafts).await?;
    let drafts: Vec<Draft> = drafts.into_iter().filter(|draft| !draft.lines.is_empty()).collect();
    if drafts.is_empty() {
        return Ok(vec![]);
    }
    let (tenant, now) = (op.tenant(), op.now());
    let count = i64::try_from(drafts.len()).map_err(platform::internal)?;
    let last = platform::counter::take(op.conn(), tenant, Series::Invoice.code(), count).await.map_err(from_sql)?;
    let number = |i: usize| Series::Invoice.number(None, (last - count + 1).unsigned_abs() + i as u64);
    let ids: Vec<InvoiceId> = drafts.iter().map(|_| InvoiceId::new()).collect();
    let numbers: Vec<String> = (0..drafts.len()).map(number).collect();
    insert_invoices(op, &drafts, &ids, &numbers, now).await?;
    insert_lines(op, &drafts, &ids).await?;
    let entries = drafts.iter().zip(&numbers).map(|(draft, number)| {
        Entry::new(JournalDraft::invoice_issued(draft.account_id, draft.currency, &draft.sales()), number.clone(), now)
    });
    ledger::post_many_in_op(op, entries.collect()).await?;
    settle_many_in_op(op, drafts.iter().map(|draft| draft.account_id).collect()).await?;
    for ((draft, id), number) in drafts.iter().zip(&ids).zip(&numbers) {
        let facts = serde_json::json!({
            "id": id, "number": number, "amount_minor": draft.split().total(), "currency": draft.currency,
        });
        timeline::note_in_op(op, draft.account_id, TimelineKind::Invoice.code(), facts, TimelineKind::Invoice.class())
            .await?;
        op.publish(InvoiceIssued { invoice_id: *id, account_id: draft.account_id }).await?;
    }
    Ok(ids)
}

async fn advance_services(op: &mut Op, drafts: &[Draft]) -> Result<(), AppError> {
    let services: Vec<Uuid> = drafts.iter().map(|draft| draft.service_id.uuid()).collect();
    let until: Vec<Date> = drafts.iter().map(|draft| draft.period.last_day()).collect();
    sqlx::query!(
        "UPDATE service s SET invoiced_until = greatest(s.invoiced_until, n.until) FROM unnest($1::uuid[], $2::date[]) AS n(id, until) WHERE s.id = n.id",
        &services,
        &until,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(())
}

async fn insert_invoices(
    op: &mut Op,
    drafts: &[Draft],
    ids: &[InvoiceId],
    numbers: &[String],
    now: Timestamp,
) -> Result<(), AppError> {
    let tenant = op.tenant().uuid();
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let accounts: Vec<Uuid> = drafts.iter().map(|draft| draft.account_id.uuid()).collect();
    let services: Vec<Uuid> = drafts.iter().map(|draft| draft.service_id.uuid()).collect();
    let runs: Vec<Option<Uuid>> = drafts.iter().map(|draft| draft.run_id.map(|id| id.uuid())).collect();
    let due: Vec<Timestamp> = drafts.iter().map(|draft| days::end_of(op, draft.due_on)).collect();
    let from: Vec<Date> = drafts.iter().map(|draft| draft.period.from).collect();
    let until: Vec<Date> = drafts.iter().map(|draft| draft.period.until).collect();
    let currencies: Vec<String> = drafts.iter().map(|draft| draft.currency.code().to_owned()).collect();
    let net: Vec<i64> = drafts.iter().map(|draft| draft.split().net).collect();
    let excise: Vec<i64> = drafts.iter().map(|draft| draft.split().excise).collect();
    let vat: Vec<i64> = drafts.iter().map(|draft| draft.split().vat).collect();
    sqlx::query!(
        "INSERT INTO invoice (tenant_id, id, number, account_id, service_id, run_id, status, issued_at, due_at, period_from,
           period_until, currency, net_minor, excise_minor, vat_minor, total_minor, created_at)
         SELECT $1, n.id, n.number, n.account_id, n.service_id, n.run_id, 'issued', $2, n.due_at, n.period_from,
           n.period_until, n.currency, n.net, n.excise, n.vat, n.net + n.excise + n.vat, $2
         FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::timestamptz[], $9::date[], $10::date[],
           $11::text[], $12::bigint[], $13::bigint[], $14::bigint[])
           AS n(id, number, account_id, service_id, run_id, due_at, period_from, period_until, currency, net, excise, vat)",
        tenant,
        now,
        &ids,
        numbers,
        &accounts,
        &services,
        &runs as &[Option<Uuid>],
        &due,
        &from,
        &until,
        &currencies,
        &net,
        &excise,
        &vat,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(())
}

async fn insert_lines(op: &mut Op, drafts: &[Draft], ids: &[InvoiceId]) -> Result<(), AppError> {
    let tenant = op.tenant().uuid();
    let lines = || {
        drafts.iter().zip(ids).flat_map(|(draft, id)| draft.lines.iter().enumerate().map(move |line| (draft, id, line)))
    };
    let invoices: Vec<Uuid> = lines().map(|(_, id, _)| id.uuid()).collect();
    // An invoice has a handful of lines.
    let places: Vec<i16> = lines().map(|(_, _, (i, _))| i as i16 + 1).collect();
    let accounts: Vec<Uuid> = lines().map(|(draft, ..)| draft.account_id.uuid()).collect();
    let kinds: Vec<String> = lines().map(|(_, _, (_, line))| line.kind.code().to_owned()).collect();
    let titles: Vec<String> = lines().map(|(_, _, (_, line))| line.title.clone()).collect();
    let from: Vec<Option<Date>> = lines().map(|(_, _, (_, line))| line.period.map(|p| p.from)).collect();
    let until: Vec<Option<Date>> = lines().map(|(_, _, (_, line))| line.period.map(|p| p.until)).collect();
    let net: Vec<i64> = lines().map(|(_, _, (_, line))| line.split.net).collect();
    let excise: Vec<i64> = lines().map(|(_, _, (_, line))| line.split.excise).collect();
    let vat: Vec<i64> = lines().map(|(_, _, (_, line))| line.split.vat).collect();
    sqlx::query!(
        "INSERT INTO invoice_line (tenant_id, invoice_id, line, account_id, kind, title, period_from, period_until, net_minor,
           excise_minor, vat_minor, total_minor)
         SELECT $1, n.invoice_id, n.line, n.account_id, n.kind, n.title, n.period_from, n.period_until, n.net, n.excise, n.vat,
           n.net + n.excise + n.vat
         FROM unnest($2::uuid[], $3::smallint[], $4::uuid[], $5::text[], $6::text[], $7::date[], $8::date[], $9::bigint[],
           $10::bigint[], $11::bigint[])
           AS n(invoice_id, line, account_id, kind, title, period_from, period_until, net, excise, vat)",
        tenant,
        &invoices,
        &places,
        &accounts,
        &kinds,
        &titles,
        &from as &[Option<Date>],
        &until as &[Option<Date>],
        &net,
        &excise,
        &vat,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    Ok(())
}
