//! The sticky head: who, in which state, what is due, online or not, and the first action.

use super::Acts;
use crate::{clock, t, words};
use kit::prelude::*;
use leptos::context::Provider;
use leptos::prelude::*;
use model::crm::subscribers::{MoneyHead, SubscriberHead, TechnicalHead};
use model::portal::clock::PageClock;
use model::portal::subscriber_page::SubscriberActions;

#[component]
pub(super) fn Head(head: SubscriberHead, clock: PageClock, can: SubscriberActions, acts: Acts) -> impl IntoView {
    let (tone, state) = words::badge(head.badge);
    let pay_page = format!("/subscribers/{}/pay", head.id);
    let pay = can.can_take_payment.then(|| {
        // Without scripts the link leads to a page with the same form.
        let open = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            acts.paying.set(true);
        };
        view! { <a class="btn btn--primary" href=pay_page on:click=open>{t::subscriber_take_payment()}<Kbd key="P" on=true/></a> }
    });
    let view_as = can.can_impersonate.then(|| {
        view! { <a class="btn" href=format!("/admin/view-as/{}", head.account_id)>{t::subscriber_view_as()}</a> }
    });
    let technical = head.technical.clone();
    let facts = view! { <FactLine head=head.clone()/> };
    view! {
        <leptos_meta::Title text=head.name.clone()/>
        <div class="subscriber-head__top">
            <h1>{head.name.clone()}</h1>
            <span class="muted"><Copy value=head.account_number.to_string() what=t::subscriber_account_number() mono=true/></span>
            <span class="subscriber-head__rule"></span>
            <span class="row row--3 t13">
                {technical.map(|technical| view! { <OnlineState technical clock/> })}
                <Badge tone>{state}</Badge>
            </span>
            {head
                .money
                .map(|money| view! { <span class="subscriber-head__rule"></span><Balance money/> })}
            <span class="page__actions">{view_as}{pay}</span>
        </div>
        {facts}
    }
}

#[component]
fn OnlineState(technical: TechnicalHead, clock: PageClock) -> impl IntoView {
    let (tone, word) = match (technical.is_online, technical.is_walled) {
        (true, _) => (Tone::Ok, t::subscriber_online_for()),
        (false, true) => (Tone::Warn, t::subscriber_walled()),
        (false, false) => (Tone::Off, t::subscriber_offline()),
    };
    let is_connected = technical.is_online || technical.is_walled;
    view! {
        <Provider value=clock::real(clock)>
            <State tone>
                {word}
                {technical
                    .since
                    .map(|at| view! { " "<span class="muted"><When at age=!is_connected lasting=is_connected/></span> })}
            </State>
        </Provider>
    }
}

#[component]
fn Balance(money: MoneyHead) -> impl IntoView {
    let words = match (money.balance.minor, money.due_on) {
        (..0, Some(day)) => {
            view! { " "<span class="muted">{t::subscriber_due()} " " <Day date=day/></span> }.into_any()
        }
        (1.., _) => view! { " "<span class="muted">{t::subscriber_credit()}</span> }.into_any(),
        (0, _) => view! { " "<span class="muted">{t::subscriber_nothing_due()}</span> }.into_any(),
        _ => ().into_any(),
    };
    view! { <span class="subscriber-head__balance"><b><Amount money=money.balance/></b>{words}</span> }
}

#[component]
fn FactLine(head: SubscriberHead) -> impl IntoView {
    let place = match &head.contact {
        Some(contact) if !contact.address.is_empty() && !contact.address.contains(&head.area) => {
            format!("{}, {}", head.area, contact.address)
        }
        Some(contact) if !contact.address.is_empty() => contact.address.clone(),
        _ => head.area.clone(),
    };
    let phone = head.contact.as_ref().map(|contact| contact.phone.to_string());
    let (username, address) = head.technical.map_or((None, None), |technical| (technical.username, technical.address));
    view! {
        <div class="subscriber-head__facts">
            {head.plan.map(|plan| view! { <span><Icon icon=icondata_lu::LuGauge/>{plan}</span> })}
            {(!place.is_empty()).then(|| view! { <span><Icon icon=icondata_lu::LuMapPin/>{place}</span> })}
            {phone
                .map(|phone| {
                    view! { <span><Icon icon=icondata_lu::LuPhone/><Copy value=phone what=t::subscriber_phone()/></span> }
                })}
            {username
                .map(|name| {
                    view! {
                        <span><Icon icon=icondata_lu::LuKeyRound/>"pppoe "<Copy value=name what=t::subscriber_username() mono=true/></span>
                    }
                })}
            {address
                .map(|address| {
                    view! { <span><Icon icon=icondata_lu::LuGlobe/><Copy value=address what=t::subscriber_address() mono=true/></span> }
                })}
            {head.reseller.map(|name| view! { <span><Icon icon=icondata_lu::LuStore/>{name}</span> })}
        </div>
    }
}
