//! The components that every page is made of, and the reader's texts. Nothing here knows a business rule.

pub mod button;
pub mod form;
pub mod icon;
pub mod texts;
pub mod tone;

texts!();
