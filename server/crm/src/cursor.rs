//! Keyset pages over (time, id), newest first. The one rule: a cursor names the last row that was seen, so that rows which
//! arrive meanwhile move nothing.

use model::page::Page;
use model::time::Timestamp;
use uuid::Uuid;

/// Where a page starts, as the address says it. Both empty: the first page. An unreadable cursor counts as none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    pub after: Option<String>,
    pub before: Option<String>,
}

/// A place in the list, and in which direction the page lies from it.
pub(crate) struct Place {
    pub at: Option<Timestamp>,
    pub id: Option<Uuid>,
    /// The page lies before the place: newer rows.
    pub is_before: bool,
}

impl Cursor {
    pub(crate) fn place(&self) -> Place {
        let read = |text: &Option<String>| {
            let (micros, id) = text.as_deref()?.split_once('.')?;
            Some((Timestamp::from_timestamp_micros(micros.parse().ok()?)?, id.parse().ok()?))
        };
        let (found, is_before) = match (read(&self.before), read(&self.after)) {
            (Some(before), _) => (Some(before), true),
            (None, after) => (after, false),
        };
        let (at, id) = found.unzip();
        Place { at, id, is_before }
    }
}

fn text((at, id): (Timestamp, Uuid)) -> String {
    format!("{}.{id}", at.timestamp_micros())
}

/// Makes a page of rows that were read nearest to the place first, one more than fits.
pub(crate) fn page<T>(mut rows: Vec<T>, place: &Place, size: usize, key: impl Fn(&T) -> (Timestamp, Uuid)) -> Page<T> {
    let has_more = rows.len() > size;
    rows.truncate(size);
    if place.is_before {
        rows.reverse();
    }
    let first = rows.first().map(|row| text(key(row)));
    let last = rows.last().map(|row| text(key(row)));
    let came_from_somewhere = place.at.is_some();
    match place.is_before {
        true => Page { rows, next: last, previous: first.filter(|_| has_more) },
        false => Page { rows, next: last.filter(|_| has_more), previous: first.filter(|_| came_from_somewhere) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: i64) -> (Timestamp, Uuid) {
        (Timestamp::from_timestamp_micros(n).unwrap(), Uuid::from_u128(7))
    }

    #[test]
    fn a_page_knows_what_lies_on_both_sides() {
        let first = Cursor::default().place();
        let page_one = page(vec![row(9), row(8), row(7)], &first, 2, |r| *r);
        assert_eq!((page_one.rows.len(), page_one.previous.is_none()), (2, true));
        let second = Cursor { after: page_one.next, before: None }.place();
        assert_eq!(second.at, Some(row(8).0));
        let page_two = page(vec![row(7)], &second, 2, |r| *r);
        assert!(page_two.next.is_none());
        let back = Cursor { after: None, before: page_two.previous }.place();
        assert!(back.is_before);
        assert_eq!(page(vec![row(8), row(9)], &back, 2, |r| *r).rows, [row(9), row(8)]);
    }

    #[test]
    fn an_unreadable_cursor_is_the_first_page() {
        let place = Cursor { after: Some("x'; --".into()), before: Some("1.2".into()) }.place();
        assert!(place.at.is_none() && !place.is_before);
    }
}
