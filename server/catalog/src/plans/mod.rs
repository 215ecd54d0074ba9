//! Plans and their versions. The one rule: a service keeps the version that it was sold; a new price is for new sales
//! and for changes of plan from its day on.

mod sql;

use model::catalog::plans::{BillingMode, PlanChoice, PlanForm, PlanKind, PlanRow, PlanVersionView, SavePlan};
use model::catalog::{PlanId, PlanVersionId, perm};
use model::time::Date;
use model::{AppError, Currency};
use platform::audit::Change;
use platform::error::{from_sql, violated};
use platform::{Op, Tx};

pub use sql::WhichVersions;

/// Adds a plan, or changes one: a changed price, speed or tax makes a version from the given day, today when none is given.
///
/// # Errors
/// `Invalid` names the fields: a day in the past, a second price for one day, a name that is taken. `NotFound` for a plan
/// of somebody else.
pub async fn save(tx: &mut Tx<perm::PlanWrite>, form: PlanForm) -> Result<PlanId, AppError> {
    let plan = form.parse(currency_in_op(tx).await?).map_err(AppError::Invalid)?;
    if plan.valid_from.is_some_and(|day| day < tx.today()) {
        return Err(AppError::invalid(
            "valid_from",
            "A price cannot begin in the past: bills of those days are out. Choose today or later.",
        ));
    }
    match plan.id {
        None => create_in_op(tx, plan).await,
        Some(id) => change_in_op(tx, id, plan).await.map(|()| id),
    }
}

/// Adds a plan with its first version; for seeds the day may lie in the past.
///
/// # Errors
/// `Invalid` for a name that is taken and for what cannot be sold yet.
pub async fn create_in_op(op: &mut Op, plan: SavePlan) -> Result<PlanId, AppError> {
    check_sellable(&plan)?;
    let (tenant, today) = (op.tenant().uuid(), op.today());
    let id = PlanId::new();
    sql::insert_plan(op.conn(), tenant, id, &code_of(plan.name.as_str()), &plan).await.map_err(taken)?;
    sql::insert_version(op.conn(), tenant, PlanVersionId::new(), id, plan.valid_from.unwrap_or(today), &plan)
        .await
        .map_err(taken)?;
    op.audit(Change::new("catalog.plan.create", "plan", id).after(facts(&plan)));
    Ok(id)
}

async fn change_in_op(op: &mut Op, id: PlanId, plan: SavePlan) -> Result<(), AppError> {
    check_sellable(&plan)?;
    let (tenant, from) = (op.tenant().uuid(), plan.valid_from.unwrap_or(op.today()));
    let old = version_on_in_op(op, id, from).await?;
    if !sql::update_plan(op.conn(), id, &plan).await.map_err(taken)? {
        return Err(AppError::NotFound);
    }
    if !old.as_ref().is_some_and(|old| is_same_offer(old, &plan)) {
        sql::insert_version(op.conn(), tenant, PlanVersionId::new(), id, from, &plan).await.map_err(taken)?;
    }
    let before = old.map(|old| serde_json::json!({ "price_minor": old.price.minor, "speeds": old.speeds }));
    let mut change = Change::new("catalog.plan.change", "plan", id).after(facts(&plan));
    change.before = before;
    op.audit(change);
    Ok(())
}

/// Takes a plan off the shelf, or puts it back. Who has it keeps it. Idempotent.
pub async fn set_sold(tx: &mut Tx<perm::PlanWrite>, id: PlanId, is_sold: bool) -> Result<(), AppError> {
    if !sql::set_sold(tx.conn(), id, is_sold).await.map_err(from_sql)? {
        return Err(AppError::NotFound);
    }
    tx.audit(Change::new("catalog.plan.set_sold", "plan", id).after(serde_json::json!({ "is_sold": is_sold })));
    Ok(())
}

/// Every plan with the version of today, or the first one to come, by name.
pub async fn list(tx: &mut Tx<perm::PlanRead>) -> Result<Vec<PlanRow>, AppError> {
    let today = tx.today();
    sql::list(tx.conn(), today).await.map_err(from_sql)?.into_iter().collect()
}

/// All versions of a plan, the oldest first. Empty for a plan that is not there.
pub async fn versions_in_op(op: &mut Op, plan_id: PlanId) -> Result<Vec<PlanVersionView>, AppError> {
    sql::versions(op.conn(), WhichVersions::of_plan(plan_id)).await
}

/// The version of a plan that is sold on `day`; `None` before its first.
pub async fn version_on_in_op(op: &mut Op, plan_id: PlanId, day: Date) -> Result<Option<PlanVersionView>, AppError> {
    Ok(versions_in_op(op, plan_id).await?.into_iter().rfind(|version| version.valid_from <= day))
}

/// One version, by its id.
pub async fn version_in_op(op: &mut Op, id: PlanVersionId) -> Result<PlanVersionView, AppError> {
    sql::versions(op.conn(), WhichVersions::one(id)).await?.pop().ok_or(AppError::NotFound)
}

/// Many versions at once, for billing runs.
pub async fn versions_by_id_in_op(op: &mut Op, ids: &[PlanVersionId]) -> Result<Vec<PlanVersionView>, AppError> {
    sql::versions(op.conn(), WhichVersions::these(ids)).await
}

/// What can be sold today, by price, for forms.
pub async fn choices_in_op(op: &mut Op) -> Result<Vec<PlanChoice>, AppError> {
    let today = op.today();
    let rows = sql::list(op.conn(), today).await.map_err(from_sql)?;
    let mut choices = Vec::new();
    for row in rows {
        let row = row?;
        if row.is_sold && row.current.valid_from <= today {
            let current = row.current;
            choices.push(PlanChoice {
                id: current.plan_id,
                name: current.name,
                price: current.price,
                speeds: current.speeds,
            });
        }
    }
    choices.sort_by_key(|choice| choice.price.minor);
    Ok(choices)
}

/// The tenant's currency: prices are in it.
pub async fn currency_in_op(op: &mut Op) -> Result<Currency, AppError> {
    let (app, tenant) = (op.app().clone(), op.tenant());
    Ok(platform::tenants::head(&app, tenant).await?.currency)
}

/// Whether a version says the same as the form: then there is nothing to version.
fn is_same_offer(old: &PlanVersionView, new: &SavePlan) -> bool {
    (old.price, old.setup_fee, old.price_includes_tax, old.tax, old.speeds)
        == (new.price, new.setup_fee, new.price_includes_tax, new.tax, new.speeds)
}

/// Monthly internet is what billing and the network can deliver; a plan that nobody could bill must not be sold.
fn check_sellable(plan: &SavePlan) -> Result<(), AppError> {
    if !matches!(plan.kind, PlanKind::Fibre | PlanKind::Wireless | PlanKind::Hotspot) || plan.speeds.is_none() {
        return Err(AppError::invalid("kind", "A plan here is internet access. Choose fibre, wireless or hotspot."));
    }
    if plan.mode != BillingMode::PostpaidMonthly {
        return Err(AppError::invalid("mode", "Plans are billed by the month. Choose monthly."));
    }
    Ok(())
}

/// `Home 20 Mbps` → `home-20-mbps`: the plan's short name in addresses and imports.
fn code_of(name: &str) -> String {
    let spelled: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let code = spelled.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let code: String = code.chars().take(30).collect();
    // A name without a Latin letter or a digit still needs a code of its own.
    if code.is_empty() { PlanId::new().uuid().simple().to_string()[..30].to_owned() } else { code }
}

fn facts(plan: &SavePlan) -> serde_json::Value {
    serde_json::json!({
        "name": plan.name.as_str(), "price_minor": plan.price.minor, "setup_fee_minor": plan.setup_fee.minor,
        "speeds": plan.speeds, "tax": plan.tax, "valid_from": plan.valid_from,
    })
}

fn taken(error: sqlx::Error) -> AppError {
    match violated(&error) {
        Some("plan_code_taken") => AppError::invalid("name", "There is a plan with this name. Choose another name."),
        Some("plan_version_day_taken") => AppError::invalid(
            "valid_from",
            "There is a price from this day already, and prices are not rewritten. Choose a later day.",
        ),
        Some("plan_name_check") => AppError::invalid("name", "The name has at most 60 characters."),
        _ => from_sql(error),
    }
}
