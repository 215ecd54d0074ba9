//! What the frame of a page needs before anything else: tenant, person, clock. The server knows it before it draws, so the
//! frame stands outside of every `Suspense`, and the pages inside live as long as it does.

use leptos::prelude::*;
use model::identity::Shell;
use model::portal::clock::PageClock;
use serde::{Deserialize, Serialize};

/// The head of a page, put into the context before the page is drawn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PageHead {
    pub shell: Shell,
    pub clock: Option<PageClock>,
}

/// The head of the page that is drawn: from the context on the server, from the page itself while it wakes up. `None`
/// where the browser came here by itself and has to ask.
pub fn page_head() -> Option<PageHead> {
    SharedValue::new(use_context::<PageHead>).into_inner()
}
