//! Pages of lists. The one rule: one row more than fits is asked for, and its being there says that there is a next page.

use model::Page;

/// Cuts `rows` to `size` and makes the cursor of the next page from the last row that is shown.
pub(crate) fn page<T>(mut rows: Vec<T>, size: i64, cursor: impl Fn(&T) -> String) -> Page<T> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let has_more = rows.len() > size;
    rows.truncate(size);
    let next = has_more.then(|| rows.last().map(cursor)).flatten();
    Page { rows, next, previous: None }
}
