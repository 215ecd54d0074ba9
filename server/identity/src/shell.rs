//! What the shell of every page shows: tenant, person, permissions, the ribbon's facts.

use model::AppError;
use model::identity::{Shell, ShellPerson, ShellViewer};
use platform::RequestCtx;

/// The shell of this request. Without a person it is the shell of a sign-in page.
pub async fn shell(ctx: &RequestCtx) -> Result<Shell, AppError> {
    let tenant = match ctx.tenant {
        Some(id) => Some(platform::tenants::head(&ctx.app, id).await?),
        None => None,
    };
    let moved = ctx.app.clock.offset().num_minutes() != 0;
    let zone: Option<chrono_tz::Tz> = tenant.as_ref().and_then(|t| t.time_zone.parse().ok());
    let business_time = moved.then(|| {
        let now = ctx.app.clock.now();
        zone.map_or_else(|| now.naive_utc(), |zone| now.with_timezone(&zone).naive_local())
    });
    Ok(Shell {
        audience: ctx.audience,
        is_demo: ctx.app.settings.demo && tenant.as_ref().is_some_and(|t| t.is_demo),
        tenant,
        person: ctx.person.as_ref().map(|person| ShellPerson {
            id: person.id,
            name: person.name.clone(),
            login_name: person.login_name.clone(),
            roles: person.role_names.clone(),
            permissions: person.permissions.clone(),
            viewer: ctx.viewer().map(|viewer| ShellViewer {
                name: viewer.name.clone(),
                until: match zone {
                    Some(zone) => viewer.until.with_timezone(&zone).format("%H:%M").to_string(),
                    None => viewer.until.format("%H:%M UTC").to_string(),
                },
            }),
        }),
        business_time,
        simulators_url: ctx.app.settings.simulators_url.clone(),
    })
}
