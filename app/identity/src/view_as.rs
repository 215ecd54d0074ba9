//! Looking at a subscriber's portal: the office asks why, the portal asks once more and opens. The same for operators who look
//! at an ISP: the platform asks why, the staff's program opens.

use crate::api::view_as::{BeginAtIsp, BeginView, EnterIsp, EnterView, read_view_choice};
use crate::login::Frame;
use crate::t;
use kit::prelude::*;
use leptos::context::Provider;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::AppError;
use model::Audience;
use model::identity::view_as::{VIEW_AS_MINUTES, ViewAsChoice};

/// A form that the browser sends whole, because its answer leads into the other of our two programs.
#[component]
fn WholeForm<F>(action: ServerAction<F>, id: &'static str, children: Children) -> impl IntoView
where
    F: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    F::Output: Send + Sync + 'static,
{
    let state = FormState {
        id: id.into(),
        error: action_error(action),
        pending: Signal::stored(false),
        labels: StoredValue::default(),
    };
    view! {
        <form method="post" action=F::url()>
            <Provider value=state>
                <div class="form"><FormSummary/>{children()}</div>
            </Provider>
        </form>
    }
}

/// `/admin/view-as/{account}`
#[component]
pub fn ViewAsPage() -> impl IntoView {
    let params = use_params_map();
    let begin = ServerAction::<BeginView>::new();
    let choice = Resource::new(move || params.with(|map| map.get("account").unwrap_or_default()), read_view_choice);
    view! {
        <PageFrame>
            <PageHeader title=t::view_as_title() crumbs=vec![Crumb::here(t::view_as_title())]/>
            <PageBody>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match choice.await {
                            Ok(choice) => view! { <Ask choice begin/> }.into_any(),
                            Err(AppError::NotFound) => view! { <NotFound home="/subscribers"/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Ask(choice: ViewAsChoice, begin: ServerAction<BeginView>) -> impl IntoView {
    if choice.logins.is_empty() {
        return view! {
            <EmptyState icon=icondata_lu::LuUserRound title=t::view_as_none() text=t::view_as_none_text()/>
        }
        .into_any();
    }
    let first = choice.logins.first().map(|login| login.id.to_string()).unwrap_or_default();
    let choices = choice.logins.into_iter().map(|login| Choice::new(login.id.to_string(), login.name)).collect();
    view! {
        <Card title=t::view_as_title() note=choice.account>
            <WholeForm action=begin id="view-as">
                <ul class="will">
                    <li>{t::view_as_reads()}</li>
                    <li>{t::view_as_ends(VIEW_AS_MINUTES)}</li>
                    <li>{t::view_as_logged()}</li>
                </ul>
                <Select name="form[login]" label=t::view_as_whom() choices value=first/>
                <Field name="form[reason]" label=t::view_as_reason() hint=t::view_as_reason_hint()/>
                <div class="row"><Submit>{t::view_as_begin()}</Submit></div>
            </WholeForm>
        </Card>
    }
    .into_any()
}

/// `/my/view-as`: opens the portal by the ticket of the address.
#[component]
pub fn EnterViewPage() -> impl IntoView {
    let enter = ServerAction::<EnterView>::new();
    let ticket = use_query_map().with_untracked(|query| query.get("ticket").unwrap_or_default());
    view! {
        <leptos_meta::Title text=t::view_as_title()/>
        <section class="my-card">
            <h1 class="my-state">{t::view_as_title()}</h1>
            <p class="t14 muted">{t::view_as_enter_hint()}</p>
            <WholeForm action=enter id="enter-view">
                <input type="hidden" name="ticket" value=ticket/>
                <Submit size=Size::Large>{t::view_as_enter()}</Submit>
            </WholeForm>
        </section>
    }
}

/// `/platform/isps/{id}/enter`: asks an operator why. An ISP that is not there is refused by the door.
#[component]
pub fn EnterIspPage() -> impl IntoView {
    let begin = ServerAction::<BeginAtIsp>::new();
    let isp = use_params_map().with_untracked(|map| map.get("id").unwrap_or_default());
    view! {
        <Frame audience=Audience::Platform title=t::view_isp_title() lead=t::view_isp_lead()>
            <WholeForm action=begin id="enter-isp">
                <ul class="will">
                    <li>{t::view_isp_reads()}</li>
                    <li>{t::view_as_ends(VIEW_AS_MINUTES)}</li>
                    <li>{t::view_isp_logged()}</li>
                </ul>
                <input type="hidden" name="form[isp]" value=isp/>
                <Field name="form[reason]" label=t::view_as_reason() hint=t::view_as_reason_hint()/>
                <div class="row"><Submit>{t::view_isp_begin()}</Submit></div>
            </WholeForm>
            <p class="small"><a class="link" href="/platform">{t::view_isp_back()}</a></p>
        </Frame>
    }
}

/// `/view-as`: opens the staff's pages by the ticket of the address.
#[component]
pub fn OpenIspPage() -> impl IntoView {
    let enter = ServerAction::<EnterIsp>::new();
    let ticket = use_query_map().with_untracked(|query| query.get("ticket").unwrap_or_default());
    view! {
        <Frame audience=Audience::Platform title=t::view_isp_title() lead=t::view_isp_enter_hint()>
            <WholeForm action=enter id="open-isp">
                <input type="hidden" name="ticket" value=ticket/>
                <Submit>{t::view_isp_enter()}</Submit>
            </WholeForm>
        </Frame>
    }
}
