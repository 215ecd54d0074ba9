//! Search everywhere. The one rule: each group is asked only for a reader who may open its pages, and by an index.

mod sql;

use model::billing::perm as billing_perm;
use model::comms::perm::TicketRead;
use model::crm::perm as crm_perm;
use model::field::perm as field_perm;
use model::network::perm as network_perm;
use model::portal::perm::SearchUse;
use model::portal::search::{Query, SearchHit};
use model::{AppError, PermissionSet};
use platform::Tx;
use platform::error::from_sql;

/// Looks for `text` in all groups that the reader may open, in their order. Too little text finds nothing.
pub async fn everywhere(
    tx: &mut Tx<SearchUse>,
    reader: &PermissionSet,
    text: &str,
) -> Result<Vec<SearchHit>, AppError> {
    let Some(query) = Query::read(text) else { return Ok(vec![]) };
    let mut hits = Vec::new();
    let conn = tx.conn();
    if reader.can::<crm_perm::SubscriberRead>() {
        let phones = reader.can::<crm_perm::SubscriberReadContact>();
        hits.extend(sql::subscribers(conn, &query, phones).await.map_err(from_sql)?);
        if reader.can::<crm_perm::SubscriberReadTechnical>() {
            hits.extend(sql::accesses(conn, &query).await.map_err(from_sql)?);
        }
    }
    if reader.can::<crm_perm::LeadRead>() {
        hits.extend(sql::leads(conn, &query).await.map_err(from_sql)?);
    }
    if reader.can::<billing_perm::InvoiceRead>() {
        hits.extend(sql::invoices(conn, &query).await.map_err(from_sql)?);
    }
    if reader.can::<billing_perm::PaymentRead>() {
        hits.extend(sql::payments(conn, &query).await.map_err(from_sql)?);
    }
    if reader.can::<network_perm::SessionRead>() {
        hits.extend(sql::sessions(conn, &query).await.map_err(from_sql)?);
    }
    if reader.can::<network_perm::DeviceRead>() {
        hits.extend(sql::devices(conn, &query).await.map_err(from_sql)?);
    }
    if reader.can::<field_perm::StockRead>() {
        let subscribers = reader.can::<crm_perm::SubscriberRead>();
        hits.extend(sql::stock(conn, &query, subscribers).await.map_err(from_sql)?);
    }
    if reader.can::<TicketRead>() {
        hits.extend(sql::tickets(conn, &query).await.map_err(from_sql)?);
    }
    if reader.can::<field_perm::WorkOrderRead>() {
        hits.extend(sql::work_orders(conn, &query).await.map_err(from_sql)?);
    }
    hits.sort_by_key(|hit| hit.kind);
    hits.dedup_by(|a, b| a.kind == b.kind && a.link == b.link);
    Ok(hits)
}
