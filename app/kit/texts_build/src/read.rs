//! Reads the text files of one folder and compares the languages. It collects every problem before it gives up, so
//! that a translator mends all of them at once.

use std::{collections::BTreeMap, fs, path::Path};

/// The file names, in the order of `model::Lang::ALL`.
pub(crate) const LANGS: [&str; 2] = ["en", "sw"];

/// One text in all languages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// `invoices.title`, without the context.
    pub key: String,
    /// Names between braces, in the order of the English text, without the `n` of a plural.
    pub placeholders: Vec<String>,
    /// One per language of `LANGS`.
    pub texts: Vec<Text>,
}

impl Entry {
    pub fn is_plural(&self) -> bool {
        matches!(self.texts.first(), Some(Text::Plural { .. }))
    }

    /// `invoices_title`.
    pub fn function(&self) -> String {
        self.key.replace('.', "_")
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Text {
    Plain(String),
    Plural { one: String, other: String },
}

impl Text {
    fn placeholders(&self) -> Result<Vec<String>, String> {
        match self {
            Text::Plain(text) => placeholders(text),
            Text::Plural { one, other } => {
                let mut names = placeholders(other)?;
                for name in placeholders(one)? {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                names.retain(|name| name != "n");
                Ok(names)
            }
        }
    }
}

/// All entries of a folder, or every problem found in it.
pub(crate) fn folder(dir: &Path) -> Result<Vec<Entry>, Vec<String>> {
    let mut sources = Vec::new();
    for lang in LANGS {
        let file = dir.join(format!("{lang}.toml"));
        sources.push(fs::read_to_string(&file).map_err(|e| vec![format!("{lang}.toml: {e}")])?);
    }
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    compare(&sources)
}

/// Compares one source per language of `LANGS`.
pub(crate) fn compare(sources: &[&str]) -> Result<Vec<Entry>, Vec<String>> {
    let mut problems = Vec::new();
    let mut langs: Vec<BTreeMap<String, Text>> = Vec::new();
    for (lang, source) in LANGS.iter().zip(sources) {
        let mut texts = BTreeMap::new();
        match source.parse::<toml::Table>() {
            Ok(table) => flatten(&table, "", &mut texts, &mut problems, lang),
            Err(e) => problems.push(format!("{lang}.toml: {e}")),
        }
        langs.push(texts);
    }
    let mut entries: Vec<Entry> = Vec::new();
    let keys: std::collections::BTreeSet<&String> = langs.iter().flat_map(BTreeMap::keys).collect();
    for key in keys {
        match entry(key, &langs) {
            Ok(entry) => match entries.iter().find(|e| e.function() == entry.function()) {
                Some(other) => problems.push(format!("`{key}` and `{}` make the same function name", other.key)),
                None => entries.push(entry),
            },
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(entries) } else { Err(problems) }
}

fn entry(key: &str, langs: &[BTreeMap<String, Text>]) -> Result<Entry, String> {
    let mut texts = Vec::new();
    let mut first: Option<Vec<String>> = None;
    for (lang, map) in LANGS.iter().zip(langs) {
        let text = map.get(key).ok_or_else(|| format!("the key `{key}` is missing in {lang}.toml"))?;
        let names = text.placeholders().map_err(|e| format!("`{key}` in {lang}.toml: {e}"))?;
        match &first {
            None => first = Some(names),
            Some(expected) if sorted(expected) != sorted(&names) => {
                return Err(format!(
                    "the placeholders of `{key}` differ: {} has {expected:?}, {lang} has {names:?}",
                    LANGS[0]
                ));
            }
            Some(_) => {}
        }
        texts.push(text.clone());
    }
    let plurals = texts.iter().filter(|t| matches!(t, Text::Plural { .. })).count();
    if plurals != 0 && plurals != texts.len() {
        return Err(format!("`{key}` is a plural in one language only"));
    }
    Ok(Entry { key: key.to_owned(), placeholders: first.unwrap_or_default(), texts })
}

fn flatten(
    table: &toml::Table,
    prefix: &str,
    out: &mut BTreeMap<String, Text>,
    problems: &mut Vec<String>,
    lang: &str,
) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_name {
            problems.push(format!("`{key}` in {lang}.toml: a key is written in lower case with underscores"));
            continue;
        }
        match value {
            toml::Value::String(text) => {
                out.insert(key, Text::Plain(text.clone()));
            }
            toml::Value::Table(inner) => match plural(inner) {
                Some(text) => {
                    out.insert(key, text);
                }
                None => flatten(inner, &key, out, problems, lang),
            },
            _ => problems.push(format!("`{key}` in {lang}.toml is neither a text nor a table")),
        }
    }
}

/// A table of exactly `one` and `other` is a plural; both languages of today have these two forms (CLDR).
fn plural(table: &toml::Table) -> Option<Text> {
    let text = |key: &str| table.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    (table.len() == 2).then(|| Some(Text::Plural { one: text("one")?, other: text("other")? })).flatten()
}

/// The names between braces, each once, in order.
fn placeholders(text: &str) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let end = rest[start..].find('}').ok_or("a brace is not closed")? + start;
        let name = &rest[start + 1..end];
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            return Err(format!("`{{{name}}}` is not a placeholder: use lower case letters"));
        }
        if !names.iter().any(|n| n == name) {
            names.push(name.to_owned());
        }
        rest = &rest[end + 1..];
    }
    Ok(names)
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_one_language_lacks_is_named() {
        let problems = compare(&["[a]\nx = \"X\"\ny = \"Y\"", "[a]\nx = \"X\""]).unwrap_err();
        assert_eq!(problems, ["the key `a.y` is missing in sw.toml"]);
    }

    #[test]
    fn placeholders_may_change_places_but_not_names() {
        assert!(compare(&["x = \"{a} {b}\"", "x = \"{b} {a}\""]).is_ok());
        let problems = compare(&["x = \"{a}\"", "x = \"{c}\""]).unwrap_err();
        assert!(problems[0].contains("placeholders of `x` differ"), "{problems:?}");
    }

    #[test]
    fn a_plural_counts_with_n_and_keeps_other_placeholders() {
        let source = "x = { one = \"a day\", other = \"{n} days of {name}\" }";
        let entries = compare(&[source, source]).unwrap();
        assert!(entries[0].is_plural());
        assert_eq!(entries[0].placeholders, ["name"]);
    }

    #[test]
    fn two_keys_with_one_function_name_are_refused() {
        let source = "a_b = \"1\"\n[a]\nb = \"2\"";
        assert!(compare(&[source, source]).unwrap_err()[0].contains("same function name"));
    }
}
