//! Own profile: where one is signed in, ending sessions, the password, signing out.

use crate::api::password::{ChangePassword, ChangePasswordPartner};
use crate::api::{RevokeSession, RevokeSessionPartner, SessionsData, SignOutStaff, my_sessions, partner_sessions};
use crate::t;
use kit::prelude::*;
use leptos::context::Provider;
use leptos::prelude::*;
use model::AppError;
use model::identity::SessionRow;

/// `/profile`
#[component]
pub fn ProfilePage() -> impl IntoView {
    let revoke = ServerAction::<RevokeSession>::new();
    let sign_out = ServerAction::<SignOutStaff>::new();
    let change = ServerAction::<ChangePassword>::new();
    let sessions = Resource::new(move || (revoke.version().get(), change.version().get()), |_| my_sessions());
    let end: EndForm =
        std::sync::Arc::new(move |id| view! { <ActionForm action=revoke><EndButton id/></ActionForm> }.into_any());
    view! {
        <PageFrame>
            <PageHeader title=t::profile_title()/>
            <PageBody>
                <Changed/>
                <SessionsCard sessions end/>
                <Card title=t::factor_title()>
                    <div class="stack stack--3">
                        <p>{t::factor_why()}</p>
                        <div class="row"><LinkButton href="/second-factor">{t::profile_factor()}</LinkButton></div>
                    </div>
                </Card>
                <Card title=t::profile_password()><Form action=change><PasswordFields/></Form></Card>
                <div class="row">
                    <ActionForm action=sign_out><button class="btn">{t::profile_sign_out()}</button></ActionForm>
                </div>
            </PageBody>
        </PageFrame>
    }
}

/// `/partner/profile`
#[component]
pub fn PartnerProfilePage() -> impl IntoView {
    let revoke = ServerAction::<RevokeSessionPartner>::new();
    let change = ServerAction::<ChangePasswordPartner>::new();
    let sessions = Resource::new(move || (revoke.version().get(), change.version().get()), |_| partner_sessions());
    let end: EndForm =
        std::sync::Arc::new(move |id| view! { <ActionForm action=revoke><EndButton id/></ActionForm> }.into_any());
    view! {
        <leptos_meta::Title text=t::profile_title()/>
        <div class="partner">
            <header class="partner__bar">
                <span class="partner__brand"><BrandMark/><span>{t::profile_title()}</span></span>
                <span class="row push">
                    <LangSwitch/>
                    <a class="btn btn--small" href="/partner">{t::profile_back()}</a>
                </span>
            </header>
            <main class="partner__main" tabindex="0">
                <h1 class="visually-hidden">{t::profile_title()}</h1>
                <div class="partner__8 stack stack--3"><Changed/><SessionsCard sessions end/></div>
                <div class="partner__4">
                    <Card title=t::profile_password()><Form action=change><PasswordFields/></Form></Card>
                </div>
            </main>
        </div>
    }
}

/// Says that the password was changed, after it was.
#[component]
fn Changed() -> impl IntoView {
    let query = use_query_state();
    move || query.is("done", "password").then(|| view! { <Note tone=Tone::Ok>{t::profile_password_changed()}</Note> })
}

#[component]
fn PasswordFields() -> impl IntoView {
    view! {
        <Field name="form[current]" label=t::profile_password_now() kind=Kind::Password autocomplete="current-password"/>
        <Field name="form[password]" label=t::password_new() kind=Kind::Password hint=t::setup_password_hint() autocomplete="new-password"/>
        <div class="row"><Submit>{t::profile_password_save()}</Submit></div>
    }
}

/// `/sign-out`: a page with one button, so that no link of another site can end a session.
#[component]
pub fn SignOutPage() -> impl IntoView {
    let sign_out = ServerAction::<SignOutStaff>::new();
    view! {
        <PageFrame>
            <PageHeader title=t::profile_sign_out()/>
            <PageBody>
                <p>{t::profile_sign_out_hint()}</p>
                <div class="row">
                    <ActionForm action=sign_out>
                        <button class="btn btn--primary">{t::profile_sign_out()}</button>
                    </ActionForm>
                </div>
            </PageBody>
        </PageFrame>
    }
}

/// The form that ends a session of this id, around the server function of the reader's audience.
type EndForm = std::sync::Arc<dyn Fn(String) -> AnyView + Send + Sync>;

#[component]
fn EndButton(id: String) -> impl IntoView {
    view! {
        <input type="hidden" name="id" value=id/>
        <button class="btn btn--small">{t::profile_end()}</button>
    }
}

#[component]
fn SessionsCard(sessions: Resource<Result<SessionsData, AppError>>, end: EndForm) -> impl IntoView {
    view! {
        <section class="card clip" aria-labelledby="h-sessions">
            <div class="card__head"><h2 id="h-sessions">{t::profile_sessions()}</h2></div>
            <Transition>
                {move || {
                    let end = end.clone();
                    Suspend::new(async move {
                        match sessions.await {
                            Ok(SessionsData { rows, time }) => {
                                view! { <Provider value=time><Sessions rows end/></Provider> }.into_any()
                            }
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })
                }}
            </Transition>
        </section>
    }
}

#[component]
fn Sessions(rows: Vec<SessionRow>, end: EndForm) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|row| {
            let agent = row.user_agent.unwrap_or_default();
            let device = model::identity::device_name(&agent).unwrap_or_else(|| t::profile_unknown_device().to_owned());
            let end = if row.is_current {
                view! { <span class="badge badge--ok">{t::profile_this_one()}</span> }.into_any()
            } else {
                end(row.id.to_string())
            };
            view! {
                <tr>
                    <td data-label=t::profile_device()><span title=agent>{device}</span></td>
                    <td class="mono" data-label=t::profile_address()>{row.address}</td>
                    <td data-label=t::profile_seen()><When at=row.seen_at/></td>
                    <td class="end">{end}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">{t::profile_device()}</th>
                    <th scope="col">{t::profile_address()}</th>
                    <th scope="col">{t::profile_seen()}</th>
                    <th scope="col"><span class="visually-hidden">{t::profile_end()}</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
