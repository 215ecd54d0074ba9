//! One page of a list, by keyset: the next page starts after the last key, so deep pages cost as little as the first.

use serde::{Deserialize, Serialize};

/// Rows of a list and where the next page starts. `next` and `previous` are opaque cursors for the address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub next: Option<String>,
    pub previous: Option<String>,
}

impl<T> Page<T> {
    /// Rows that fit on one page.
    pub const fn single(rows: Vec<T>) -> Self {
        Self { rows, next: None, previous: None }
    }
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self::single(Vec::new())
    }
}

/// Rows on a page unless the list says otherwise.
pub const PAGE_ROWS: i64 = 50;
