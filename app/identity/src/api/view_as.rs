//! The doors of looking at a subscriber's portal: begun by staff, entered and left at `/my`. And of looking at an ISP: begun
//! by operators, entered and left at the staff's pages.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::AppError;
use model::identity::view_as::{EnterIspForm, ViewAsChoice, ViewAsForm};

#[cfg(feature = "ssr")]
use {
    identity::view_as,
    model::identity::perm::{ImpersonateStart, TenantEnter},
    platform::ctx,
    platform::web::redirect,
};

#[server(prefix = "/rpc/staff", endpoint = "identity/view_as/choice", input = GetUrl)]
pub async fn read_view_choice(account: String) -> Result<ViewAsChoice, AppError> {
    let mut tx = ctx().await?.begin::<ImpersonateStart>().await?;
    let account: uuid::Uuid = account.parse().map_err(|_| AppError::NotFound)?;
    let choice = view_as::choice(&mut tx, account).await?;
    tx.commit().await?;
    Ok(choice)
}

/// Begins a view and leads to the page at `/my` that opens it.
#[server(prefix = "/rpc/staff", endpoint = "identity/view_as/begin")]
pub async fn begin_view(form: ViewAsForm) -> Result<(), AppError> {
    let ctx = ctx().await?;
    let mut tx = ctx.begin::<ImpersonateStart>().await?;
    let ticket = view_as::begin(&mut tx, &ctx.person()?.permissions, form).await?;
    tx.commit().await?;
    redirect(&format!("/my/view-as?ticket={ticket}"));
    Ok(())
}

/// Opens the portal by the ticket that `begin_view` gave.
#[server(prefix = "/rpc/my", endpoint = "identity/view_as/enter")]
pub async fn enter_view(ticket: String) -> Result<(), AppError> {
    view_as::enter(&ctx().await?, &ticket).await?;
    redirect("/my");
    Ok(())
}

/// Ends the view and leads back to the office.
#[server(prefix = "/rpc/my", endpoint = "identity/view_as/leave")]
pub async fn leave_view() -> Result<(), AppError> {
    view_as::leave(&ctx().await?).await?;
    redirect("/subscribers");
    Ok(())
}

/// Begins to look at an ISP and leads to the page of the staff's program that opens it.
#[server(prefix = "/rpc/platform", endpoint = "identity/isps/enter")]
pub async fn begin_at_isp(form: EnterIspForm) -> Result<(), AppError> {
    let mut tx = ctx().await?.begin_platform::<TenantEnter>().await?;
    let ticket = view_as::begin_at_isp(&mut tx, form).await?;
    tx.commit().await?;
    redirect(&format!("/view-as?ticket={ticket}"));
    Ok(())
}

/// Opens the staff's pages by the ticket that `begin_at_isp` gave.
#[server(prefix = "/rpc/staff", endpoint = "identity/view_as/enter")]
pub async fn enter_isp(ticket: String) -> Result<(), AppError> {
    view_as::enter_isp(&ctx().await?, &ticket).await?;
    redirect("/");
    Ok(())
}

/// Ends the view and leads back to the platform.
#[server(prefix = "/rpc/staff", endpoint = "identity/view_as/leave")]
pub async fn leave_isp() -> Result<(), AppError> {
    view_as::leave(&ctx().await?).await?;
    redirect("/platform");
    Ok(())
}
