//! Server-sent events: what changed, as ids, to the pages of one tenant. A page then asks for the rows it shows; so a
//! lost event costs a question, never a wrong screen.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use model::Audience;
use platform::RequestCtx;
use std::convert::Infallible;
use std::time::Duration;
use tokio_stream::wrappers::BroadcastStream;

/// `/events/{audience}`: one per browser and audience. Strangers get 401; streams do not extend a session.
pub async fn events(Path(audience): Path<String>, ctx: RequestCtx) -> Response {
    let (Ok(tenant), Ok(_), Some(audience)) = (ctx.tenant(), ctx.person(), Audience::from_code(&audience)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if audience != ctx.audience {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let notes = BroadcastStream::new(ctx.app.live.notes());
    let events = notes.filter_map(move |note| {
        let event = match note {
            Ok(note) if note.tenant == tenant => {
                Some(Event::default().event("changed").data(format!("{}:{}", note.kind, note.id)))
            }
            Ok(_) => None,
            // Some were missed: the page asks for everything again.
            Err(_) => Some(Event::default().event("changed").data("all:")),
        };
        std::future::ready(event.map(Ok::<_, Infallible>))
    });
    let hello = futures::stream::once(std::future::ready(Ok(Event::default().event("hello").data(""))));
    Sse::new(hello.chain(events)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}
