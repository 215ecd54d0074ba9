//! Pictures over plain HTTP: sent by a form that needs no script, read back by the pages that show them.

use super::{PICTURE_BYTES_MAX, open_in_op};
use crate::work_orders::own;
use axum::Router;
use axum::extract::{Multipart, Path};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use model::AppError;
use model::field::work_orders::EvidenceKind;
use model::field::{EvidenceId, WorkOrderId, perm};
use platform::{App, RequestCtx};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/tech/{id}/photo", post(add_photo)).route("/field/evidence/{id}", get(show))
}

/// `POST /tech/{id}/photo`: one or more files named `photo`, then back to the job. A refusal is named in the address.
async fn add_photo(Path(id): Path<String>, ctx: RequestCtx, form: Multipart) -> Response {
    let Ok(id) = id.parse::<WorkOrderId>() else { return StatusCode::NOT_FOUND.into_response() };
    match take_photos(&ctx, id, form).await {
        Ok(()) => Redirect::to(&format!("/tech/{id}#photos")).into_response(),
        Err(AppError::Invalid(_)) => Redirect::to(&format!("/tech/{id}?refused=photo#photos")).into_response(),
        Err(AppError::Conflict(_)) => Redirect::to(&format!("/tech/{id}?refused=over#photos")).into_response(),
        Err(error) => refusal(&error),
    }
}

async fn take_photos(ctx: &RequestCtx, id: WorkOrderId, mut form: Multipart) -> Result<(), AppError> {
    // Who asks comes before what is sent: a stranger's megabytes are not read.
    ctx.begin::<perm::OwnWorkWrite>().await?.commit().await?;
    let unreadable = || AppError::invalid("photo", "The photo did not arrive whole. Send it again.");
    let mut taken = 0;
    while let Some(mut part) = form.next_field().await.map_err(|_| unreadable())? {
        if part.name() != Some("photo") {
            continue;
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|_| unreadable())? {
            if bytes.len() + chunk.len() > PICTURE_BYTES_MAX {
                return Err(AppError::invalid("photo", "This photo is larger than 1.5 MB."));
            }
            bytes.extend_from_slice(&chunk);
        }
        let mut tx = ctx.begin::<perm::OwnWorkWrite>().await?;
        own::add_picture(&mut tx, id, EvidenceKind::Photo, &bytes).await?;
        tx.commit().await?;
        taken += 1;
    }
    if taken == 0 { Err(unreadable()) } else { Ok(()) }
}

/// `GET /field/evidence/{id}`: for dispatchers, and for the technician whose work it proves.
async fn show(Path(id): Path<String>, ctx: RequestCtx) -> Response {
    let Ok(id) = id.parse::<EvidenceId>() else { return StatusCode::NOT_FOUND.into_response() };
    let picture = match read(&ctx, id).await {
        Ok(picture) => picture,
        Err(error) => return refusal(&error),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(picture.media_type.text())),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    (headers, picture.bytes).into_response()
}

async fn read(ctx: &RequestCtx, id: EvidenceId) -> Result<super::Opened, AppError> {
    if let Some(mut tx) = ctx.begin_if::<perm::WorkOrderRead>().await? {
        return open_in_op(&mut tx, id, None).await;
    }
    let me = ctx.person()?.id;
    let mut tx = ctx.begin::<perm::OwnWorkRead>().await?;
    open_in_op(&mut tx, id, Some(me)).await
}

fn refusal(error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, error.to_string()).into_response()
}
