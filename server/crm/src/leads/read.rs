//! Reading leads: the board, the list, one lead with its history. The one rule: a phone goes out only to those who may
//! read contacts.

use super::{join, sql_read};
use crate::cursor::{self, Cursor};
use crate::subscribers::Sees;
use crate::words::{digits, stored};
use chrono::{Datelike, TimeZone, Utc};
use model::catalog::plans::PlanChoice;
use model::crm::leads::{
    Coverage, LeadBoard, LeadCard, LeadColumn, LeadDetail, LeadRow, LeadSource, LeadStatus, LostReason,
};
use model::crm::{BuildingId, LeadId, ReferralPartnerId, perm};
use model::msisdn::Msisdn;
use model::page::{PAGE_ROWS, Page};
use model::time::Timestamp;
use model::{AppError, Currency, Money};
use platform::error::from_sql;
use platform::{Op, Tx};
use std::collections::BTreeMap;
use uuid::Uuid;

model::codes! {
    /// What happened to a lead.
    ActivityKind {
        Received => "received",
        Created => "created",
        Moved => "moved",
        Note => "note",
        Quoted => "quoted",
        Converted => "converted",
    }
}

/// One line of a lead's history. `detail` depends on the kind: the message, the note, the column (`lost:price` with its
/// reason), the plan, the account number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    pub at: Timestamp,
    pub by: String,
    pub kind: ActivityKind,
    pub detail: String,
}

/// A lead and what happened to it, newest first. `lead.activities` is left empty: the reader's words are made from these.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    pub lead: LeadDetail,
    /// The label of the unit, where the building is known.
    pub unit: Option<String>,
    /// Building or street without unit and area: what a conversion takes as address.
    pub address: String,
    pub activities: Vec<Activity>,
}

/// Which leads are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Part of a name, place, building or number, or digits of a phone.
    pub text: String,
    pub source: Option<LeadSource>,
    pub partner: Option<ReferralPartnerId>,
    /// Leads of this login, and those that nobody owns.
    pub owner: Option<Uuid>,
}

impl Filter {
    /// The text in small letters, and its digits where it can be a phone.
    pub(super) fn search(&self) -> (Option<String>, Option<String>) {
        let text = self.text.trim().to_lowercase();
        (Some(text).filter(|text| !text.is_empty()), digits(&self.text))
    }
}

/// Most cards that one column shows; the sum counts all.
const CARDS_MAX: i64 = 60;
/// Most lines of history that a lead's page shows.
const ACTIVITIES_MAX: i64 = 200;

/// The pipeline board: the open columns with their cards and sums, and what this month brought.
pub async fn board(tx: &mut Tx<perm::LeadRead>, filter: &Filter, sees: Sees) -> Result<LeadBoard, AppError> {
    let (today, currency) = (tx.today(), catalog::plans::currency_in_op(tx).await?);
    let ids = sql_read::board_ids(tx.conn(), filter, CARDS_MAX).await.map_err(from_sql)?;
    let rows = sql_read::by_ids(tx.conn(), &ids, today).await.map_err(from_sql)?;
    let mut cards: BTreeMap<LeadStatus, Vec<LeadCard>> = BTreeMap::new();
    for row in rows {
        let card = card(row, sees)?;
        cards.entry(card.status).or_default().push(card);
    }
    let mut sums = BTreeMap::new();
    for sum in sql_read::column_sums(tx.conn(), filter, today).await.map_err(from_sql)? {
        sums.insert(stored(&sum.status, LeadStatus::from_code)?, (sum.leads, sum.monthly_minor));
    }
    let columns = LeadStatus::COLUMNS.map(|status| {
        let (count, minor) = sums.get(&status).copied().unwrap_or_default();
        LeadColumn {
            status,
            count,
            monthly: Money::new(minor, currency),
            cards: cards.remove(&status).unwrap_or_default(),
        }
    });
    let (created, converted) = month(tx).await?;
    Ok(LeadBoard { columns: columns.into(), converted_this_month: converted, created_this_month: created })
}

/// Leads that came this month, and leads that were converted in it.
async fn month(op: &mut Op) -> Result<(i64, i64), AppError> {
    let first = op.today().with_day(1).unwrap_or(op.today()).and_time(chrono::NaiveTime::MIN);
    let since =
        op.zone().from_local_datetime(&first).earliest().map_or_else(|| first.and_utc(), |at| at.with_timezone(&Utc));
    sql_read::month(op.conn(), since).await.map_err(from_sql)
}

/// One page of leads, the newest first.
pub async fn list(
    tx: &mut Tx<perm::LeadRead>,
    filter: &Filter,
    status: Option<LeadStatus>,
    cursor: &Cursor,
    sees: Sees,
) -> Result<Page<LeadRow>, AppError> {
    let (today, place) = (tx.today(), cursor.place());
    let ids = sql_read::list_ids(tx.conn(), filter, status, &place, PAGE_ROWS + 1).await.map_err(from_sql)?;
    let page = cursor::page(ids, &place, PAGE_ROWS as usize, |key| *key);
    let ids: Vec<Uuid> = page.rows.iter().map(|(_, id)| *id).collect();
    let rows = sql_read::by_ids(tx.conn(), &ids, today).await.map_err(from_sql)?;
    let rows = rows.into_iter().map(|row| {
        Ok(LeadRow {
            id: row.id.into(),
            phone: phone(&row, sees),
            place: place_line(&row),
            name: row.full_name,
            status: stored(&row.status, LeadStatus::from_code)?,
            source: stored(&row.source, LeadSource::from_code)?,
            partner: row.partner,
            owner: row.owner,
            created_at: row.created_at,
        })
    });
    Ok(Page { rows: rows.collect::<Result<_, AppError>>()?, next: page.next, previous: page.previous })
}

/// How many leads each status holds, for the tabs of the list.
pub async fn counts(tx: &mut Tx<perm::LeadRead>, filter: &Filter) -> Result<BTreeMap<LeadStatus, i64>, AppError> {
    let today = tx.today();
    let sums = sql_read::column_sums(tx.conn(), filter, today).await.map_err(from_sql)?;
    sums.into_iter().map(|sum| Ok((stored(&sum.status, LeadStatus::from_code)?, sum.leads))).collect()
}

/// One lead with its history.
///
/// # Errors
/// `NotFound`, also for a lead of somebody else.
pub async fn detail(tx: &mut Tx<perm::LeadRead>, id: LeadId, sees: Sees) -> Result<Detail, AppError> {
    let today = tx.today();
    let row =
        sql_read::by_ids(tx.conn(), &[id.uuid()], today).await.map_err(from_sql)?.pop().ok_or(AppError::NotFound)?;
    let activities = sql_read::activities(tx.conn(), id, ACTIVITIES_MAX).await.map_err(from_sql)?;
    let activities = activities.into_iter().map(|line| {
        let kind = stored(&line.kind, ActivityKind::from_code)?;
        // A message may hold the phone of whoever it is about.
        let detail = if kind == ActivityKind::Received && !sees.contact { String::new() } else { line.detail };
        Ok(Activity { at: line.at, by: line.actor_name, kind, detail })
    });
    let activities = activities.collect::<Result<_, AppError>>()?;
    let (unit, address) = (row.unit.clone(), join(&[row.building.as_deref(), own_place(&row)]));
    let lead = LeadDetail {
        id,
        phone: phone(&row, sees),
        place: place_line(&row),
        monthly: monthly(&row),
        coverage: coverage(&row)?,
        name: row.full_name,
        email: row.email.filter(|_| sees.contact),
        building_id: row.building_id.map(Into::into),
        unit_id: row.unit_id.map(Into::into),
        plan_id: row.plan_id.map(Into::into),
        plan: row.plan,
        status: stored(&row.status, LeadStatus::from_code)?,
        lost_reason: row.lost_reason.as_deref().map(|reason| stored(reason, LostReason::from_code)).transpose()?,
        source: stored(&row.source, LeadSource::from_code)?,
        partner_id: row.partner_id.map(Into::into),
        partner: row.partner,
        owner: row.owner,
        note: Some(row.note).filter(|note| !note.is_empty()),
        message: row.message.filter(|_| sees.contact),
        created_at: row.created_at,
        activities: vec![],
        subscriber_id: row.subscriber_id.map(Into::into),
    };
    Ok(Detail { lead, unit, address, activities })
}

fn card(row: sql_read::Row, sees: Sees) -> Result<LeadCard, AppError> {
    Ok(LeadCard {
        id: row.id.into(),
        phone: phone(&row, sees),
        place: place_line(&row),
        coverage: coverage(&row)?,
        monthly: monthly(&row),
        name: row.full_name,
        brought_by: row.partner.unwrap_or(row.source),
        owner: row.owner,
        status: stored(&row.status, LeadStatus::from_code)?,
        created_at: row.created_at,
        moved_at: row.moved_at,
    })
}

fn phone(row: &sql_read::Row, sees: Sees) -> Option<Msisdn> {
    sees.contact.then(|| Msisdn::parse(&row.msisdn).ok()).flatten()
}

/// Building, unit and area as one line, with what only the message knew.
fn place_line(row: &sql_read::Row) -> String {
    let building = match (&row.building, &row.unit) {
        (Some(building), Some(unit)) => Some(format!("{building} {unit}")),
        (building, _) => building.clone(),
    };
    join(&[building.as_deref(), own_place(row), row.area.as_deref()])
}

/// What the place says beyond the building's name, which is often all that was written.
fn own_place(row: &sql_read::Row) -> Option<&str> {
    Some(row.place.as_str()).filter(|place| row.building.as_deref() != Some(*place))
}

fn coverage(row: &sql_read::Row) -> Result<Coverage, AppError> {
    row.coverage.as_deref().map_or(Ok(Coverage::Unknown), |code| stored(code, Coverage::from_code))
}

fn monthly(row: &sql_read::Row) -> Option<Money> {
    let currency = row.currency.as_deref().and_then(Currency::from_code).unwrap_or_default();
    row.price_minor.map(|minor| Money::new(minor, currency))
}

/// What the forms and filters of leads choose from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choices {
    /// Sold today, by price.
    pub plans: Vec<PlanChoice>,
    /// Id and name with area.
    pub buildings: Vec<(BuildingId, String)>,
    /// Id and name.
    pub partners: Vec<(ReferralPartnerId, String)>,
}

/// Plans, buildings and partners to choose from.
pub async fn choices(tx: &mut Tx<perm::LeadRead>) -> Result<Choices, AppError> {
    Ok(Choices {
        plans: catalog::plans::choices_in_op(tx).await?,
        buildings: crate::buildings::choices_in_op(tx).await?,
        partners: crate::partners::choices_in_op(tx).await?,
    })
}

/// What a conversion today would do, so that the page can say it before the button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversionPreview {
    /// 1 to 28.
    pub billing_day: u32,
    /// Subscribers that have the lead's phone already: they would share one portal login.
    pub same_phone: i64,
}

/// What converting this lead today would do. Nothing is reserved by asking.
pub async fn preview_conversion(tx: &mut Tx<perm::LeadConvert>, id: LeadId) -> Result<ConversionPreview, AppError> {
    let same_phone = sql_read::subscribers_with_phone_of(tx.conn(), id).await.map_err(from_sql)?;
    let billing_day = crate::subscribers::billing_day(tx.today());
    Ok(ConversionPreview { billing_day: u32::try_from(billing_day).map_err(platform::internal)?, same_phone })
}
