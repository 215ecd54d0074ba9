//! Looking at a subscriber's portal as the subscriber does. The one rule: a reason, half an hour, no change, and both names
//! in the log, from the beginning to the end.

use chrono::{DateTime, TimeDelta, Utc};
use model::crm::perm::{SubscriberRead, SubscriberReadContact, SubscriberReadFinancial, SubscriberReadTechnical};
use model::identity::LoginId;
use model::identity::perm::ImpersonateStart;
use model::identity::view_as::{VIEW_AS_MINUTES, ViewAsChoice, ViewAsForm, ViewAsLogin, Viewer};
use model::{AppError, Audience, Permission, PermissionSet};
use platform::audit::Change;
use platform::error::from_sql;
use platform::secrets::{random_token, token_hash};
use platform::sessions::{self, SignedIn};
use platform::{Job, JobCtx, JobError, Op, RequestCtx, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// Seconds in which a ticket opens the portal.
const TICKET_S: i64 = 60;

/// The logins of an account, named by its id.
pub async fn choice(tx: &mut Tx<ImpersonateStart>, account: Uuid) -> Result<ViewAsChoice, AppError> {
    let number = sqlx::query_scalar!("SELECT number FROM account WHERE id = $1", account)
        .fetch_optional(tx.conn())
        .await
        .map_err(from_sql)?
        .ok_or(AppError::NotFound)?;
    let rows = sqlx::query!(
        "SELECT l.id, l.full_name FROM login_account la JOIN login l ON l.tenant_id = la.tenant_id AND l.id = la.login_id
         WHERE la.account_id = $1 AND l.audience = 'my' AND l.state = 'active' ORDER BY l.full_name, l.id",
        account,
    )
    .fetch_all(tx.conn())
    .await
    .map_err(from_sql)?;
    let logins = rows.into_iter().map(|row| ViewAsLogin { id: LoginId::from_uuid(row.id), name: row.full_name });
    Ok(ViewAsChoice { account: number, logins: logins.collect() })
}

/// Begins a view: gives the ticket that opens the portal once, within a minute. The end is planned at the same time.
///
/// # Errors
/// `Conflict` for who may not see all classes of fields that the portal shows; `Invalid` without a reason; `NotFound` for a login that is not a subscriber's.
pub async fn begin(
    tx: &mut Tx<ImpersonateStart>,
    reader: &PermissionSet,
    form: ViewAsForm,
) -> Result<String, AppError> {
    // The portal shows all of these: whoever may not see one of them here may not see it there.
    let shown = [SubscriberRead::CODE, SubscriberReadContact::CODE, SubscriberReadFinancial::CODE];
    if shown.iter().chain(&[SubscriberReadTechnical::CODE]).any(|code| !reader.has(code)) {
        return Err(AppError::Conflict(
            "The portal shows more of a subscriber than your role may see. Ask an administrator to look.".into(),
        ));
    }
    let (login, reason) = form.parse().map_err(AppError::Invalid)?;
    let staff = tx.actor().id.ok_or(AppError::Unauthenticated)?;
    let name = sqlx::query_scalar!(
        "SELECT full_name FROM login WHERE id = $1 AND audience = 'my' AND state = 'active'",
        login.uuid()
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(from_sql)?
    .ok_or(AppError::NotFound)?;
    let (tenant, id, now, ticket) = (tx.tenant().uuid(), Uuid::now_v7(), tx.real_now(), random_token());
    let until = now + TimeDelta::minutes(VIEW_AS_MINUTES);
    sqlx::query!(
        "INSERT INTO view_as (tenant_id, id, staff_id, login_id, reason, ticket_hash, begun_at, until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        id,
        staff,
        login.uuid(),
        reason.as_str(),
        token_hash(&ticket),
        now,
        until,
    )
    .execute(tx.conn())
    .await
    .map_err(from_sql)?;
    let change = Change::new("identity.view_as.begin", "login", login);
    tx.audit(change.after(json!({ "as": name, "until": until })).reason(reason.into_string()));
    tx.schedule_at(&EndView { id }, until).await?;
    Ok(ticket)
}

/// Opens the portal by a ticket: the browser's session at `/my` becomes the view.
///
/// # Errors
/// `Conflict` in the same words for a ticket that is unknown, used or old.
pub async fn enter(ctx: &RequestCtx, ticket: &str) -> Result<(), AppError> {
    let dead = || AppError::Conflict("This view was opened already or waited too long. Begin again.".into());
    if ctx.audience != Audience::My {
        return Err(dead());
    }
    let mut op = ctx.begin_before_login().await?;
    let now: DateTime<Utc> = op.real_now();
    let row = sqlx::query!(
        "UPDATE view_as v SET entered_at = $2 FROM login l
         WHERE v.ticket_hash = $1 AND v.entered_at IS NULL AND v.ended_at IS NULL AND v.begun_at > $3
           AND l.tenant_id = v.tenant_id AND l.id = v.staff_id AND l.state = 'active'
         RETURNING v.id, v.login_id, v.staff_id, v.until, l.full_name",
        token_hash(ticket),
        now,
        now - TimeDelta::seconds(TICKET_S),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or_else(dead)?;
    op.commit().await?;
    let session = ctx.session.as_ref().ok_or(AppError::Unauthenticated)?;
    let viewer = Viewer { view_id: row.id, staff_id: row.staff_id, name: row.full_name, until: row.until };
    let signed_in = SignedIn {
        tenant: Some(ctx.tenant()?),
        person_id: row.login_id,
        complete: true,
        at: now,
        viewer: Some(viewer),
    };
    sessions::sign_in(session, &signed_in).await?;
    crate::sign_in::remember_device(ctx, session).await
}

/// Ends the view that the browser is in, and its session. Outside of a view it ends nothing.
pub async fn leave(ctx: &RequestCtx) -> Result<(), AppError> {
    let Some(viewer) = ctx.viewer() else { return Ok(()) };
    let mut op = ctx.begin_before_login().await?;
    end_in_op(&mut op, viewer.view_id).await?;
    op.commit().await?;
    match &ctx.session {
        Some(session) => sessions::sign_out(session).await,
        None => Ok(()),
    }
}

/// Marks a view as over and says so in the log. Ending it twice changes nothing.
async fn end_in_op(op: &mut Op, id: Uuid) -> Result<(), AppError> {
    let now = op.real_now();
    let ended = sqlx::query!(
        "UPDATE view_as SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL RETURNING login_id, staff_id, begun_at",
        id,
        now,
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    if let Some(view) = ended {
        let minutes = (now - view.begun_at).num_minutes();
        let change = Change::new("identity.view_as.end", "login", view.login_id);
        op.audit(change.after(json!({ "staff": view.staff_id, "minutes": minutes })));
    }
    Ok(())
}

/// Ends a view whose time is over, in case nobody left it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EndView {
    id: Uuid,
}

impl Job for EndView {
    const KIND: &'static str = "identity.end_view";

    fn dedupe_key(&self) -> Option<String> {
        Some(self.id.to_string())
    }

    async fn run(self, ctx: JobCtx) -> Result<(), JobError> {
        let mut op = ctx.begin().await?;
        end_in_op(&mut op, self.id).await?;
        op.commit().await?;
        Ok(())
    }
}
