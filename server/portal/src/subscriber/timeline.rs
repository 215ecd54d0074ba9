//! What happened to a subscriber, from all contexts, in the order of time.

use super::sql;
use model::crm::AccountId;
use model::portal::timeline::{TimelineItem, TimelineKind, visible};
use model::{AppError, Money, PermissionSet};
use platform::Op;
use platform::error::from_sql;

/// Entries of one page: enough for a few months.
const MOST: i64 = 120;

/// The newest entries that `reader` may see.
pub(super) async fn of_account(
    op: &mut Op,
    account: AccountId,
    reader: &PermissionSet,
) -> Result<Vec<TimelineItem>, AppError> {
    let rows = sql::happened(op.conn(), account, MOST).await.map_err(from_sql)?;
    let items = rows.into_iter().filter_map(|row| {
        Some(TimelineItem {
            at: row.at,
            kind: TimelineKind::from_code(&row.kind)?,
            text: row.text,
            amount: row.amount_minor.zip(row.currency).map(|(minor, code)| Money::new(minor, sql::currency(&code))),
            by: row.by,
            link: row.link,
        })
    });
    Ok(visible(items.collect(), reader))
}
