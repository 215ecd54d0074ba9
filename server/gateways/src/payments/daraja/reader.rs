//! Reads provider JSON field by field and names the field that is wrong.
//! The one rule: a number keeps the digits it was written with, so that cents are never lost in a float.

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::Malformed;

/// No documented text field is longer; a longer one is an attack or a mistake.
const MAX_TEXT_CHARS: usize = 500;

/// One JSON value and where it was found.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    path: String,
    raw: &'a str,
}

/// A JSON object, read one level deep.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    path: String,
    fields: HashMap<String, &'a RawValue>,
}

impl<'a> Node<'a> {
    /// The whole body.
    pub fn root(body: &'a [u8]) -> Result<Self, Malformed> {
        let raw = std::str::from_utf8(body).map_err(|_| Malformed::new("body", "is not UTF-8 text"))?;
        serde_json::from_str::<&RawValue>(raw).map_err(|error| {
            Malformed::new("body", format!("is not JSON (line {}, column {})", error.line(), error.column()))
        })?;
        Ok(Self { path: String::new(), raw: raw.trim() })
    }

    pub fn object(&self) -> Result<Object<'a>, Malformed> {
        let fields = serde_json::from_str(self.raw).map_err(|_| self.wrong("is not an object"))?;
        Ok(Object { path: self.path.clone(), fields })
    }

    /// The elements of an array.
    pub fn items(&self) -> Result<Vec<Node<'a>>, Malformed> {
        let items: Vec<&'a RawValue> = serde_json::from_str(self.raw).map_err(|_| self.wrong("is not a list"))?;
        Ok(items
            .into_iter()
            .enumerate()
            .map(|(index, raw)| Node { path: format!("{}[{index}]", self.path), raw: raw.get() })
            .collect())
    }

    /// A string without its control characters, or a number as it was written.
    pub fn text(&self) -> Result<String, Malformed> {
        let text = match self.raw.as_bytes().first() {
            Some(b'"') => {
                let text: String = serde_json::from_str(self.raw).map_err(|_| self.wrong("is not a readable text"))?;
                text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
            }
            Some(b'-' | b'0'..=b'9') => self.raw.to_owned(),
            _ => return Err(self.wrong("is neither text nor a number")),
        };
        if text.chars().count() > MAX_TEXT_CHARS {
            return Err(self.wrong(&format!("is longer than {MAX_TEXT_CHARS} characters")));
        }
        Ok(text)
    }

    /// An amount in cents, from text or number.
    pub fn minor(&self) -> Result<i64, Malformed> {
        crate::payments::minor_from_decimal(&self.text()?).map_err(|error| self.wrong(&error.to_string()))
    }

    pub fn is_list(&self) -> bool {
        self.raw.starts_with('[')
    }

    pub fn wrong(&self, problem: &str) -> Malformed {
        let field = if self.path.is_empty() { "body" } else { &self.path };
        Malformed::new(field, problem)
    }
}

impl<'a> Object<'a> {
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The field, unless it is absent or null.
    pub fn optional(&self, name: &str) -> Option<Node<'a>> {
        let raw = self.fields.get(name)?.get();
        (raw != "null").then(|| Node { path: self.path_of(name), raw })
    }

    pub fn required(&self, name: &str) -> Result<Node<'a>, Malformed> {
        self.optional(name).ok_or_else(|| Malformed::missing(self.path_of(name)))
    }

    /// A text that must be there and not blank.
    pub fn text(&self, name: &str) -> Result<String, Malformed> {
        let node = self.required(name)?;
        let text = node.text()?;
        if text.is_empty() { Err(node.wrong("is empty")) } else { Ok(text) }
    }

    /// A text that may be absent; blank counts as absent.
    pub fn optional_text(&self, name: &str) -> Result<Option<String>, Malformed> {
        match self.optional(name) {
            Some(node) => Ok(Some(node.text()?).filter(|text| !text.is_empty())),
            None => Ok(None),
        }
    }
}
