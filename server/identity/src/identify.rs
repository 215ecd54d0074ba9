//! From a session to a person with permissions, asked anew at each request: a blocked login is out at once.

use crate::operators;
use crate::second_factor::is_asked_of;
use model::identity::perm::{ImpersonateStart, SessionOwn};
use model::identity::view_as::Viewer;
use model::{Audience, Permission, PermissionSet};
use platform::ctx::{Person, Scope};
use platform::module::Identify;
use platform::sessions::SignedIn;
use platform::{App, Op};
use uuid::Uuid;

/// The identity context's answer to the platform.
pub struct ByLogin;

#[async_trait::async_trait]
impl Identify for ByLogin {
    async fn identify(&self, app: &App, audience: Audience, login: &SignedIn) -> Result<Option<Person>, sqlx::Error> {
        let tenant = match (audience, login.tenant) {
            (Audience::Platform, None) => return operators::identify(app, login.person_id).await,
            // An operator is nobody at an ISP, and nobody of an ISP is an operator.
            (Audience::Platform, Some(_)) | (_, None) => return Ok(None),
            (_, Some(tenant)) => tenant,
        };
        let mut op = match app.begin_as_system(tenant, "identify").await {
            Ok(op) => op,
            Err(error) => return Err(sqlx::Error::Protocol(error.to_string())),
        };
        if let Some(viewer) = &login.viewer
            && !may_view(&mut op, audience, viewer).await?
        {
            return Ok(None);
        }
        let row = sqlx::query!(
            r#"SELECT l.name, l.full_name, l.lang, l.reseller_id,
                 (SELECT t.mfa_required FROM tenant t) AND l.totp_secret IS NULL AND $3 AS "must_enrol!",
                 coalesce(array(SELECT r.name FROM login_role lr JOIN role r ON r.tenant_id = lr.tenant_id AND r.id = lr.role_id
                                WHERE lr.login_id = l.id ORDER BY r.name), '{}') AS "roles!: Vec<String>",
                 coalesce(array(SELECT DISTINCT rp.permission FROM login_role lr
                                JOIN role_permission rp ON rp.tenant_id = lr.tenant_id AND rp.role_id = lr.role_id
                                WHERE lr.login_id = l.id), '{}') AS "permissions!: Vec<String>",
                 coalesce(array(SELECT la.account_id FROM login_account la WHERE la.login_id = l.id), '{}') AS "accounts!: Vec<Uuid>"
               FROM login l WHERE l.id = $1 AND l.audience = $2 AND l.state = 'active'"#,
            login.person_id,
            audience.code(),
            is_asked_of(audience),
        )
        .fetch_optional(op.conn())
        .await?;
        // Who looks as somebody sets nothing up for them: the page to do so would be all that they see.
        let is_own = login.viewer.is_none();
        Ok(row.map(|row| Person {
            id: login.person_id,
            name: row.full_name,
            login_name: row.name,
            role_names: row.roles,
            // Whoever has to set up a second factor may do that and nothing else, whatever the roles say.
            permissions: if row.must_enrol && is_own {
                PermissionSet::from_iter([SessionOwn::CODE])
            } else {
                PermissionSet::from_iter(row.permissions)
            },
            must_enrol: row.must_enrol && is_own,
            scope: match (audience, row.reseller_id) {
                (Audience::My, _) => Scope::Accounts(row.accounts),
                // A partner without a reseller sees nobody: the nil id has no subtree.
                (Audience::Partner, reseller) => Scope::Reseller(reseller.unwrap_or_default()),
                _ => Scope::Tenant,
            },
            lang: row.lang.and_then(|l| l.parse().ok()),
        }))
    }
}

/// Whether the staff member or operator behind a view may still look: the half hour is not over, the view was not ended,
/// they are not blocked, the permission is still there.
async fn may_view(op: &mut Op, audience: Audience, viewer: &Viewer) -> Result<bool, sqlx::Error> {
    let now = op.real_now();
    if audience == Audience::Staff {
        let is_open = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM view_as WHERE id = $1 AND ended_at IS NULL AND until > $2 AND operator_id = $3) AS "is!""#,
            viewer.view_id,
            now,
            viewer.staff_id,
        );
        let is_open = is_open.fetch_one(op.conn()).await?;
        return Ok(is_open && platform::operators::by_id(op.app(), viewer.staff_id).await?.is_some());
    }
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
             SELECT FROM view_as v JOIN login l ON l.tenant_id = v.tenant_id AND l.id = v.staff_id
             JOIN login_role lr ON lr.tenant_id = l.tenant_id AND lr.login_id = l.id
             JOIN role_permission rp ON rp.tenant_id = lr.tenant_id AND rp.role_id = lr.role_id
             WHERE v.id = $1 AND v.ended_at IS NULL AND v.until > $2 AND l.state = 'active' AND rp.permission = $3) AS "may!""#,
        viewer.view_id,
        now,
        ImpersonateStart::CODE,
    )
    .fetch_one(op.conn())
    .await
}
