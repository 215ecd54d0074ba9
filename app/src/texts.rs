//! All texts of all contexts as one table per language, for the browser.

include!(concat!(env!("OUT_DIR"), "/all_texts.rs"));

/// The flat JSON object of one language.
pub fn table(lang: model::Lang) -> &'static str {
    all_texts(lang)
}
