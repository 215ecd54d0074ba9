//! What monitoring systems report. The one rule: a report that says nothing new changes nothing, and one that cannot be
//! read names the field that is wrong.

pub mod address;

use crate::{devices, incidents};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use model::network::devices::DeviceState;
use model::network::{DeviceId, perm};
use model::time::Timestamp;
use model::{AppError, FieldErrors};
use platform::error::from_sql;
use platform::{App, Op, TenantId, Tx};
use serde_json::{Value, json};

/// The provider's name in the webhook's address: `/hooks/monitoring/{secret}`.
pub const PROVIDER: &str = "monitoring";
/// A name of a device or a system is never longer.
const NAME_MAX: usize = 80;
/// Reports in one call: a monitoring system sends them in bundles when much fails at once.
const REPORTS_MAX: usize = 500;

/// What a monitoring system can say of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    Up,
    Down,
}

/// A device was reported up or down at `at`, by `source`. Down: it becomes part of one incident, its own or that of what
/// is down above it. Up: its incident recovers with the last of its devices.
/// Idempotent: what the device is already changes nothing.
///
/// # Errors
/// `NotFound` without such a device.
pub async fn report_in_op(
    op: &mut Op,
    device: DeviceId,
    reported: Reported,
    at: Timestamp,
    source: &str,
) -> Result<(), AppError> {
    incidents::take_turns_in_op(op).await?;
    let standing = devices::sql::lock(op.conn(), device).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let state: DeviceState = standing.state.parse().map_err(platform::internal)?;
    match (reported, state) {
        (Reported::Down, DeviceState::Down | DeviceState::Unreachable) | (Reported::Up, DeviceState::Up) => Ok(()),
        // Planned work is no incident; the end of the maintenance asks again.
        (Reported::Down, DeviceState::Maintenance) => Ok(()),
        (Reported::Down, _) => incidents::down_in_op(op, device, at, source).await,
        (Reported::Up, _) => incidents::up_in_op(op, device, at, source).await,
    }
}

/// The same by a person on the NOC page, or by a drill.
pub async fn report(tx: &mut Tx<perm::DeviceWrite>, device: DeviceId, reported: Reported) -> Result<(), AppError> {
    let (at, source) = (tx.now(), tx.actor().shown_name());
    report_in_op(tx, device, reported, at, &source).await?;
    let change = platform::audit::Change::new("network.device.report", "device", device);
    tx.audit(change.after(json!({ "up": reported == Reported::Up })));
    Ok(())
}

/// The webhook.
pub fn routes() -> Router<App> {
    Router::new().route("/hooks/monitoring/{secret}", post(receive))
}

async fn receive(State(app): State<App>, Path(secret): Path<String>, body: Bytes) -> Response {
    match store(&app, &secret, &body).await {
        Ok(count) => (StatusCode::OK, Json(json!({ "accepted": count }))).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let fields = error.fields().map(|fields| &fields.0);
            (status, Json(json!({ "error": error.to_string(), "fields": fields }))).into_response()
        }
    }
}

async fn store(app: &App, secret: &str, body: &[u8]) -> Result<usize, AppError> {
    let tenant: TenantId = platform::tenants::of_webhook(app, PROVIDER, secret).await?.ok_or(AppError::NotFound)?;
    let reports = read(body)?;
    let mut op = app.begin_as_system(tenant, "monitoring").await?;
    let at = op.now();
    // All or nothing: a bundle that names an unknown device can be sent again as a whole once it is known.
    for (at_index, report) in reports.iter().enumerate() {
        let found = devices::sql::id_of_name(op.conn(), &report.device).await.map_err(from_sql)?;
        let Some(device) = found.map(DeviceId::from_uuid) else {
            let text = format!("No device is called {}. Add it under Devices, or correct the name.", report.device);
            return Err(AppError::invalid(&field(at_index, reports.len(), "device"), text));
        };
        report_in_op(&mut op, device, report.state, at, &report.source).await?;
    }
    op.commit().await?;
    Ok(reports.len())
}

#[derive(Debug, PartialEq)]
struct Report {
    device: String,
    state: Reported,
    source: String,
}

/// Reads one report (`{"device": "OLT-2", "state": "down", "source": "zabbix"}`) or a list of them.
fn read(body: &[u8]) -> Result<Vec<Report>, AppError> {
    let value: Value = serde_json::from_slice(body).map_err(|e| {
        AppError::invalid("body", format!("This is not JSON ({e}). Send an object or a list of objects."))
    })?;
    let items = match value {
        Value::Array(items) => items,
        one => vec![one],
    };
    if items.is_empty() || items.len() > REPORTS_MAX {
        return Err(AppError::invalid("body", format!("Send between 1 and {REPORTS_MAX} reports in one call.")));
    }
    let (mut errors, total) = (FieldErrors::default(), items.len());
    let reports: Vec<_> =
        items.iter().enumerate().filter_map(|(i, item)| read_one(item, i, total, &mut errors)).collect();
    errors.check()?;
    Ok(reports)
}

fn read_one(item: &Value, index: usize, total: usize, errors: &mut FieldErrors) -> Option<Report> {
    let field = |name: &str| field(index, total, name);
    let Value::Object(object) = item else {
        errors.add(field("body"), "A report is an object with device and state.");
        return None;
    };
    let mut name = |key: &str, missing: Option<&str>| match object.get(key) {
        None | Some(Value::Null) => missing.map(str::to_owned).or_else(|| {
            errors.add(field(key), format!("Say the {key}."));
            None
        }),
        Some(Value::String(text)) if is_name(text) => Some(text.trim().to_owned()),
        Some(_) => {
            errors.add(
                field(key),
                format!("The {key} is a text of 1 to {NAME_MAX} characters without control characters."),
            );
            None
        }
    };
    let device = name("device", None);
    let source = name("source", Some("monitoring"));
    let state = match object.get("state").and_then(Value::as_str) {
        Some("up") => Some(Reported::Up),
        Some("down") => Some(Reported::Down),
        _ => {
            errors.add(field("state"), "The state is up or down.");
            None
        }
    };
    Some(Report { device: device?, state: state?, source: source? })
}

fn is_name(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().count() <= NAME_MAX && !text.chars().any(char::is_control)
}

/// `state` in a single report, `2.state` in the third of a list.
fn field(index: usize, total: usize, name: &str) -> String {
    if total == 1 { name.to_owned() } else { format!("{index}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> Vec<String> {
        match read(body.as_bytes()) {
            Err(AppError::Invalid(fields)) => fields.0.into_iter().map(|f| f.field).collect(),
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn a_report_that_cannot_be_read_names_its_field() {
        assert_eq!(refused("not json"), ["body"]);
        assert_eq!(refused("[]"), ["body"]);
        assert_eq!(refused("7"), ["body"]);
        assert_eq!(refused(r#"{"state": "down"}"#), ["device"]);
        assert_eq!(refused(r#"{"device": "OLT-2", "state": "sideways"}"#), ["state"]);
        assert_eq!(refused(r#"{"device": "a\u0000b", "state": "up"}"#), ["device"]);
        assert_eq!(refused(&format!(r#"{{"device": "{}", "state": "up"}}"#, "x".repeat(81))), ["device"]);
        assert_eq!(refused(r#"[{"device": "OLT-2", "state": "up"}, {"device": 5}]"#), ["1.device", "1.state"]);
    }

    #[test]
    fn one_report_and_many_are_read_alike() {
        let one = read(br#"{"device": " OLT-2 ", "state": "down", "source": "zabbix"}"#).unwrap();
        assert_eq!(one, [Report { device: "OLT-2".into(), state: Reported::Down, source: "zabbix".into() }]);
        let two = read(br#"[{"device": "A", "state": "up"}, {"device": "B", "state": "down"}]"#).unwrap();
        assert_eq!((two.len(), two[0].source.as_str()), (2, "monitoring"));
    }
}
