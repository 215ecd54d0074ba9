//! Own profile: where one is signed in, ending sessions, signing out.

use crate::api::password::ChangePassword;
use crate::api::{RevokeSession, SignOutStaff, my_sessions};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::identity::SessionRow;

/// `/profile`
#[component]
pub fn ProfilePage() -> impl IntoView {
    let revoke = ServerAction::<RevokeSession>::new();
    let sign_out = ServerAction::<SignOutStaff>::new();
    let change = ServerAction::<ChangePassword>::new();
    let sessions = Resource::new(move || (revoke.version().get(), change.version().get()), |_| my_sessions());
    let query = use_query_state();
    let is_changed = move || {
        query.is("done", "password").then(|| view! { <Note tone=Tone::Ok>{t::profile_password_changed()}</Note> })
    };
    view! {
        <PageFrame>
            <PageHeader title=t::profile_title()/>
            <PageBody>
                {is_changed}
                <section class="card clip" aria-labelledby="h-sessions">
                    <div class="card__head"><h2 id="h-sessions">{t::profile_sessions()}</h2></div>
                    <Transition>
                        {move || Suspend::new(async move {
                            match sessions.await {
                                Ok(rows) => view! { <Sessions rows revoke/> }.into_any(),
                                Err(error) => view! { <ErrorState error/> }.into_any(),
                            }
                        })}
                    </Transition>
                </section>
                <Card title=t::factor_title()>
                    <p>{t::factor_why()}</p>
                    <div class="row"><LinkButton href="/second-factor">{t::profile_factor()}</LinkButton></div>
                </Card>
                <Card title=t::profile_password()>
                    <Form action=change>
                        <Field name="form[current]" label=t::profile_password_now() kind=Kind::Password autocomplete="current-password"/>
                        <Field name="form[password]" label=t::password_new() kind=Kind::Password hint=t::setup_password_hint() autocomplete="new-password"/>
                        <div class="row"><Submit>{t::profile_password_save()}</Submit></div>
                    </Form>
                </Card>
                <div class="row">
                    <ActionForm action=sign_out><button class="btn">{t::profile_sign_out()}</button></ActionForm>
                </div>
            </PageBody>
        </PageFrame>
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

#[component]
fn Sessions(rows: Vec<SessionRow>, revoke: ServerAction<RevokeSession>) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|row| {
            let agent = row.user_agent.unwrap_or_default();
            let device = model::identity::device_name(&agent).unwrap_or_else(|| t::profile_unknown_device().to_owned());
            let end = if row.is_current {
                view! { <span class="badge badge--ok">{t::profile_this_one()}</span> }.into_any()
            } else {
                let id = row.id.to_string();
                view! {
                    <ActionForm action=revoke>
                        <input type="hidden" name="id" value=id/>
                        <button class="btn btn--small">{t::profile_end()}</button>
                    </ActionForm>
                }
                .into_any()
            };
            view! {
                <tr>
                    <td data-label=t::profile_device()><span title=agent>{device}</span></td>
                    <td class="mono" data-label=t::profile_address()>{row.address}</td>
                    <td data-label=t::profile_seen()>{row.seen_at.format("%d %b %Y, %H:%M UTC").to_string()}</td>
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
