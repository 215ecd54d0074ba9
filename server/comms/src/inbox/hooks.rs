//! The doors of the providers. The one rule: what cannot be read is kept and answered as the provider expects, never
//! with a fault of ours; only a database that is away makes a provider come again.

use super::{ApplyReport, Inbound, keep_unreadable_in_op, receive_in_op};
use crate::notices::{Report, report_in_op};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::Utc;
use gateways::directory::WhatsAppSecrets;
use gateways::sms::{DeliveryStatus, IncomingSms, SmsDeliveryReport};
use gateways::whatsapp::{InboundContent, Webhook, answer_challenge, signature_is_valid};
use model::AppError;
use model::comms::notices::{Channel, DeliveryState};
use platform::{App, Op, TenantId};
use serde::Deserialize;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/hooks/whatsapp/{secret}", get(whatsapp_challenge).post(whatsapp_post))
        .route("/hooks/sms/{secret}", post(sms_incoming))
        .route("/hooks/sms/{secret}/delivery", post(sms_delivery))
}

/// How a post is answered when nothing can be done with it.
enum Refusal {
    /// The address or signature is nobody's.
    Stranger(StatusCode),
    /// Kept, and said what is wrong.
    Unreadable(String),
    Failed(AppError),
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Stranger(status) => status.into_response(),
            Self::Unreadable(why) => (StatusCode::BAD_REQUEST, why).into_response(),
            // 503 for a database that is away: the provider comes again and nothing is lost.
            Self::Failed(error) => {
                tracing::error!(%error, "a message could not be stored");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}

async fn begin(app: &App, provider: &'static str, secret: &str) -> Result<Op, Refusal> {
    let tenant: Option<TenantId> = platform::tenants::of_webhook(app, provider, secret).await?;
    let tenant = tenant.ok_or(Refusal::Stranger(StatusCode::NOT_FOUND))?;
    Ok(app.begin_as_system(tenant, provider).await?)
}

#[derive(Deserialize)]
struct Challenge {
    #[serde(rename = "hub.mode", default)]
    mode: String,
    #[serde(rename = "hub.verify_token", default)]
    token: String,
    #[serde(rename = "hub.challenge", default)]
    challenge: String,
}

/// What WhatsApp and this tenant know of one another; without it there is no such address.
fn whatsapp_secrets(op: &Op) -> Result<WhatsAppSecrets, Refusal> {
    let gateways = crate::gateways_of(op.app(), op.tenant());
    gateways.whatsapp_secrets.clone().ok_or(Refusal::Stranger(StatusCode::NOT_FOUND))
}

/// `GET /hooks/whatsapp/{secret}`: the provider asks whether the address is ours.
async fn whatsapp_challenge(
    State(app): State<App>,
    Path(secret): Path<String>,
    Query(asked): Query<Challenge>,
) -> Result<Response, Refusal> {
    let op = begin(&app, "whatsapp", &secret).await?;
    let secrets = whatsapp_secrets(&op)?;
    op.rollback().await?;
    let answer = answer_challenge(&asked.mode, &asked.token, &asked.challenge, &secrets.verify_token);
    Ok(answer.map_or_else(|| StatusCode::FORBIDDEN.into_response(), |text| text.to_owned().into_response()))
}

/// `POST /hooks/whatsapp/{secret}`: messages and the progress of ours, signed.
async fn whatsapp_post(
    State(app): State<App>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let mut op = begin(&app, "whatsapp", &secret).await?;
    let secrets = whatsapp_secrets(&op)?;
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !signature_is_valid(&secrets.app_secret, signature, &body) {
        tracing::warn!("a WhatsApp post without a valid signature was refused");
        return Err(Refusal::Stranger(StatusCode::UNAUTHORIZED));
    }
    match Webhook::parse(&body) {
        Ok(webhook) => {
            if let Some(why) = webhook.unreadable.first() {
                tracing::warn!(%why, "a part of a WhatsApp post could not be read; the post was kept");
                keep_unreadable_in_op(&mut op, Channel::WhatsApp, &body).await?;
            }
            for message in webhook.messages {
                receive_in_op(&mut op, &inbound(message)).await?;
            }
            for status in webhook.statuses {
                if let Some(report) = whatsapp_report(status) {
                    apply(&mut op, report).await?;
                }
            }
        }
        // Signed, so it is the provider's; anything but 200 would only make it come again.
        Err(why) => {
            tracing::warn!(%why, "a WhatsApp post could not be read and was kept");
            keep_unreadable_in_op(&mut op, Channel::WhatsApp, &body).await?;
        }
    }
    op.commit().await?;
    Ok(StatusCode::OK)
}

fn inbound(message: gateways::whatsapp::InboundMessage) -> Inbound {
    let text = match (&message.content, message.content.text()) {
        (_, Some(text)) => text.to_owned(),
        (InboundContent::Location { latitude, longitude, .. }, None) => format!("[{latitude}, {longitude}]"),
        (InboundContent::Media { kind, .. } | InboundContent::Other(kind), None) => format!("[{kind}]"),
        (InboundContent::Text(_) | InboundContent::Choice { .. }, None) => String::new(),
    };
    Inbound {
        channel: Channel::WhatsApp,
        provider_id: message.id,
        sender: message.from.or(message.user_id).unwrap_or_default(),
        sender_name: message.contact_name,
        text,
    }
}

fn whatsapp_report(status: gateways::whatsapp::StatusUpdate) -> Option<Report> {
    let state = match status.status.as_str() {
        "sent" => DeliveryState::Sent,
        "delivered" => DeliveryState::Delivered,
        "read" | "played" => DeliveryState::Read,
        "failed" => DeliveryState::Failed,
        other => {
            tracing::warn!(status = other, "an unknown WhatsApp status");
            return None;
        }
    };
    Some(Report {
        channel: Channel::WhatsApp,
        provider_id: status.id,
        state,
        error: status.error.map(|(code, title)| format!("{title} (code {code})")),
        message_id: status.correlation.and_then(|id| id.parse().ok()),
    })
}

/// `POST /hooks/sms/{secret}`: a message to our number.
async fn sms_incoming(State(app): State<App>, Path(secret): Path<String>, body: Bytes) -> Result<StatusCode, Refusal> {
    let mut op = begin(&app, "sms", &secret).await?;
    let message = match IncomingSms::parse(&body) {
        Ok(message) => message,
        Err(why) => return Err(unreadable(op, &body, &why).await?),
    };
    let inbound = Inbound {
        channel: Channel::Sms,
        provider_id: message.id,
        sender: message.from,
        sender_name: None,
        text: message.text,
    };
    receive_in_op(&mut op, &inbound).await?;
    op.commit().await?;
    Ok(StatusCode::OK)
}

/// `POST /hooks/sms/{secret}/delivery`: what became of a message of ours.
async fn sms_delivery(State(app): State<App>, Path(secret): Path<String>, body: Bytes) -> Result<StatusCode, Refusal> {
    let mut op = begin(&app, "sms", &secret).await?;
    let report = match SmsDeliveryReport::parse(&body) {
        Ok(report) => report,
        Err(why) => return Err(unreadable(op, &body, &why).await?),
    };
    let state = match &report.status {
        DeliveryStatus::Delivered => DeliveryState::Delivered,
        DeliveryStatus::Rejected | DeliveryStatus::Failed => DeliveryState::Failed,
        DeliveryStatus::Sent | DeliveryStatus::Submitted | DeliveryStatus::Buffered => DeliveryState::Sent,
        DeliveryStatus::Other(word) => {
            tracing::warn!(status = word, "an unknown SMS status; the message is on its way");
            DeliveryState::Sent
        }
    };
    let report =
        Report { channel: Channel::Sms, provider_id: report.id, state, error: report.failure_reason, message_id: None };
    apply(&mut op, report).await?;
    op.commit().await?;
    Ok(StatusCode::OK)
}

async fn unreadable(mut op: Op, body: &[u8], why: &gateways::Malformed) -> Result<Refusal, Refusal> {
    tracing::warn!(%why, "an SMS post could not be read and was kept");
    keep_unreadable_in_op(&mut op, Channel::Sms, body).await?;
    op.commit().await?;
    Ok(Refusal::Unreadable(why.to_string()))
}

/// A report may be quicker than the answer to our own request: then it waits a little.
async fn apply(op: &mut Op, report: Report) -> Result<(), AppError> {
    if !report_in_op(op, &report).await? {
        op.schedule(&ApplyReport { report, received_at: Utc::now() }).await?;
    }
    Ok(())
}
