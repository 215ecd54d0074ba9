//! The two browser programs: `staff` for everybody who works at the ISP and its resellers, `my` for phones.

#[cfg(feature = "ssr")]
pub mod document;
pub mod modules;
pub mod my;
pub mod not_found;
pub mod page_head;
pub mod staff;
#[cfg(feature = "ssr")]
pub mod texts;

kit::texts!();
