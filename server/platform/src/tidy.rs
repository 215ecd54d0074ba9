//! What nobody needs any more goes: tries of old hours, sessions that are long dead, work that was done long ago. All of
//! it is counted in real time.

use crate::error::from_sql;
use crate::{App, TenantId};
use model::AppError;
use sqlx::AssertSqlSafe;

/// Rows of the whole installation. Sessions of people stay a while: they tell when somebody was seen last.
const EVERYWHERE: [&str; 3] = [
    "DELETE FROM platform.throttle WHERE window_start < now() - interval '1 day'
       AND (blocked_until IS NULL OR blocked_until < now())",
    "DELETE FROM platform.web_session WHERE expires_at < now() - interval '90 days'
       OR (person_id IS NULL AND expires_at < now())",
    "DELETE FROM platform.operator_enrolment WHERE expires_at < now()",
];

/// Finished work of one tenant. What failed stays for a person to look at.
const OF_TENANT: &str = "DELETE FROM job WHERE tenant_id = $1 AND state IN ('done', 'dropped')
   AND finished_at < now() - interval '30 days'";

/// Clears up. Doing it again clears what has become old since.
pub async fn tidy(app: &App, tenant: TenantId) -> Result<(), AppError> {
    for statement in EVERYWHERE {
        sqlx::query(AssertSqlSafe(statement)).execute(&app.platform_pool).await.map_err(from_sql)?;
    }
    sqlx::query(OF_TENANT).bind(tenant.uuid()).execute(&app.platform_pool).await.map(drop).map_err(from_sql)
}
