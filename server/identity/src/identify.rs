//! From a session to a person with permissions, asked anew at each request: a blocked login is out at once.

use model::{Audience, PermissionSet};
use platform::App;
use platform::ctx::{Person, Scope};
use platform::module::Identify;
use platform::sessions::SignedIn;
use uuid::Uuid;

/// The identity context's answer to the platform.
pub struct ByLogin;

#[async_trait::async_trait]
impl Identify for ByLogin {
    async fn identify(&self, app: &App, audience: Audience, login: &SignedIn) -> Result<Option<Person>, sqlx::Error> {
        let mut op = match app.begin_as_system(login.tenant, "identify").await {
            Ok(op) => op,
            Err(error) => return Err(sqlx::Error::Protocol(error.to_string())),
        };
        let row = sqlx::query!(
            r#"SELECT l.name, l.full_name, l.lang, l.reseller_id,
                 coalesce(array(SELECT r.name FROM login_role lr JOIN role r ON r.tenant_id = lr.tenant_id AND r.id = lr.role_id
                                WHERE lr.login_id = l.id ORDER BY r.name), '{}') AS "roles!: Vec<String>",
                 coalesce(array(SELECT DISTINCT rp.permission FROM login_role lr
                                JOIN role_permission rp ON rp.tenant_id = lr.tenant_id AND rp.role_id = lr.role_id
                                WHERE lr.login_id = l.id), '{}') AS "permissions!: Vec<String>",
                 coalesce(array(SELECT la.account_id FROM login_account la WHERE la.login_id = l.id), '{}') AS "accounts!: Vec<Uuid>"
               FROM login l WHERE l.id = $1 AND l.audience = $2 AND l.state = 'active'"#,
            login.person_id,
            audience.code(),
        )
        .fetch_optional(op.conn())
        .await?;
        Ok(row.map(|row| Person {
            id: login.person_id,
            name: row.full_name,
            login_name: row.name,
            role_names: row.roles,
            permissions: PermissionSet::from_iter(row.permissions),
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
