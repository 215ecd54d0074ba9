//! The reseller's portal. The one rule: subscribers are those of the reseller's subtree, which the policies see to; the
//! wallet is the reseller's own.

mod sql;

use crate::clock::{page_clock, start_of};
use chrono::{Datelike, Months};
use model::billing::perm::PartnerMoney as PartnerMoneyPermission;
use model::portal::dashboard::{PartnerHome, PartnerMoney};
use model::portal::perm::PartnerHome as PartnerHomePermission;
use model::{AppError, Money};
use platform::error::from_sql;
use platform::{RequestCtx, Scope, Tx};

/// The first page of a reseller.
///
/// # Errors
/// `NotFound` for a login that belongs to no reseller.
pub async fn home(ctx: &RequestCtx) -> Result<PartnerHome, AppError> {
    let Scope::Reseller(reseller) = ctx.person()?.scope else { return Err(AppError::NotFound) };
    let mut tx = ctx.begin::<PartnerHomePermission>().await?;
    let mut home = home_of(&mut tx, reseller, ctx.can::<PartnerMoneyPermission>()).await?;
    tx.commit().await?;
    if let Some(mut tx) = ctx.begin_if::<PartnerMoneyPermission>().await? {
        home.money = Some(money_of(&mut tx, reseller).await?);
        tx.commit().await?;
    }
    Ok(home)
}

async fn home_of(
    tx: &mut Tx<PartnerHomePermission>,
    reseller: uuid::Uuid,
    sees_money: bool,
) -> Result<PartnerHome, AppError> {
    let name = sql::name(tx.conn(), reseller).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let currency = catalog::plans::currency_in_op(tx).await?;
    let today = tx.today();
    let first_of_month = today.with_day(1).unwrap_or(today);
    let month = start_of(tx, first_of_month);
    let mut rows = sql::subscribers(tx.conn(), reseller, month, currency).await?;
    for line in rows.iter_mut().filter(|_| !sees_money) {
        line.row.earned = None;
    }
    let count =
        |keep: &dyn Fn(&sql::Line) -> bool| i64::try_from(rows.iter().filter(|l| keep(l)).count()).unwrap_or(i64::MAX);
    let soon = today + chrono::Days::new(3);
    Ok(PartnerHome {
        name,
        money: None,
        online: count(&|line| line.row.is_online),
        subscribers: i64::try_from(rows.len()).unwrap_or(i64::MAX),
        new_this_month: count(&|line| line.created_at >= month),
        ending_in_3_days: count(&|line| line.row.paid_until.is_some_and(|day| today <= day && day <= soon)),
        off_unpaid: count(&|line| line.is_unpaid),
        leads_waiting: sql::leads_waiting(tx.conn()).await.map_err(from_sql)?,
        rows: rows.into_iter().map(|line| line.row).collect(),
        clock: page_clock(tx),
    })
}

async fn money_of(tx: &mut Tx<PartnerMoneyPermission>, reseller: uuid::Uuid) -> Result<PartnerMoney, AppError> {
    let currency = catalog::plans::currency_in_op(tx).await?;
    let today = tx.today();
    let first_of_month = today.with_day(1).unwrap_or(today);
    let month = start_of(tx, first_of_month);
    let since = start_of(tx, first_of_month - Months::new(11));
    let zone = tx.zone().name();
    let commission = sql::commission_by_month(tx.conn(), reseller, zone, since).await.map_err(from_sql)?;
    let commission = crate::dashboard::every_month(commission, first_of_month);
    let wallet = sql::wallet(tx.conn(), reseller).await.map_err(from_sql)?;
    // What was earned this month may still be taken back with its payment; it can be paid out from the next month on.
    let this_month = sql::earned_since(tx.conn(), reseller, month).await.map_err(from_sql)?;
    Ok(PartnerMoney {
        wallet: Money::new(wallet, currency),
        payable: Money::new((wallet - this_month).max(0), currency),
        commission: commission.into_iter().map(|(month, minor)| (month, Money::new(minor, currency))).collect(),
    })
}
