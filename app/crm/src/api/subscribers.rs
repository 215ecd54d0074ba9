//! The doors of the list of subscribers.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::crm::subscribers::{DisconnectForm, SubscriberCounts, SubscriberForm, SubscriberRow};
use model::page::Page;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {super::sees, crm::cursor::Cursor, crm::subscribers as verbs, model::crm::perm, platform::ctx};

/// A page of subscribers, with how many each tab holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscribersListPage {
    pub page: Page<SubscriberRow>,
    pub counts: SubscriberCounts,
    /// Phones are there for this reader.
    pub sees_phones: bool,
}

#[server(prefix = "/rpc/staff", endpoint = "crm/subscribers/list", input = GetUrl)]
pub async fn load_subscribers(
    q: String,
    tab: String,
    after: Option<String>,
    before: Option<String>,
) -> Result<SubscribersListPage, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::SubscriberRead>().await?;
    let filter = verbs::ListFilter { search: q, badge: tab.parse().ok() };
    let sees = sees(&ctx);
    let page = verbs::list(&mut tx, &filter, &Cursor { after, before }, sees).await?;
    let counts = verbs::counts(&mut tx).await?;
    tx.commit().await?;
    Ok(SubscribersListPage { page, counts, sees_phones: sees.contact })
}

/// Changes name and contact. The subscriber page has the form.
#[server(prefix = "/rpc/staff", endpoint = "crm/subscribers/update")]
pub async fn update_subscriber(form: SubscriberForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::SubscriberWrite>().await?;
    verbs::update(&mut tx, form).await?;
    tx.commit().await
}

/// Ends a service for good. The subscriber page has the form.
#[server(prefix = "/rpc/staff", endpoint = "crm/services/disconnect")]
pub async fn disconnect_service(form: DisconnectForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::SubscriberWrite>().await?;
    crm::services::disconnect(&mut tx, form).await?;
    tx.commit().await
}
