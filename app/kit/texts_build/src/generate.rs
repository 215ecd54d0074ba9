//! Writes the Rust source. The functions differ only in where they find the template: embedded or in the browser.

use crate::read::{Entry, LANGS, Text};
use std::fmt::Write;

/// Functions for a ui crate. `texts` is `kit::texts`, brought into scope by `kit::texts!()`.
pub(crate) fn pages(context: &str, entries: &[Entry]) -> String {
    let mut out = String::new();
    for entry in entries {
        let key = format!("{context}.{}", entry.key);
        let (one, other) = (format!("{key}.one"), format!("{key}.other"));
        let browser = if entry.is_plural() {
            format!("texts::lookup(if n == 1 {{ {one:?} }} else {{ {other:?} }})")
        } else {
            format!("texts::lookup({key:?})")
        };
        let body = format!(
            "#[cfg(feature = \"ssr\")] let template = {}; #[cfg(not(feature = \"ssr\"))] let template = {browser};",
            embedded("texts::lang()", "texts::Lang", entry)
        );
        function(&mut out, entry, "", &body, "texts::");
    }
    out
}

/// Functions for a server crate, with the language as first argument.
pub(crate) fn server(entries: &[Entry]) -> String {
    let mut out = String::from(SERVER_PRELUDE);
    for entry in entries {
        let body = format!("let template = {};", embedded("lang", "model::Lang", entry));
        function(&mut out, entry, "lang: model::Lang", &body, "");
    }
    out
}

/// The flat JSON objects for the browser, one per language.
pub(crate) fn tables(name: &str, contexts: &[(String, Vec<Entry>)]) -> String {
    let mut arms = String::new();
    for (i, lang) in LANGS.iter().enumerate() {
        let mut pairs = Vec::new();
        for (context, entries) in contexts {
            for entry in entries {
                let key = format!("{context}.{}", entry.key);
                match &entry.texts[i] {
                    Text::Plain(text) => pairs.push((key, text)),
                    Text::Plural { one, other } => {
                        pairs.push((format!("{key}.one"), one));
                        pairs.push((format!("{key}.other"), other));
                    }
                }
            }
        }
        let json: Vec<String> = pairs.iter().map(|(k, v)| format!("{}:{}", json_string(k), json_string(v))).collect();
        let _ = writeln!(arms, "        model::Lang::{} => {:?},", variant(lang), format!("{{{}}}", json.join(",")));
    }
    format!(
        "/// All texts of one language as a flat JSON object, for the browser.\npub fn {name}(lang: model::Lang) -> \
         &'static str {{\n    match lang {{\n{arms}    }}\n}}\n"
    )
}

/// Fills templates without `kit`, which a server crate does not know.
const SERVER_PRELUDE: &str = r#"
#[allow(dead_code)]
fn filled(template: &str, values: &[(&str, &dyn std::fmt::Display)]) -> String {
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
#[allow(dead_code)]
fn counted(n: i64) -> String {
    format!("{}{}", if n < 0 { "\u{2212}" } else { "" }, model::money::grouped(n.unsigned_abs()))
}
"#;

/// An expression that picks the template of the language.
fn embedded(lang: &str, path: &str, entry: &Entry) -> String {
    let arms: Vec<String> = LANGS
        .iter()
        .zip(&entry.texts)
        .map(|(code, text)| {
            let template = match text {
                Text::Plain(text) => format!("{text:?}"),
                // Languages without a difference, and short forms, say the same twice.
                Text::Plural { one, other } if one == other => format!("{other:?}"),
                Text::Plural { one, other } => format!("if n == 1 {{ {one:?} }} else {{ {other:?} }}"),
            };
            format!("{path}::{} => {template}", variant(code))
        })
        .collect();
    format!("match {lang} {{ {} }}", arms.join(", "))
}

/// `helpers` is the path prefix of `filled` and `counted`.
fn function(out: &mut String, entry: &Entry, first: &str, body: &str, helpers: &str) {
    let mut arguments: Vec<String> = Vec::new();
    let mut values: Vec<String> = Vec::new();
    if !first.is_empty() {
        arguments.push(first.to_owned());
    }
    if entry.is_plural() {
        arguments.push("n: i64".into());
        values.push(format!("(\"n\", &{helpers}counted(n))"));
    }
    for name in &entry.placeholders {
        arguments.push(format!("r#{name}: impl std::fmt::Display"));
        values.push(format!("({name:?}, &r#{name})"));
    }
    let (result, end) = if values.is_empty() {
        ("&'static str", "template".to_owned())
    } else {
        ("String", format!("{helpers}filled(template, &[{}])", values.join(", ")))
    };
    let doc = match &entry.texts[0] {
        Text::Plain(text) => text,
        Text::Plural { other, .. } => other,
    };
    let _ = writeln!(
        out,
        "#[doc = {doc:?}]\n#[allow(dead_code, clippy::too_many_arguments)]\npub fn r#{}({}) -> {result} {{ {body} {end} }}",
        entry.function(),
        arguments.join(", "),
    );
}

/// `en` is `Lang::En`.
fn variant(code: &str) -> String {
    let mut chars = code.chars();
    chars.next().map(|c| c.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use crate::read::compare;

    #[test]
    fn a_page_gets_one_typed_function_per_key() {
        let source = "[due]\nday = { one = \"Due in {n} day\", other = \"Due in {n} days, {name}\" }";
        let rust = super::pages("billing", &compare(&[source, source]).unwrap());
        assert!(rust.contains("pub fn r#due_day(n: i64, r#name: impl std::fmt::Display) -> String"), "{rust}");
        assert!(rust.contains("texts::lookup(if n == 1 { \"billing.due.day.one\" }"), "{rust}");
    }

    #[test]
    fn a_browser_table_is_flat_json_with_quotes_escaped() {
        let source = "say = 'A \"word\"'";
        let rust = super::tables("all", &[("kit".into(), compare(&[source, source]).unwrap())]);
        assert!(rust.contains(r#"{\"kit.say\":\"A \\\"word\\\"\"}"#), "{rust}");
    }
}
