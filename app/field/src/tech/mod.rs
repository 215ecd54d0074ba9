//! The technician's phone. The one rule: every step works as plain HTML, and the bar on top says only what is true.

mod complete;
mod job;
mod login;
mod photos;
mod signature;
mod sync;
mod today;

pub use job::JobPage;
pub use today::TodayPage;
