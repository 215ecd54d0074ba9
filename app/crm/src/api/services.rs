//! The doors of the approval queue.

use kit::values::PageTime;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::account_number::AccountNumber;
use model::crm::{ServiceId, SubscriberId};
use model::msisdn::Msisdn;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::{page_time, sees},
    model::crm::perm,
    platform::ctx,
};

/// A service that waits for the NOC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApprovalRow {
    pub id: ServiceId,
    pub subscriber_id: SubscriberId,
    pub account_number: AccountNumber,
    pub name: String,
    pub phone: Option<Msisdn>,
    pub plan: String,
    pub address: String,
    pub since: Timestamp,
}

/// The queue, those that wait longest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApprovalQueue {
    pub rows: Vec<ApprovalRow>,
    pub time: PageTime,
}

#[server(prefix = "/rpc/staff", endpoint = "crm/services/pending", input = GetUrl)]
pub async fn load_approvals() -> Result<ApprovalQueue, AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<perm::ServiceApprove>().await?;
    let rows = crm::services::pending(&mut tx, sees(&ctx)).await?;
    let time = page_time(&tx);
    tx.commit().await?;
    let rows = rows.into_iter().map(|row| ApprovalRow {
        id: row.id,
        subscriber_id: row.subscriber_id,
        account_number: row.account_number,
        name: row.name,
        phone: row.phone,
        plan: row.plan,
        address: row.address,
        since: row.since,
    });
    Ok(ApprovalQueue { rows: rows.collect(), time })
}

#[server(prefix = "/rpc/staff", endpoint = "crm/services/approve")]
pub async fn approve_service(id: ServiceId) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin::<perm::ServiceApprove>().await?;
    crm::services::approve(&mut tx, id).await?;
    tx.commit().await
}
