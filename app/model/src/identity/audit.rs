//! The audit log on screen: what is asked for, an entry, and what an entry changed.

use crate::FieldErrors;
use crate::page::Page;
use crate::time::{Date, Timestamp, parse_date};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What is asked for, as it stands in the address. What is empty does not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// A person's id, or `job` for the program itself.
    pub actor: String,
    /// The beginning of an action: `billing.` or `billing.invoice.void`.
    pub action: String,
    /// The kind of a thing, for example `login`.
    pub kind: String,
    /// The id of a thing.
    pub thing: String,
    /// First and last day, in the ISP's zone.
    pub from: String,
    pub until: String,
    /// Entries older than this one.
    pub after: String,
    /// Entries younger than this one.
    pub before: String,
}

/// A filter that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditWanted {
    pub person: Option<Uuid>,
    pub actor_kind: Option<String>,
    pub action: String,
    pub kind: String,
    pub thing: String,
    pub from: Option<Date>,
    pub until: Option<Date>,
    pub after: Option<i64>,
    pub before: Option<i64>,
}

impl AuditFilter {
    /// Reads the filter; a day or a cursor that cannot be read is named.
    pub fn parse(&self) -> Result<AuditWanted, FieldErrors> {
        let mut errors = FieldErrors::default();
        let day = |errors: &mut FieldErrors, name: &str, text: &str| match text.trim() {
            "" => None,
            text => errors.take(name, parse_date(text)),
        };
        let from = day(&mut errors, "from", &self.from);
        let until = day(&mut errors, "until", &self.until);
        let person = self.actor.trim().parse().ok();
        let wanted = AuditWanted {
            person,
            actor_kind: Some(self.actor.trim().to_owned()).filter(|word| person.is_none() && !word.is_empty()),
            action: self.action.trim().to_owned(),
            kind: self.kind.trim().to_owned(),
            thing: self.thing.trim().to_owned(),
            from,
            until,
            after: self.after.trim().parse().ok(),
            before: self.before.trim().parse().ok(),
        };
        if errors.is_empty() { Ok(wanted) } else { Err(errors) }
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRow {
    pub seq: i64,
    pub at: Timestamp,
    /// Business time, where it differs from real time by more than a minute: a moved clock.
    pub business_at: Option<Timestamp>,
    /// `staff`, `my`, `partner`, `job` or `webhook`.
    pub actor_kind: String,
    pub actor: String,
    pub action: String,
    pub kind: String,
    pub thing: String,
    pub changes: Vec<FieldChange>,
    pub reason: Option<String>,
    pub address: Option<String>,
}

/// One field that an entry changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// How far the chain was verified, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainState {
    pub entries: i64,
    /// The first entry that does not fit.
    pub broken_at: Option<i64>,
    pub at: Timestamp,
}

/// A person in the list of those to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPerson {
    pub id: Uuid,
    pub name: String,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditPage {
    pub page: Page<AuditRow>,
    pub people: Vec<AuditPerson>,
    pub chain: Option<ChainState>,
}

/// What differs between two values, field by field; fields of objects in objects are named with dots. A field that is
/// the same on both sides is left out.
pub fn differences(before: Option<&Value>, after: Option<&Value>) -> Vec<FieldChange> {
    let (old, new) = (flat(before), flat(after));
    let mut fields: Vec<&String> = old.iter().chain(&new).map(|(field, _)| field).collect();
    fields.sort();
    fields.dedup();
    let of = |list: &[(String, String)], field: &str| list.iter().find(|(f, _)| f == field).map(|(_, v)| v.clone());
    let change = |field: &String| FieldChange { field: field.clone(), before: of(&old, field), after: of(&new, field) };
    fields.into_iter().map(change).filter(|change| change.before != change.after).collect()
}

fn flat(value: Option<&Value>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if let Some(value) = value {
        flatten("", value, &mut out);
    }
    out
}

fn flatten(path: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, out);
            }
        }
        Value::Null => {}
        Value::String(text) => out.push((path.to_owned(), text.clone())),
        Value::Array(items) => {
            let words: Vec<String> =
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
            out.push((path.to_owned(), words.join(", ")));
        }
        other => out.push((path.to_owned(), other.to_string())),
    }
}

/// A cell of a CSV file: quoted where needed, and never a formula of a spreadsheet.
pub fn csv_cell(text: &str) -> String {
    let safe = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if safe.contains([',', '"', '\n', '\r']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_shown() {
        let before = json!({ "name": "Home 20", "speed": { "down": 20, "up": 20 }, "roles": ["noc"] });
        let after = json!({ "name": "Home 20", "speed": { "down": 40, "up": 20 }, "roles": ["noc", "sales"] });
        let found = differences(Some(&before), Some(&after));
        let words: Vec<_> = found.iter().map(|c| (c.field.as_str(), c.before.as_deref(), c.after.as_deref())).collect();
        assert_eq!(words, [("roles", Some("noc"), Some("noc, sales")), ("speed.down", Some("20"), Some("40"))]);
    }

    #[test]
    fn what_was_made_has_no_before_and_what_went_no_after() {
        let value = json!({ "state": "active", "phone": null });
        assert_eq!(differences(None, Some(&value))[0].before, None);
        assert_eq!(differences(Some(&value), None)[0].after, None);
        assert!(differences(None, None).is_empty());
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(csv_cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(csv_cell("-5"), "'-5");
        assert_eq!(csv_cell("a, b"), "\"a, b\"");
        assert_eq!(csv_cell("plain"), "plain");
    }

    #[test]
    fn a_day_that_is_none_is_named() {
        let filter = AuditFilter { from: "yesterday".into(), actor: "job".into(), ..AuditFilter::default() };
        assert!(filter.parse().unwrap_err().of("from").is_some());
        let wanted = AuditFilter { actor: "job".into(), ..AuditFilter::default() }.parse().unwrap();
        assert_eq!((wanted.actor_kind.as_deref(), wanted.person), (Some("job"), None));
    }
}
