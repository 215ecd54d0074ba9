//! The doors of sales and subscribers: each begins with its permission, calls one verb and commits.

mod inventory;
mod leads;
mod services;
mod subscribers;

pub use inventory::*;
pub use leads::*;
pub use services::*;
pub use subscribers::*;

#[cfg(feature = "ssr")]
use {
    chrono::Offset,
    crm::subscribers::Sees,
    kit::values::PageTime,
    platform::{Op, RequestCtx},
};

/// The clock of a page: business time and the tenant's zone.
#[cfg(feature = "ssr")]
fn page_time(op: &Op) -> PageTime {
    let now = op.now();
    let offset_seconds = now.with_timezone(&op.zone()).offset().fix().local_minus_utc();
    PageTime { now, offset_minutes: offset_seconds / 60 }
}

/// The classes of fields that the reader sees.
#[cfg(feature = "ssr")]
fn sees(ctx: &RequestCtx) -> Sees {
    ctx.person.as_ref().map(|person| Sees::of(&person.permissions)).unwrap_or_default()
}
