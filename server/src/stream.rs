//! Server-sent events: what changed, as ids, to the pages of one tenant. A page then asks for the rows it shows; so a
//! lost event costs a question, never a wrong screen. Who sees less than the tenant hears of what is their own.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use model::Audience;
use platform::live::{Heard, Note};
use platform::{RequestCtx, Scope, TenantId};
use std::convert::Infallible;
use std::time::Duration;
use tokio_stream::wrappers::BroadcastStream;

/// How often a stream asks whether its reader is still signed in.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// `/events/{audience}`: one per browser and audience. Strangers get 401; streams do not extend a session, and end with it.
pub async fn events(Path(audience): Path<String>, ctx: RequestCtx) -> Response {
    let (Ok(tenant), Ok(person), Some(audience)) = (ctx.tenant(), ctx.person(), Audience::from_code(&audience)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if audience != ctx.audience {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let scope = person.scope.clone();
    let notes = BroadcastStream::new(ctx.app.live.notes());
    let events = notes.filter_map(move |heard| {
        let data = match heard {
            Ok(Heard::Note(note)) => may_hear(&scope, tenant, &note).then(|| format!("{}:{}", note.kind, note.id)),
            // Some were missed: the page asks for everything again.
            Ok(Heard::Anything) | Err(_) => Some("all:".to_owned()),
        };
        std::future::ready(data.map(|data| Ok::<_, Infallible>(Event::default().event("changed").data(data))))
    });
    let hello = futures::stream::once(std::future::ready(Ok(Event::default().event("hello").data(""))));
    let stream = hello.chain(events.take_until(signed_out(ctx)));
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

/// Whether a reader may know that this changed.
fn may_hear(scope: &Scope, tenant: TenantId, note: &Note) -> bool {
    note.tenant == tenant
        && match scope {
            Scope::Tenant => true,
            Scope::Accounts(own) => own.iter().any(|account| account.to_string() == note.id),
            // No page of a reseller listens.
            Scope::Reseller(_) => false,
        }
}

/// Ends when the reader's session does, or the reader was blocked.
async fn signed_out(ctx: RequestCtx) {
    loop {
        tokio::time::sleep(ASK_AGAIN).await;
        if !ctx.is_still_signed_in().await {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn subscribers_hear_of_their_own_accounts_and_resellers_of_nothing() {
        let (tenant, own, other) = (TenantId::new(), Uuid::now_v7(), Uuid::now_v7());
        let note = |id: Uuid| Note { tenant, kind: "crm.timeline".into(), id: id.to_string() };
        let subscriber = Scope::Accounts(vec![own]);
        assert!(may_hear(&subscriber, tenant, &note(own)));
        assert!(!may_hear(&subscriber, tenant, &note(other)));
        assert!(!may_hear(&Scope::Reseller(own), tenant, &note(own)));
        assert!(may_hear(&Scope::Tenant, tenant, &note(other)));
        assert!(!may_hear(&Scope::Tenant, TenantId::new(), &note(other)), "another ISP");
    }
}
