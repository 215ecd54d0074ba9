//! The components that every page is made of, and the reader's texts. Nothing here knows a business rule.

pub mod texts;

texts!();
