//! The first page after sign-in. The one rule: a card is made only for a reader who may see what it counts.

mod sql;

use crate::clock::{page_clock, start_of};
use chrono::{Datelike, Days, Months, TimeDelta};
use model::billing::payments::percentile;
use model::billing::perm::{InvoiceRead, LockRead, PaymentRead, StrayMatch};
use model::comms::perm::TicketRead;
use model::crm::perm::{LeadRead, ServiceApprove, SubscriberRead, SubscriberReadFinancial};
use model::field::perm::WorkOrderWrite;
use model::identity::perm::SettingRead;
use model::network::perm::{ActivationRead, IncidentRead, SessionRead};
use model::portal::dashboard::{Ageing, Attention, Dashboard, ManagerCards, OnlineProof, Trend};
use model::portal::perm::DashboardRead;
use model::time::Date;
use model::{AppError, Money, PermissionSet};
use platform::error::from_sql;
use platform::{Op, Tx};

/// What this reader sees first: what wants attention, who is online, how quickly payments work, and the manager's cards
/// for those who may read money and subscribers.
pub async fn page(tx: &mut Tx<DashboardRead>, reader: &PermissionSet) -> Result<Dashboard, AppError> {
    let attention = attention(tx, reader).await?;
    let online = match reader.can::<SessionRead>() || reader.can::<SubscriberRead>() {
        true => Some(sql::online(tx.conn()).await.map_err(from_sql)?),
        false => None,
    };
    let proof = if reader.can::<PaymentRead>() { Some(proof(tx).await?) } else { None };
    let is_manager = reader.can::<PaymentRead>() && reader.can::<SubscriberReadFinancial>();
    let manager = if is_manager { Some(manager(tx).await?) } else { None };
    Ok(Dashboard { clock: page_clock(tx), attention, online, proof, manager })
}

/// Everything that waits for somebody with these permissions, the worst first; what is empty is left out.
async fn attention(op: &mut Op, reader: &PermissionSet) -> Result<Vec<Attention>, AppError> {
    let mut list = Vec::new();
    if reader.can::<IncidentRead>() {
        list.extend(sql::incidents(op.conn()).await.map_err(from_sql)?);
    }
    if reader.can::<StrayMatch>() {
        list.extend(sql::strays(op.conn()).await.map_err(from_sql)?);
    }
    if reader.can::<ActivationRead>() {
        list.extend(sql::failed_activations(op.conn()).await.map_err(from_sql)?);
    }
    if reader.can::<SettingRead>() {
        list.extend(sql::failed_jobs(op.conn()).await.map_err(from_sql)?);
    }
    if reader.can::<TicketRead>() {
        let now = op.now();
        list.extend(sql::late_tickets(op.conn(), now).await.map_err(from_sql)?);
    }
    if reader.can::<LockRead>() {
        let next = billing::dunning::next_cut_off_in_op(op).await?;
        let sees_money = reader.can::<SubscriberReadFinancial>();
        list.extend(sql::cut_offs(op.conn(), next, sees_money).await.map_err(from_sql)?);
    }
    if reader.can::<InvoiceRead>() {
        let now = op.now();
        let sees_money = reader.can::<SubscriberReadFinancial>();
        list.extend(sql::overdue(op.conn(), now, sees_money).await.map_err(from_sql)?);
    }
    if reader.can::<LockRead>() {
        list.extend(sql::suspended(op.conn()).await.map_err(from_sql)?);
    }
    if reader.can::<ServiceApprove>() {
        list.extend(sql::approvals(op.conn()).await.map_err(from_sql)?);
    }
    if reader.can::<LeadRead>() {
        list.extend(sql::new_leads(op.conn()).await.map_err(from_sql)?);
    }
    if reader.can::<WorkOrderWrite>() {
        list.extend(sql::unplanned_work(op.conn()).await.map_err(from_sql)?);
    }
    list.sort_by_key(|item| item.kind);
    Ok(list)
}

/// Sums by month with each month from the first up to this one: the last bar of a chart is the running month, also before
/// anything came in. Nothing stays nothing.
pub(crate) fn every_month(earned: Vec<(Date, i64)>, this_month: Date) -> Vec<(Date, i64)> {
    let Some(first) = earned.first().map(|(month, _)| *month) else { return earned };
    let of = |month: Date| earned.iter().find(|(at, _)| *at == month).map_or(0, |(_, sum)| *sum);
    let months = (0..).map_while(|n| first.checked_add_months(Months::new(n))).take_while(|month| *month <= this_month);
    months.map(|month| (month, of(month))).collect()
}

/// Payment-to-online of today, in real time.
async fn proof(op: &mut Op) -> Result<OnlineProof, AppError> {
    let since = start_of(op, crate::clock::day_of(op, chrono::Utc::now()));
    let rows = sql::payment_times(op.conn(), since).await.map_err(from_sql)?;
    let online: Vec<i64> = rows.iter().filter_map(|row| row.ms).collect();
    let count = |outcome: Option<&str>| {
        i64::try_from(rows.iter().filter(|row| row.outcome.as_deref() == outcome).count()).unwrap_or(i64::MAX)
    };
    Ok(OnlineProof {
        online: count(Some("online")),
        ready: count(Some("ready")),
        waiting: count(None),
        median_ms: percentile(&online, 50),
        p95_ms: percentile(&online, 95),
        slowest_ms: online.last().copied(),
    })
}

/// The manager's cards: growth against a month ago, money by business day.
async fn manager(op: &mut Op) -> Result<ManagerCards, AppError> {
    let (now, today) = (op.now(), op.today());
    let currency = catalog::plans::currency_in_op(op).await?;
    let month = today.with_day(1).unwrap_or(today);
    let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
    let month_before = month - Months::new(1);
    let starts = sql::Starts {
        today: start_of(op, today),
        week: start_of(op, monday),
        month: start_of(op, month),
        month_before: start_of(op, month_before),
        now,
        a_month_ago: now - TimeDelta::days(30),
    };
    let growth = sql::growth(op.conn(), &starts).await.map_err(from_sql)?;
    let money = sql::collected(op.conn(), &starts).await.map_err(from_sql)?;
    let mut ageing = Ageing {
        not_due: Money::zero(currency),
        days_1_30: Money::zero(currency),
        days_31_60: Money::zero(currency),
        days_61_90: Money::zero(currency),
        days_over_90: Money::zero(currency),
    };
    let zone = op.zone().name();
    for (left, due_on) in sql::open_by_day(op.conn(), zone).await.map_err(from_sql)? {
        ageing.add(Money::new(left, currency), due_on, today);
    }
    let proof = proof(op).await?;
    let since = month - Months::new(11);
    let (zone, first) = (op.zone().name(), start_of(op, since));
    let income = sql::income_by_month(op.conn(), zone, first, now).await.map_err(from_sql)?;
    let income = every_month(income, month);
    let sites = sql::sites(op.conn(), starts.month, currency).await.map_err(from_sql)?;
    let sum = |minor: i64| Money::new(minor, currency);
    Ok(ManagerCards {
        mrr: Trend { now: growth.mrr_now, before: growth.mrr_before },
        subscribers_active: Trend { now: growth.active_now, before: growth.active_before },
        subscribers_new: Trend { now: growth.new_now, before: growth.new_before },
        subscribers_lost: Trend { now: growth.lost_now, before: growth.lost_before },
        collected_today: sum(money.today),
        collected_week: sum(money.week),
        collected_month: sum(money.month),
        due_in_24_h: sum(money.due_24_h),
        stray_payments: money.strays,
        stray_total: sum(money.strays_total),
        ageing,
        sites,
        online_payments: proof.online,
        payment_to_online_p95_ms: proof.p95_ms,
        income: income.into_iter().map(|(month, minor)| (month, sum(minor))).collect(),
        as_of: now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_month_is_there_before_its_first_payment() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let earned = vec![(day("2026-09-01"), 7), (day("2026-11-01"), 5)];
        let all = every_month(earned, day("2026-12-01"));
        assert_eq!(all.iter().map(|(_, sum)| *sum).collect::<Vec<_>>(), [7, 0, 5, 0]);
        assert_eq!(all.last().map(|(month, _)| *month), Some(day("2026-12-01")));
        assert_eq!(every_month(vec![], day("2026-12-01")), []);
    }
}
