//! Looking at a subscriber's portal as the subscriber does, or, for operators, at an ISP as its admin does. The one rule: a reason, half an hour, no change, and both names
//! in the log, from the beginning to the end.

use chrono::{DateTime, TimeDelta, Utc};
use model::crm::perm::{SubscriberRead, SubscriberReadContact, SubscriberReadFinancial, SubscriberReadTechnical};
use model::identity::perm::{ImpersonateStart, TenantEnter};
use model::identity::view_as::{EnterIspForm, VIEW_AS_MINUTES, ViewAsChoice, ViewAsForm, ViewAsLogin, Viewer, reason};
use model::identity::{LoginId, TenantId};
use model::text::NonBlank;
use model::{AppError, Audience, Permission, PermissionSet};
use platform::audit::Change;
use platform::error::from_sql;
use platform::operators::PlatformTx;
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
    begin_in_op(tx, Who::Staff(staff), As { login, name }, reason).await
}

/// Begins to look at an ISP as its admin: gives the ticket that opens the staff's pages once, within a minute. The ISP's log
/// says who comes, and why.
///
/// # Errors
/// `Invalid` without a reason; `NotFound` for an ISP that is not there; `Conflict` where no admin can sign in.
pub async fn begin_at_isp(tx: &mut PlatformTx<TenantEnter>, form: EnterIspForm) -> Result<String, AppError> {
    let reason = reason(&form.reason).map_err(AppError::Invalid)?;
    let operator = tx.actor().id.ok_or(AppError::Unauthenticated)?;
    let who = Who::Operator(operator, tx.actor().name.clone());
    let mut op = tx.begin_at(form.isp).await?;
    let admin = sqlx::query!(
        "SELECT l.id, l.full_name FROM login l
         JOIN login_role lr ON lr.tenant_id = l.tenant_id AND lr.login_id = l.id
         JOIN role r ON r.tenant_id = lr.tenant_id AND r.id = lr.role_id
         WHERE r.code = 'isp_admin' AND l.audience = 'staff' AND l.state = 'active' ORDER BY l.created_at, l.id LIMIT 1"
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or_else(|| AppError::Conflict("This ISP has no admin who can sign in: there is nobody to look as.".into()))?;
    let admin = As { login: LoginId::from_uuid(admin.id), name: admin.full_name };
    let ticket = begin_in_op(&mut op, who, admin, reason).await?;
    op.commit().await?;
    // The browser may be at another ISP, or at none: the ticket says at which it counts.
    Ok(format!("{}.{ticket}", form.isp))
}

/// Who looks.
enum Who {
    Staff(Uuid),
    Operator(Uuid, String),
}

/// As whom.
struct As {
    login: LoginId,
    name: String,
}

async fn begin_in_op(op: &mut Op, who: Who, whom: As, reason: NonBlank<200>) -> Result<String, AppError> {
    let (tenant, id, now, ticket) = (op.tenant().uuid(), Uuid::now_v7(), op.real_now(), random_token());
    let until = now + TimeDelta::minutes(VIEW_AS_MINUTES);
    let (staff, operator, operator_name) = match who {
        Who::Staff(id) => (Some(id), None, None),
        Who::Operator(id, name) => (None, Some(id), Some(name)),
    };
    sqlx::query!(
        "INSERT INTO view_as (tenant_id, id, staff_id, operator_id, operator_name, login_id, reason, ticket_hash, begun_at, until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        id,
        staff,
        operator,
        operator_name,
        whom.login.uuid(),
        reason.as_str(),
        token_hash(&ticket),
        now,
        until,
    )
    .execute(op.conn())
    .await
    .map_err(from_sql)?;
    let change = Change::new("identity.view_as.begin", "login", whom.login);
    op.audit(change.after(json!({ "as": whom.name, "until": until })).reason(reason.into_string()));
    op.schedule_at(&EndView { id }, until).await?;
    Ok(ticket)
}

fn dead() -> AppError {
    AppError::Conflict("This view was opened already or waited too long. Begin again.".into())
}

/// Opens the portal by a ticket: the browser's session at `/my` becomes the view.
///
/// # Errors
/// `Conflict` in the same words for a ticket that is unknown, used or old.
pub async fn enter(ctx: &RequestCtx, ticket: &str) -> Result<(), AppError> {
    if ctx.audience != Audience::My {
        return Err(dead());
    }
    let mut op = ctx.begin_before_login().await?;
    let now = op.real_now();
    let row = sqlx::query_as!(
        Entered,
        r#"UPDATE view_as v SET entered_at = $2 FROM login l
         WHERE v.ticket_hash = $1 AND v.entered_at IS NULL AND v.ended_at IS NULL AND v.begun_at > $3
           AND l.tenant_id = v.tenant_id AND l.id = v.staff_id AND l.state = 'active'
         RETURNING v.id, v.login_id, v.staff_id AS "viewer_id!", v.until, l.full_name AS viewer_name"#,
        token_hash(ticket),
        now,
        now - TimeDelta::seconds(TICKET_S),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or_else(dead)?;
    become_view(ctx, op, row).await
}

/// Opens the staff's pages by an operator's ticket: the browser's session there becomes the view.
///
/// # Errors
/// `Conflict` in the same words for a ticket that is unknown, used or old.
pub async fn enter_isp(ctx: &RequestCtx, ticket: &str) -> Result<(), AppError> {
    let (isp, ticket) = ticket.split_once('.').ok_or_else(dead)?;
    let isp: TenantId = isp.parse().map_err(|_| dead())?;
    if ctx.audience != Audience::Staff {
        return Err(dead());
    }
    let begun = ctx.app.begin_as_system(isp, "view").await;
    let mut op = begun.map_err(|error| if error == AppError::NotFound { dead() } else { error })?;
    let now = op.real_now();
    let row = sqlx::query_as!(
        Entered,
        r#"UPDATE view_as SET entered_at = $2
         WHERE ticket_hash = $1 AND entered_at IS NULL AND ended_at IS NULL AND begun_at > $3 AND operator_id IS NOT NULL
         RETURNING id, login_id, operator_id AS "viewer_id!", until, operator_name AS "viewer_name!""#,
        token_hash(ticket),
        now,
        now - TimeDelta::seconds(TICKET_S),
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?
    .ok_or_else(dead)?;
    become_view(ctx, op, row).await
}

/// A view whose ticket was just used.
struct Entered {
    id: Uuid,
    login_id: Uuid,
    viewer_id: Uuid,
    viewer_name: String,
    until: DateTime<Utc>,
}

async fn become_view(ctx: &RequestCtx, op: Op, row: Entered) -> Result<(), AppError> {
    let (tenant, at) = (Some(op.tenant()), op.real_now());
    op.commit().await?;
    let session = ctx.session.as_ref().ok_or(AppError::Unauthenticated)?;
    let viewer = Viewer { view_id: row.id, staff_id: row.viewer_id, name: row.viewer_name, until: row.until };
    let signed_in = SignedIn { tenant, person_id: row.login_id, complete: true, at, viewer: Some(viewer) };
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
        r#"UPDATE view_as SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL
         RETURNING login_id, coalesce(staff_id, operator_id) AS "viewer!", begun_at"#,
        id,
        now,
    )
    .fetch_optional(op.conn())
    .await
    .map_err(from_sql)?;
    if let Some(view) = ended {
        let minutes = (now - view.begun_at).num_minutes();
        let change = Change::new("identity.view_as.end", "login", view.login_id);
        op.audit(change.after(json!({ "staff": view.viewer, "minutes": minutes })));
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
