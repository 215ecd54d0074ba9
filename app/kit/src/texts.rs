//! The reader's language and its texts. On the server both languages are embedded and the request's context says which
//! to use; the browser holds one table, filled before hydration, so that both sides write the same words.

pub use model::Lang;
use std::fmt::Display;

/// Includes what `texts_build::pages` wrote, as `pub mod t` with one function per text.
#[macro_export]
macro_rules! texts {
    () => {
        /// The texts of this context, one function per key of `texts/en.toml`.
        pub mod t {
            #[allow(unused_imports)]
            use $crate::texts;
            include!(concat!(env!("OUT_DIR"), "/texts.rs"));
        }
    };
}

/// The language of the request: what the server put into the context, else English.
#[cfg(feature = "ssr")]
pub fn lang() -> Lang {
    leptos::prelude::use_context::<Lang>().unwrap_or_default()
}

/// The language of the page, as `<html lang>` says.
#[cfg(not(feature = "ssr"))]
pub fn lang() -> Lang {
    leptos::prelude::document()
        .document_element()
        .and_then(|root| root.get_attribute("lang"))
        .and_then(|code| code.parse().ok())
        .unwrap_or_default()
}

#[cfg(not(feature = "ssr"))]
static TABLE: std::sync::OnceLock<std::collections::HashMap<String, String>> = std::sync::OnceLock::new();

/// Takes the flat JSON object of `/texts/{lang}.json`. Call it once, before hydration; a second call changes nothing.
/// The answer is false when the JSON cannot be read: the page would then differ from the server's.
#[cfg(not(feature = "ssr"))]
pub fn fill(json: &str) -> bool {
    match serde_json::from_str(json) {
        Ok(table) => TABLE.set(table).is_ok(),
        Err(_) => false,
    }
}

/// The text of a key in the reader's language. A key that the table lacks is shown itself, which tests notice.
#[cfg(not(feature = "ssr"))]
pub fn lookup(key: &'static str) -> &'static str {
    TABLE.get().and_then(|table| table.get(key)).map_or(key, String::as_str)
}

/// Puts the values in place of their `{name}`.
pub fn filled(template: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut out = String::with_capacity(template.len() + 16 * values.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        if let Some((_, value)) = values.iter().find(|(n, _)| *n == name) {
            out.push_str(&value.to_string());
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// A count with its thousands apart, for plural texts.
pub fn counted(n: i64) -> String {
    format!("{}{}", if n < 0 { "\u{2212}" } else { "" }, model::money::grouped(n.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_take_the_place_of_their_names() {
        assert_eq!(super::filled("{b} of {a}", &[("a", &9), ("b", &1)]), "1 of 9");
        assert_eq!(super::counted(1204), "1,204");
    }
}
