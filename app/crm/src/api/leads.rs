//! The doors of leads.

use kit::values::PageTime;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::catalog::plans::PlanChoice;
use model::crm::leads::{ConvertLeadForm, LeadBoard, LeadDetail, LeadForm, LeadRow, LeadStatus, MoveLeadForm};
use model::crm::{LeadId, SubscriberId};
use model::page::Page;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::{page_time, sees},
    crate::words,
    crm::cursor::Cursor,
    crm::leads as verbs,
    model::crm::leads::LeadActivity,
    model::crm::perm,
    model::form::chosen,
    platform::{RequestCtx, ctx},
};

/// The filters of board and list, as the address has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeadQuery {
    pub q: String,
    pub source: String,
    pub partner: String,
    /// `me`: mine and those that nobody owns.
    pub owner: String,
}

#[cfg(feature = "ssr")]
impl LeadQuery {
    /// A value that is not on a list filters nothing: addresses are typed and shared.
    fn filter(&self, ctx: &RequestCtx) -> verbs::Filter {
        verbs::Filter {
            text: self.q.clone(),
            source: self.source.parse().ok(),
            partner: chosen(&self.partner).ok(),
            owner: ctx.person.as_ref().map(|person| person.id).filter(|_| self.owner == "me"),
        }
    }
}

/// What the reader may do with leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadCan {
    pub write: bool,
    pub convert: bool,
}

#[cfg(feature = "ssr")]
fn can(ctx: &RequestCtx) -> LeadCan {
    LeadCan { write: ctx.can::<perm::LeadWrite>(), convert: ctx.can::<perm::LeadConvert>() }
}

/// The board with its filters' choices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoardPage {
    pub board: LeadBoard,
    pub partners: Vec<(String, String)>,
    pub can: LeadCan,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "crm/leads/board", input = GetUrl)]
pub async fn load_board(query: LeadQuery) -> Result<BoardPage, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::LeadRead>().await?;
    let board = verbs::board(&mut tx, &query.filter(&ctx), sees(&ctx)).await?;
    let page = BoardPage { board, partners: partners(&mut tx).await?, can: can(&ctx), time: page_time(&tx) };
    tx.commit().await?;
    Ok(page)
}

#[cfg(feature = "ssr")]
async fn partners(tx: &mut platform::Tx<perm::LeadRead>) -> Result<Vec<(String, String)>, AppError> {
    let choices = verbs::choices(tx).await?;
    Ok(choices.partners.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}

/// A page of the list of leads, with how many each status has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadsListPage {
    pub page: Page<LeadRow>,
    pub counts: Vec<(LeadStatus, i64)>,
    pub partners: Vec<(String, String)>,
    pub can: LeadCan,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "crm/leads/list", input = GetUrl)]
pub async fn load_leads(
    query: LeadQuery,
    status: String,
    after: Option<String>,
    before: Option<String>,
) -> Result<LeadsListPage, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::LeadRead>().await?;
    let filter = query.filter(&ctx);
    let page = verbs::list(&mut tx, &filter, status.parse().ok(), &Cursor { after, before }, sees(&ctx)).await?;
    let counts = verbs::counts(&mut tx, &filter).await?.into_iter().collect();
    let page = LeadsListPage { page, counts, partners: partners(&mut tx).await?, can: can(&ctx), time: page_time(&tx) };
    tx.commit().await?;
    Ok(page)
}

/// One lead on its page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadView {
    pub lead: LeadDetail,
    pub plans: Vec<PlanChoice>,
    pub can: LeadCan,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "crm/leads/detail", input = GetUrl)]
pub async fn load_lead(id: LeadId) -> Result<LeadView, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::LeadRead>().await?;
    let found = verbs::detail(&mut tx, id, sees(&ctx)).await?;
    let mut lead = found.lead;
    lead.activities = found.activities.into_iter().map(in_words).collect();
    let view = LeadView { lead, plans: verbs::choices(&mut tx).await?.plans, can: can(&ctx), time: page_time(&tx) };
    tx.commit().await?;
    Ok(view)
}

/// A line of the history in the reader's language.
#[cfg(feature = "ssr")]
fn in_words(line: verbs::Activity) -> LeadActivity {
    let text = words::activity(line.kind.code(), &line.detail);
    LeadActivity { at: line.at, by: line.by, text }
}

/// What the form for a new lead chooses from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadChoices {
    pub plans: Vec<PlanChoice>,
    /// Id and name with area.
    pub buildings: Vec<(String, String)>,
}

#[server(prefix = "/rpc/staff", endpoint = "crm/leads/choices", input = GetUrl)]
pub async fn load_lead_choices() -> Result<LeadChoices, AppError> {
    let mut tx = ctx().await?.begin::<perm::LeadRead>().await?;
    let choices = verbs::choices(&mut tx).await?;
    tx.commit().await?;
    let buildings = choices.buildings.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    Ok(LeadChoices { plans: choices.plans, buildings })
}

/// Adds a lead and leads to its page.
#[server(prefix = "/rpc/staff", endpoint = "crm/leads/create")]
pub async fn create_lead(form: LeadForm) -> Result<LeadId, AppError> {
    let mut tx = ctx().await?.begin::<perm::LeadWrite>().await?;
    let id = verbs::create(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/sales/leads/{id}"));
    Ok(id)
}

/// Where a moved card came from, to move it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameFrom {
    pub status: LeadStatus,
    pub after: Option<LeadId>,
}

/// Moves a card below `after`, or to the top; `seen` is the move that the mover had seen.
#[server(prefix = "/rpc/staff", endpoint = "crm/leads/move")]
pub async fn move_lead(
    form: MoveLeadForm,
    after: Option<LeadId>,
    seen: Option<Timestamp>,
) -> Result<CameFrom, AppError> {
    let mut tx = ctx().await?.begin::<perm::LeadWrite>().await?;
    let moved = verbs::move_to(&mut tx, form, verbs::Spot { after, seen }).await?;
    tx.commit().await?;
    Ok(CameFrom { status: moved.from, after: moved.after })
}

#[server(prefix = "/rpc/staff", endpoint = "crm/leads/note")]
pub async fn note_lead(id: LeadId, #[server(default)] note: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::LeadWrite>().await?;
    verbs::note(&mut tx, id, &note).await?;
    tx.commit().await
}

#[server(prefix = "/rpc/staff", endpoint = "crm/leads/quote")]
pub async fn quote_lead(id: LeadId, #[server(default)] plan_id: String) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::LeadWrite>().await?;
    let plan = chosen(&plan_id).map_err(|refusal| AppError::invalid("plan_id", refusal.to_string()))?;
    verbs::quote(&mut tx, id, plan).await?;
    tx.commit().await
}

/// What converting would do, with the lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConvertView {
    pub lead: LeadDetail,
    pub plans: Vec<PlanChoice>,
    pub billing_day: u32,
    /// Subscribers that have this phone already.
    pub same_phone: i64,
    /// Where the lead lives, as far as it is known.
    pub address: String,
    pub unit: String,
}

#[server(prefix = "/rpc/staff", endpoint = "crm/leads/convert_preview", input = GetUrl)]
pub async fn load_conversion(id: LeadId) -> Result<ConvertView, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::LeadConvert>().await?;
    let preview = verbs::preview_conversion(&mut tx, id).await?;
    tx.commit().await?;
    let mut tx = ctx.begin::<perm::LeadRead>().await?;
    let found = verbs::detail(&mut tx, id, sees(&ctx)).await?;
    let plans = verbs::choices(&mut tx).await?.plans;
    tx.commit().await?;
    let unit = found.unit.unwrap_or_default();
    let (billing_day, same_phone) = (preview.billing_day, preview.same_phone);
    Ok(ConvertView { lead: found.lead, plans, billing_day, same_phone, address: found.address, unit })
}

/// Converts a lead and leads to the subscriber.
#[server(prefix = "/rpc/staff", endpoint = "crm/leads/convert")]
pub async fn convert_lead(form: ConvertLeadForm) -> Result<SubscriberId, AppError> {
    let mut tx = ctx().await?.begin::<perm::LeadConvert>().await?;
    let made = verbs::convert(&mut tx, form).await?;
    tx.commit().await?;
    platform::web::redirect(&format!("/subscribers/{}", made.subscriber_id));
    Ok(made.subscriber_id)
}
