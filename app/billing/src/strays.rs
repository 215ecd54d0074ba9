//! The stray-payment desk: the list, the payment as it came, ranked candidates. 1 to 9 chooses, Enter accepts, U undoes;
//! every step is also a button that works without scripts.

use crate::api::{MatchStray, MatchStrayNumber, StrayDesk, UnmatchStray, read_strays};
use crate::{t, words};
use kit::prelude::*;
use kit::values::PageTime;
use leptos::context::Provider;
use leptos::prelude::*;
use model::billing::strays::{MatchStrayForm, StrayCandidate, StrayRow, UnmatchForm, Unreadable};

/// `/billing/strays`: the open payment and the one that was just matched stand in the address.
#[component]
pub fn StraysPage() -> impl IntoView {
    let accept = ServerAction::<MatchStray>::new();
    let typed = ServerAction::<MatchStrayNumber>::new();
    let undo = ServerAction::<UnmatchStray>::new();
    let version = move || (accept.version().get(), typed.version().get(), undo.version().get());
    let desk = Resource::new(version, |_| read_strays());
    let query = use_query_state();
    listen_to_undo(undo);
    view! {
        <PageFrame fixed=true>
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || {
                    // What is open is read while it is drawn, so another row draws it anew.
                    let _ = query.get("open");
                    Suspend::new(async move {
                        match desk.await {
                            Ok(desk) => view! { <Desk desk accept typed undo/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })
                }}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Desk(
    desk: StrayDesk,
    accept: ServerAction<MatchStray>,
    typed: ServerAction<MatchStrayNumber>,
    undo: ServerAction<UnmatchStray>,
) -> impl IntoView {
    provide_context(desk.time);
    let query = use_query_state();
    let count = i64::try_from(desk.strays.len()).unwrap_or(i64::MAX);
    let wanted = query.get("open");
    let open = desk.strays.iter().find(|stray| Some(stray.id.to_string()) == wanted).or(desk.strays.first()).cloned();
    let opened = open.as_ref().map(|stray| stray.id);
    let waiting = desk
        .strays
        .into_iter()
        .map(|stray| {
            let is_open = Some(stray.id) == opened;
            view! { <Waiting stray is_open/> }
        })
        .collect_view();
    let body = match open {
        None => view! { <EmptyState icon=icondata_lu::LuCircleCheck title=t::strays_empty() text=t::strays_empty_text()/> }.into_any(),
        Some(stray) => view! {
            <div class="stray">
                <div>
                    <div class="stray__col-head"><h2>{t::strays_waiting()}</h2><span class="card__note">{t::strays_oldest()}</span></div>
                    {waiting}
                </div>
                <Received stray=stray.clone()/>
                <Candidates stray accept typed/>
            </div>
        }
        .into_any(),
    };
    let badge = move || (count > 0).then(|| view! { <Badge tone=Tone::Danger>{t::strays_count(count)}</Badge> });
    view! {
        <PageHeader title=t::strays_title() crumbs=vec![Crumb::here(t::nav_billing()), Crumb::here(t::strays_title())] badge/>
        <Matched undo/>
        <UnreadableReports time=desk.real_time unreadable=desk.unreadable/>
        {body}
    }
}

/// Reports that could not be read, folded up: there are hardly ever any.
#[component]
fn UnreadableReports(time: PageTime, unreadable: Unreadable) -> impl IntoView {
    (unreadable.count > 0).then(|| {
        let rows = unreadable
            .latest
            .into_iter()
            .map(|row| view! { <li><When at=row.received_at/>" · M-Pesa · "{row.problem}</li> });
        let rows = rows.collect_view();
        view! {
            <Provider value=time>
                <Note tone=Tone::Warn>
                    <details>
                        <summary>{t::strays_unreadable(unreadable.count)}</summary>
                        <p>{t::strays_unreadable_hint()}</p>
                        <ul>{rows}</ul>
                    </details>
                </Note>
            </Provider>
        }
    })
}

/// The payment that was matched last, with the way back.
#[component]
fn Matched(undo: ServerAction<UnmatchStray>) -> impl IntoView {
    let query = use_query_state();
    move || {
        query.get("matched").map(|id| {
            view! {
                <Note tone=Tone::Ok>
                    <ActionForm action=undo>
                        <input type="hidden" name="form[payment_id]" value=id/>
                        <span class="row">
                            {t::strays_matched()}
                            <button type="submit" class="btn btn--small">{t::strays_unmatch()}</button>
                            <Kbd key="U"/>
                        </span>
                    </ActionForm>
                </Note>
            }
        })
    }
}

#[component]
fn Waiting(stray: StrayRow, is_open: bool) -> impl IntoView {
    let query = use_query_state();
    let id = stray.id.to_string();
    let name = stray.payer_name.or(stray.payer_phone).unwrap_or(stray.provider_reference);
    view! {
        <a class="stray-item" href=move || query.href("open", &id) aria-current=is_open.then_some("true")>
            <b class="medium">{name}</b>
            <b class="num">{stray.amount.figures()}</b>
            <small class="truncate">{t::strays_ref(stray.typed_reference)}</small>
            <small><When at=stray.paid_at age=true/></small>
        </a>
    }
}

#[component]
fn Received(stray: StrayRow) -> impl IntoView {
    let typed = match stray.typed_reference.trim() {
        "" => t::strays_blank().to_owned(),
        typed => typed.to_owned(),
    };
    view! {
        <div>
            <div class="stray__col-head">
                <h2>{t::strays_received()}</h2>
                <span class="card__note push num"><When at=stray.paid_at/></span>
            </div>
            <div class="received">
                <div class="received__amount"><small>{stray.amount.currency.sign()}</small>" "{stray.amount.figures()}</div>
                <div class="as-typed">
                    <span class="small muted">{t::strays_typed()}</span>
                    <span class="mono">{typed}</span>
                    {stray.reason.map(|why| view! { <span class="small warn">{words::stray_reason(why)}</span> })}
                </div>
                <Facts end=true>
                    <Fact name=t::strays_receipt()><Copy value=stray.provider_reference what=t::strays_receipt() mono=true/></Fact>
                    {stray.payer_name.map(|name| view! { <Fact name=t::strays_payer()>{name}</Fact> })}
                    {stray.payer_phone.map(|phone| view! { <Fact name=t::strays_phone()>{phone}</Fact> })}
                </Facts>
            </div>
        </div>
    }
}

#[component]
fn Candidates(
    stray: StrayRow,
    accept: ServerAction<MatchStray>,
    typed: ServerAction<MatchStrayNumber>,
) -> impl IntoView {
    let chosen = RwSignal::new(0_usize);
    listen_to_keys(&stray, chosen, accept);
    let payment = stray.id.to_string();
    let is_empty = stray.candidates.is_empty();
    let cards = stray
        .candidates
        .into_iter()
        .enumerate()
        .map(|(place, candidate)| view! { <Candidate payment=payment.clone() place candidate chosen accept/> })
        .collect_view();
    view! {
        <div class="stray__candidates">
            <div class="stray__col-head"><h2>{t::strays_candidates()}</h2><span class="card__note">{t::strays_ranked()}</span></div>
            <div class="candidates">
                {cards}
                {is_empty.then(|| view! { <p class="muted">{t::strays_nobody()}</p> })}
                <Form action=typed>
                    <input type="hidden" name="payment_id" value=payment.clone()/>
                    <Field name="number" label=t::strays_other() kind=Kind::Code/>
                    <div class="row"><Submit look=Look::Plain>{t::strays_other_match()}</Submit></div>
                </Form>
                <FormRefusal accept/>
            </div>
            <div class="stray-foot">{t::strays_keys()}</div>
        </div>
    }
}

/// Why a match was refused: somebody else may have been quicker.
#[component]
fn FormRefusal(accept: ServerAction<MatchStray>) -> impl IntoView {
    let error = action_error(accept);
    move || error.get().map(|error| view! { <Note tone=Tone::Danger>{error_text(&error)}</Note> })
}

/// A score that fills its bar. The strongest reason alone has 60.
const SURE: f64 = 100.0;

#[component]
fn Candidate(
    payment: String,
    place: usize,
    candidate: StrayCandidate,
    chosen: RwSignal<usize>,
    accept: ServerAction<MatchStray>,
) -> impl IntoView {
    let is_chosen = move || chosen.get() == place;
    let parts = vec![Part::new(f64::from(candidate.score), Tone::Accent)];
    let whys = candidate
        .reasons
        .iter()
        .map(|why| view! { <span class="why"><Icon icon=icondata_lu::LuCheck/>{words::match_reason(*why)}</span> })
        .collect_view();
    let phone = candidate.phone.map(|phone| format!("{phone} · "));
    let owes = format!("{} {}", candidate.due.currency.sign(), candidate.due.figures());
    let then = move || {
        is_chosen().then(|| {
            view! {
                <span class="section-label">{t::strays_then()}</span>
                <span class="row"><Icon icon=icondata_lu::LuReceiptText/>{t::strays_then_pay()}</span>
                <span class="row"><Icon icon=icondata_lu::LuWifi/>{t::strays_then_unlock()}</span>
                <span class="row"><Icon icon=icondata_lu::LuMessageSquare/>{t::strays_then_tell()}</span>
            }
        })
    };
    view! {
        <article class="candidate" class:candidate--on=is_chosen on:click=move |_| chosen.set(place)>
            <Kbd key=(place + 1).to_string()/>
            <div>
                <div class="row">
                    <span class="candidate__name">{candidate.name}</span>
                    <span class="mono muted">{candidate.account_number.to_string()}</span>
                </div>
                <div class="muted">{phone}{t::strays_owes(owes)}</div>
            </div>
            <div class="score"><b>{candidate.score}</b><Meter parts total=SURE label=t::strays_score(candidate.score)/></div>
            <div class="candidate__reasons">{whys}</div>
            <div class="candidate__then">
                {then}
                <ActionForm action=accept>
                    <input type="hidden" name="form[payment_id]" value=payment/>
                    <input type="hidden" name="form[account_id]" value=candidate.account_id.to_string()/>
                    <button type="submit" class="btn" class:btn--primary=is_chosen>
                        {t::strays_match()}
                        {move || is_chosen().then(|| view! { <Kbd key="Enter" on=true/> })}
                    </button>
                </ActionForm>
            </div>
        </article>
    }
}

/// U takes the last match back, also when nothing waits any more, unless somebody is typing.
fn listen_to_undo(undo: ServerAction<UnmatchStray>) {
    let query = use_query_state();
    Effect::new(move |_| {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if is_for_somebody_else(&event) || !event.key().eq_ignore_ascii_case("u") {
                return;
            }
            if let Some(payment_id) = untrack(|| query.get("matched")).and_then(|id| id.parse().ok()) {
                undo.dispatch(UnmatchStray { form: UnmatchForm { payment_id } });
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// 1 to 9 and Enter, unless somebody is typing.
fn listen_to_keys(stray: &StrayRow, chosen: RwSignal<usize>, accept: ServerAction<MatchStray>) {
    let payment_id = stray.id;
    let accounts: Vec<_> = stray.candidates.iter().map(|candidate| candidate.account_id).collect();
    Effect::new(move |_| {
        let accounts = accounts.clone();
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if is_for_somebody_else(&event) {
                return;
            }
            match event.key().as_str() {
                "Enter" => {
                    if let Some(account_id) = accounts.get(chosen.get_untracked()).copied() {
                        event.prevent_default();
                        accept.dispatch(MatchStray { form: MatchStrayForm { payment_id, account_id } });
                    }
                }
                key => {
                    let place = key.parse::<usize>().ok().and_then(|place| place.checked_sub(1));
                    if let Some(place) = place.filter(|place| *place < accounts.len()) {
                        chosen.set(place);
                    }
                }
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// Whether a key belongs to a field or a shortcut of the browser; Enter also to a button or a link.
fn is_for_somebody_else(event: &leptos::ev::KeyboardEvent) -> bool {
    use leptos::wasm_bindgen::JsCast;
    let element = event.target().and_then(|target| target.dyn_into::<leptos::web_sys::Element>().ok());
    let tag = element.map(|element| element.tag_name()).unwrap_or_default();
    let is_shortcut = event.ctrl_key() || event.alt_key() || event.meta_key();
    is_shortcut
        || match tag.as_str() {
            "INPUT" | "TEXTAREA" | "SELECT" => true,
            "BUTTON" | "A" => event.key() == "Enter",
            _ => false,
        }
}
