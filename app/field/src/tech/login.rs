//! The login of the subscriber's router, for typing it in. The one rule: it is asked for only when the technician wants to
//! see it, because each look is noted.

use crate::api::load_router_login;
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::field::WorkOrderId;
use model::field::work_orders::RouterLogin;

/// A link until it is pressed, then user name and password.
#[component]
pub(super) fn LoginCard(id: WorkOrderId) -> impl IntoView {
    let query = use_query_state();
    let is_wanted = Memo::new(move |_| query.is("login", "show"));
    let login = Resource::new(
        move || is_wanted.get(),
        move |wanted| async move { if wanted { Some(load_router_login(id).await) } else { None } },
    );
    view! {
        <section class="job-card job-card__body" id="login">
            <h2>{t::job_login()}</h2>
            <Transition>
                {move || Suspend::new(async move {
                    match login.await {
                        None => view! {
                            <p class="t14 muted">{t::job_login_hint()}</p>
                            <a class="btn" href=format!("/tech/{id}?login=show#login")>{t::job_login_show()}</a>
                        }
                        .into_any(),
                        Some(Ok(login)) => view! { <Login login/> }.into_any(),
                        Some(Err(error)) => view! { <Note tone=Tone::Warn>{error.to_string()}</Note> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Login(login: RouterLogin) -> impl IntoView {
    view! {
        <p class="t14">{t::order_username()} ": " <b class="mono">{login.username}</b></p>
        <p class="t14">{t::job_password()} ": " <b class="mono">{login.password}</b></p>
    }
}
