//! The query string is the state of a list: filter, sort, page, tab. Links change one part and keep the rest.

use leptos::prelude::*;
use leptos::reactive::graph::Observer;
use leptos_router::{
    hooks::{use_location, use_query_map},
    params::ParamsMap,
};

/// Where a page of rows starts. A link that changes what is listed drops it, so that one sees the first rows.
const CURSORS: [&str; 2] = ["after", "before"];
/// A refused form without scripts leaves these in the address; they must not stay in links.
const ERRORS: [&str; 2] = ["__err", "__path"];

/// The address of the page, to read a list's state and to make links that change it.
///
/// Inside an effect or a closure of a view it is followed; the body of a component, which is drawn once, reads it as it
/// stands. A part of the page that is being replaced may still ask: it hears of an empty address, which nobody sees.
#[derive(Clone, Copy)]
pub struct Query {
    path: Memo<String>,
    map: Memo<ParamsMap>,
}

/// The query string of the page. Call it inside the router.
pub fn use_query_state() -> Query {
    Query { path: use_location().pathname, map: use_query_map() }
}

/// The address of a page with these values; empty ones are left out.
pub fn address_of(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut map = ParamsMap::new();
    for (key, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        map.insert((*key).to_owned(), (*value).to_owned());
    }
    format!("{path}{}", map.to_query_string())
}

impl Query {
    /// The value of a key; an empty one counts as none.
    pub fn get(self, key: &str) -> Option<String> {
        self.read(|map| map.get(key)).flatten().filter(|value| !value.is_empty())
    }

    /// Whether `key` has this value; an empty `value` asks for its absence.
    pub fn is(self, key: &str, value: &str) -> bool {
        self.get(key).unwrap_or_default() == value
    }

    /// The value of a key that knows only these words; another one counts as none.
    pub fn one_of(self, key: &str, words: &[&str]) -> String {
        self.get(key).filter(|value| words.contains(&value.as_str())).unwrap_or_default()
    }

    /// The address with `key` set, or removed when `value` is empty, starting at the first rows again.
    pub fn href(self, key: &str, value: &str) -> String {
        self.changed(key, value, true)
    }

    /// The address of another page of rows, or of the open panel: the rest stays as it is.
    pub fn href_keep(self, key: &str, value: &str) -> String {
        self.changed(key, value, false)
    }

    /// The address with none but these keys kept: "clear filters".
    pub fn href_only(self, kept: &[&str]) -> String {
        let mut map = ParamsMap::new();
        for key in kept {
            if let Some(value) = self.get(key) {
                map.insert((*key).to_owned(), value);
            }
        }
        self.address(&map)
    }

    /// Keys and values, without cursors and without `except`: hidden inputs of a filter form.
    pub fn rest(self, except: &str) -> Vec<(String, String)> {
        let dropped = |key: &str| key == except || CURSORS.contains(&key) || ERRORS.contains(&key);
        let all = self.read(ParamsMap::clone).unwrap_or_default();
        all.into_iter().filter(|(k, _)| !dropped(k)).map(|(k, v)| (k.into_owned(), v)).collect()
    }

    /// `None` when the part of the page that asked is gone.
    fn read<T>(self, what: impl FnOnce(&ParamsMap) -> T) -> Option<T> {
        match Observer::get() {
            Some(_) => self.map.try_with(what),
            None => self.map.try_with_untracked(what),
        }
    }

    fn changed(self, key: &str, value: &str, first_rows: bool) -> String {
        let mut map = self.read(ParamsMap::clone).unwrap_or_default();
        let other_cursor = CURSORS.contains(&key);
        for dropped in ERRORS.iter().chain(CURSORS.iter().filter(|_| first_rows || other_cursor)) {
            map.remove(dropped);
        }
        map.remove(key);
        if !value.is_empty() {
            map.insert(key.to_owned(), value.to_owned());
        }
        self.address(&map)
    }

    fn address(self, map: &ParamsMap) -> String {
        let query = map.to_query_string();
        let path = match Observer::get() {
            Some(_) => self.path.try_get(),
            None => self.path.try_get_untracked(),
        };
        // A bare "?" keeps the link on this page; an empty address would mean the document itself.
        format!("{}{}", path.unwrap_or_default(), if query == "?" { String::new() } else { query })
    }
}
