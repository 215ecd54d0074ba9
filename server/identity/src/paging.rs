//! Pages that can be turned both ways: one row more than fits tells whether there is another page.

use model::page::{PAGE_ROWS, Page};

/// Makes a page, youngest first, of rows that were asked for with one row more than fits. `went_back` says that they
/// were read from older to younger, `went_on` that there are younger ones.
pub(crate) fn page<T>(mut rows: Vec<T>, went_on: bool, went_back: bool, cursor: impl Fn(&T) -> String) -> Page<T> {
    let fits = usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX);
    let has_more = rows.len() > fits;
    rows.truncate(fits);
    if went_back {
        rows.reverse();
    }
    let (older, younger) = if went_back { (true, has_more) } else { (has_more, went_on) };
    let next = rows.last().filter(|_| older).map(&cursor);
    let previous = rows.first().filter(|_| younger).map(&cursor);
    Page { rows, next, previous }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(rows: std::ops::Range<i64>, went_on: bool, went_back: bool) -> Page<i64> {
        let list: Vec<i64> = if went_back { rows.collect() } else { rows.rev().collect() };
        page(list, went_on, went_back, ToString::to_string)
    }

    #[test]
    fn the_first_page_has_no_way_back_and_the_last_no_way_on() {
        let first = turned(0..51, false, false);
        assert_eq!((first.rows.len(), first.next.as_deref(), first.previous), (50, Some("1"), None));
        let last = turned(0..10, true, false);
        assert_eq!((last.next, last.previous.as_deref()), (None, Some("9")));
    }

    #[test]
    fn turning_back_shows_the_youngest_on_top_again() {
        let back = turned(10..61, false, true);
        assert_eq!((back.rows[0], back.rows[49]), (59, 10));
        assert_eq!((back.next.as_deref(), back.previous.as_deref()), (Some("10"), Some("59")));
        assert_eq!(turned(10..20, false, true).previous, None);
    }
}
