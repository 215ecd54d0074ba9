//! `/my/me`: the person, the language, where one is signed in, and the way out.

use super::{Failed, Line};
use crate::api::{MyEndSession, MySignOut, read_my_profile};
use crate::{clock, t};
use kit::prelude::*;
use leptos::prelude::*;
use model::portal::my::MyProfile;

/// `/my/me`
#[component]
pub fn MePage() -> impl IntoView {
    let end = ServerAction::<MyEndSession>::new();
    let sign_out = ServerAction::<MySignOut>::new();
    let profile = Resource::new(move || end.version().get(), |_| read_my_profile());
    view! {
        <leptos_meta::Title text=t::me_title()/>
        <Transition>
            {move || Suspend::new(async move {
                match profile.await {
                    Ok(profile) => view! { <Profile profile end/> }.into_any(),
                    Err(error) => view! { <Failed error/> }.into_any(),
                }
            })}
        </Transition>
        <Form action=sign_out><Submit look=Look::Plain size=Size::Large>{t::me_sign_out()}</Submit></Form>
    }
}

#[component]
fn Profile(profile: MyProfile, end: ServerAction<MyEndSession>) -> impl IntoView {
    // Before the rows are made: they write their times at once.
    provide_context(clock::real(profile.clock));
    let phone = profile.login_name.parse().map_or(profile.login_name, |phone: model::msisdn::Msisdn| phone.to_string());
    let accounts = profile.accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let sessions = profile
        .sessions
        .into_iter()
        .map(|session| {
            let agent = session.user_agent.unwrap_or_default();
            let device = model::identity::device_name(&agent).unwrap_or_else(|| t::me_unknown_device().to_owned());
            let id = session.id.to_string();
            let last = match session.is_current {
                true => view! { <Badge tone=Tone::Ok>{t::me_this_one()}</Badge> }.into_any(),
                false => view! {
                    <ActionForm action=end>
                        <input type="hidden" name="id" value=id/>
                        <button class="btn btn--small">{t::me_end()}</button>
                    </ActionForm>
                }
                .into_any(),
            };
            view! {
                <div class="my-line">
                    <span class="my-line__text">
                        <span class="truncate" title=agent>{device}</span>
                        <span class="small muted"><When at=session.seen_at age=true/></span>
                    </span>
                    <span class="push">{last}</span>
                </div>
            }
        })
        .collect_view();
    view! {
            <h1 class="my-state">{profile.name}</h1>
            <section class="my-card my-rows">
                <p class="my-line">{t::me_signed_in_as(phone)}</p>
                <Line name=t::me_accounts()>{accounts}</Line>
                <div class="my-line"><span class="muted">{t::me_language()}</span><span class="push"><LangSwitch/></span></div>
                <a class="my-line" href="/my/second-factor"><span>{t::me_second_factor()}</span><span class="push"></span><Icon icon=icondata_lu::LuChevronRight/></a>
                <a class="my-line" href="/my/password"><span>{t::me_password()}</span><span class="push"></span><Icon icon=icondata_lu::LuChevronRight/></a>
            </section>
            <section class="my-card my-rows">
                <h2 class="my-card__title my-line">{t::me_sessions()}</h2>
                {sessions}
            </section>
    }
}
