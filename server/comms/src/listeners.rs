//! From what happened to what people are told. The one rule: a job looks at how things are when it runs, so nobody is
//! reminded of what was paid in between.

use crate::notices::{Notice, put_in_op, send_in_op};
use crate::{t, words};
use billing::events::{InvoiceIssued, LockSet, PaymentPosted, ReminderDue};
use crm::accounts::AccountHead;
use field::events::WorkOrderChanged;
use model::billing::invoices::InvoiceStatus;
use model::billing::locks::LockReason;
use model::billing::{InvoiceId, PaymentId};
use model::comms::notices::NoticeKind;
use model::crm::{AccountId, ServiceId};
use model::field::WorkOrderId;
use model::field::work_orders::WorkOrderStatus;
use model::network::IncidentId;
use model::{AppError, Money};
use network::events::ServiceActivated;
use platform::error::from_sql;
use platform::{Job, JobCtx, JobError, Op};
use serde::{Deserialize, Serialize};
use sqlx::Result as SqlResult;
use uuid::Uuid;

/// Tells a subscriber what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notify {
    account_id: AccountId,
    about: About,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum About {
    Welcome { service_id: ServiceId },
    Invoice { invoice_id: InvoiceId },
    Reminder { invoice_id: InvoiceId, hours_before: i16 },
    Locked { service_id: ServiceId, reason: LockReason },
    Receipt { payment_id: PaymentId },
    Visit { work_order_id: WorkOrderId, status: WorkOrderStatus },
}

impl Notify {
    pub(crate) fn welcome(e: ServiceActivated) -> Option<Self> {
        Some(Self { account_id: e.account_id, about: About::Welcome { service_id: e.service_id } })
    }

    pub(crate) fn invoice(e: InvoiceIssued) -> Option<Self> {
        Some(Self { account_id: e.account_id, about: About::Invoice { invoice_id: e.invoice_id } })
    }

    pub(crate) fn reminder(e: ReminderDue) -> Option<Self> {
        let about = About::Reminder { invoice_id: e.invoice_id, hours_before: e.hours_before };
        Some(Self { account_id: e.account_id, about })
    }

    /// Only of money: that is what a subscriber can do something about.
    pub(crate) fn locked(e: LockSet) -> Option<Self> {
        let reason = LockReason::from_code(&e.reason).filter(|reason| reason.is_money_lock())?;
        Some(Self { account_id: e.account_id, about: About::Locked { service_id: e.service_id, reason } })
    }

    pub(crate) fn receipt(e: PaymentPosted) -> Option<Self> {
        Some(Self { account_id: e.account_id, about: About::Receipt { payment_id: e.payment_id } })
    }

    /// When a visit is planned and when somebody is on the way.
    pub(crate) fn visit(e: WorkOrderChanged) -> Option<Self> {
        let status = WorkOrderStatus::from_code(&e.status)
            .filter(|status| matches!(status, WorkOrderStatus::Scheduled | WorkOrderStatus::EnRoute))?;
        Some(Self { account_id: e.account_id, about: About::Visit { work_order_id: e.work_order_id, status } })
    }
}

impl Job for Notify {
    const KIND: &'static str = "comms.notify";
    const PRIORITY: i16 = 5;

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let account = crm::accounts::get_in_op(&mut op, self.account_id).await?;
        if let Some(told) = self.about.words(&mut op, &account).await? {
            let phone = account.phone.e164();
            send_in_op(&mut op, Notice::sms(told.kind, phone, account.lang, told.text, told.dedupe).about(account.id))
                .await?;
        }
        op.commit().await?;
        Ok(())
    }
}

/// A notice in words.
struct Told {
    kind: NoticeKind,
    text: String,
    dedupe: String,
}

impl About {
    /// The words of the notice, or `None` when there is nothing to tell any more.
    async fn words(&self, op: &mut Op, account: &AccountHead) -> Result<Option<Told>, AppError> {
        let (lang, number) = (account.lang, account.number.stored());
        let isp = platform::tenants::head(op.app(), op.tenant()).await?.name;
        let url = format!("{}/my", platform::tenants::public_url(op.app(), op.tenant()).await?);
        let told = |kind, text, dedupe| Ok(Some(Told { kind, text, dedupe }));
        match self {
            Self::Welcome { service_id } => {
                let text = t::sms_welcome(lang, words::first_name(&account.name), &isp, number, &url);
                told(NoticeKind::Welcome, text, format!("welcome:{service_id}"))
            }
            Self::Invoice { invoice_id } => {
                let invoice = billing::invoices::get_in_op(op, *invoice_id).await?;
                if invoice.status == InvoiceStatus::Void {
                    return Ok(None);
                }
                let (total, due) = (words::amount(invoice.total), words::day(invoice.due_on));
                let invoice = invoice.number.unwrap_or_default();
                let text = t::sms_invoice(lang, &isp, invoice, total, due, &url, number);
                told(NoticeKind::InvoiceIssued, text, format!("invoice:{invoice_id}"))
            }
            Self::Reminder { invoice_id, hours_before } => {
                let invoice = billing::invoices::get_in_op(op, *invoice_id).await?;
                if invoice.status != InvoiceStatus::Issued || invoice.left.minor <= 0 {
                    return Ok(None);
                }
                let (left, due) = (words::amount(invoice.left), words::day(invoice.due_on));
                let text = t::sms_reminder(lang, &isp, left, due, &url, number);
                told(NoticeKind::Reminder, text, format!("reminder:{invoice_id}:{hours_before}"))
            }
            Self::Locked { service_id, reason } => {
                let Some(episode) = lock_episode(op, *service_id, *reason).await.map_err(from_sql)? else {
                    return Ok(None);
                };
                let owed = words::amount(whole(billing::ledger::owed_in_op(op, account.id).await?));
                let text = match billing::payments::daraja::short_code_in_op(op).await? {
                    Some(paybill) => t::sms_locked_paybill(lang, &isp, owed, paybill, number, &url),
                    None => t::sms_locked(lang, &isp, owed, &url, number),
                };
                told(NoticeKind::Locked, text, format!("locked:{episode}"))
            }
            Self::Receipt { payment_id } => {
                let receipt = billing::payments::receipt_in_op(op, *payment_id).await?;
                let balance = billing::ledger::owed_in_op(op, account.id).await?;
                let reference = receipt.provider_reference.unwrap_or(receipt.receipt);
                let mut text = t::sms_receipt(lang, &isp, words::amount(receipt.amount), reference, number);
                let rest = Money::new(balance.minor.abs(), balance.currency);
                text.push_str(&match balance.minor {
                    1.. => t::sms_receipt_owed(lang, words::amount(rest)),
                    0 => t::sms_receipt_even(lang).to_owned(),
                    _ => t::sms_receipt_credit(lang, words::amount(rest)),
                });
                if let Some(until) = paid_until(op, account.id).await.map_err(from_sql)? {
                    text.push_str(&t::sms_receipt_until(lang, words::day(until)));
                }
                told(NoticeKind::Receipt, text, format!("receipt:{payment_id}"))
            }
            Self::Visit { work_order_id, status } => {
                let order = field::work_orders::row_in_op(op, *work_order_id).await?;
                let (Some(technician), Some(from)) = (order.technician, order.slot_from) else { return Ok(None) };
                // Planned anew or under way since: the later event tells it.
                if order.status != *status {
                    return Ok(None);
                }
                let zone = op.zone();
                let technician = words::first_name(&technician);
                let text = match (status, order.slot_until) {
                    (WorkOrderStatus::Scheduled, Some(until)) => {
                        let day = words::day(from.with_timezone(&zone).date_naive());
                        let (from, until) = (words::hour(from, zone), words::hour(until, zone));
                        t::sms_visit_planned(lang, &isp, technician, day, from, until)
                    }
                    _ => t::sms_visit_coming(lang, &isp, technician),
                };
                let dedupe = format!("visit:{work_order_id}:{status}:{}", from.timestamp());
                told(NoticeKind::TechnicianComing, text, dedupe)
            }
        }
    }
}

/// What M-Pesa takes: whole shillings, rounded up; nothing when nothing is owed.
fn whole(money: Money) -> Money {
    Money::new(Money::new(money.minor.max(0), money.currency).whole_units_up() * 100, money.currency)
}

/// The lock that is active now: each episode is told once.
async fn lock_episode(op: &mut Op, service: ServiceId, reason: LockReason) -> SqlResult<Option<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM service_lock WHERE service_id = $1 AND reason = $2 AND lifted_at IS NULL",
        service.uuid(),
        reason.code(),
    )
    .fetch_optional(op.conn())
    .await
}

/// The last day that is paid (a period's end is stored as the day after): of the paid invoices that come before the first open one.
async fn paid_until(op: &mut Op, account: AccountId) -> SqlResult<Option<chrono::NaiveDate>> {
    sqlx::query_scalar!(
        "SELECT max(i.period_until) - 1 FROM invoice i WHERE i.account_id = $1 AND i.status = 'paid'
           AND NOT EXISTS (SELECT FROM invoice o WHERE o.tenant_id = i.tenant_id AND o.account_id = i.account_id
                           AND o.status = 'issued' AND o.period_from <= i.period_from)",
        account.uuid(),
    )
    .fetch_one(op.conn())
    .await
}

/// Tells everybody whom an incident took off that we know, or that it is over. Nobody is told of one that was short.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TellIncident {
    pub incident_id: IncidentId,
    pub is_over: bool,
    /// How many services it had taken off when this was asked for: one that grows while the others are being told is told
    /// of again.
    #[serde(default)]
    pub affected: i64,
}

impl Job for TellIncident {
    const KIND: &'static str = "comms.tell_incident";
    const PRIORITY: i16 = 5;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}:{}", self.incident_id, self.is_over, self.affected))
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        let incident = network::incidents::head_in_op(&mut op, self.incident_id).await?;
        if incident.state.is_over() != self.is_over {
            return Ok(());
        }
        let accounts = network::incidents::affected_accounts_in_op(&mut op, self.incident_id).await?;
        let area = network::incidents::area_in_op(&mut op, self.incident_id).await?;
        let isp = platform::tenants::head(op.app(), op.tenant()).await?.name;
        let began = (self.incident_id, incident.opened_at);
        let mut told = 0;
        for id in accounts {
            let account = crm::accounts::get_in_op(&mut op, id).await?;
            let lang = account.lang;
            let place = area.as_deref().unwrap_or_else(|| t::sms_your_area(lang));
            let (kind, text) = match self.is_over {
                false => (NoticeKind::IncidentNotice, t::sms_incident(lang, &isp, place, &incident.number)),
                true => (NoticeKind::IncidentOver, t::sms_incident_over(lang, &isp, place)),
            };
            let dedupe = format!("{kind}:{}:{id}", self.incident_id);
            crate::tickets::answer_incident_in_op(&mut op, id, began, &text, self.is_over).await?;
            let notice = Notice::sms(kind, account.phone.e164(), lang, text, dedupe).about(id);
            told += i32::from(put_in_op(&mut op, notice).await?.is_fresh);
        }
        if !self.is_over && told > 0 {
            network::incidents::note_told_in_op(&mut op, self.incident_id, told).await?;
        }
        op.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_a_whole_shilling_and_never_too_little() {
        for (owed, asked) in [(150_000, 150_000), (150_001, 150_100), (99, 100), (0, 0), (-500, 0)] {
            assert_eq!(whole(Money::kes(owed)), Money::kes(asked), "{owed}");
        }
    }

    #[test]
    fn only_a_lock_for_money_is_told() {
        let set = |reason: &str| LockSet {
            service_id: ServiceId::new(),
            account_id: AccountId::new(),
            reason: reason.into(),
        };
        assert!(Notify::locked(set("overdue")).is_some());
        assert!(Notify::locked(set("fraud")).is_none() && Notify::locked(set("nonsense")).is_none());
    }

    #[test]
    fn only_a_planned_visit_and_a_technician_on_the_way_are_told() {
        let moved = |status: &str| WorkOrderChanged {
            work_order_id: WorkOrderId::new(),
            account_id: AccountId::new(),
            status: status.into(),
        };
        assert!(Notify::visit(moved("scheduled")).is_some() && Notify::visit(moved("en_route")).is_some());
        assert!(Notify::visit(moved("pending")).is_none() && Notify::visit(moved("completed")).is_none());
    }
}
