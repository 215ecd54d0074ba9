//! The clock of a page: what the server sent, in the form that `When` asks for.

use kit::values::PageTime;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::AppError;
use model::portal::clock::PageClock;

/// Business time, for what bills and tickets say.
pub(crate) const fn business(clock: PageClock) -> PageTime {
    PageTime { now: clock.business, offset_minutes: clock.offset_minutes }
}

/// Real time, for what routers and phones say.
pub(crate) const fn real(clock: PageClock) -> PageTime {
    PageTime { now: clock.real, offset_minutes: clock.offset_minutes }
}

/// Gives the pages inside their clock, and a fresh one whenever another page is opened. `ask` is the audience's door.
pub fn provide_page_time<F>(first: Option<PageClock>, ask: impl Fn() -> F + Send + Sync + 'static)
where
    F: Future<Output = Result<PageClock, AppError>> + Send + 'static,
{
    if let Some(clock) = first {
        provide_context(business(clock));
    }
    let owner = Owner::current();
    let path = use_location().pathname;
    let fresh = LocalResource::new(move || {
        path.track();
        ask()
    });
    Effect::new(move |opened: Option<()>| {
        let clock = fresh.get();
        // The first page has the clock that it came with.
        if let (Some(()), Some(Ok(clock)), Some(owner)) = (opened, clock, &owner) {
            owner.with(|| provide_context(business(clock)));
        }
    });
}
