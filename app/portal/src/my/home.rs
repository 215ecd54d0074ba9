//! `/my`: one sentence says how things are, one button does what is needed.

use super::Failed;
use crate::api::{SendMyPay, read_my_home};
use crate::{clock, t};
use kit::prelude::*;
use kit::values::{date_text, day_text};
use leptos::context::Provider;
use leptos::prelude::*;
use model::Money;
use model::msisdn::Msisdn;
use model::network::sessions::shown_bytes;
use model::portal::my::{MyHelp, MyHome, MyState, MyUsage};

/// `/my`
#[component]
pub fn HomePage() -> impl IntoView {
    let pay = ServerAction::<SendMyPay>::new();
    let home = Resource::new(|| (), |()| read_my_home());
    view! {
        <Suspense fallback=|| view! { <Skeleton lines=6/> }>
            {move || Suspend::new(async move {
                match home.await {
                    Ok(home) => view! { <Home home pay/> }.into_any(),
                    Err(error) => view! { <Failed error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Home(home: MyHome, pay: ServerAction<SendMyPay>) -> impl IntoView {
    let (tone, title, hint) = state(&home);
    let plan = match (home.plan.clone(), home.paid_until) {
        (Some(plan), Some(day)) => Some(t::my_paid_until(plan, day_text(day))),
        (plan, _) => plan,
    };
    let first_name = home.name.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let account = home.account_number.to_string();
    view! {
        <Provider value=clock::business(home.clock)>
            <leptos_meta::Title text=title/>
            <p class="t14 muted my-hello">{t::my_hello(first_name)}</p>
            <section class="my-card my-card--now">
                <div>
                    <h1 class="my-state"><StateDot tone/>{title}</h1>
                    {hint.map(|hint| view! { <p class="t14">{hint}</p> })}
                    {plan.map(|plan| view! { <p class="t14 muted">{plan}</p> })}
                </div>
                <Due home=home.clone() pay/>
            </section>
            {home.usage.map(|usage| view! { <UsageCard usage/> })}
            <Help help=home.help account open_tickets=home.open_tickets/>
        </Provider>
    }
}

/// Shape, sentence, and what to do about it.
pub(super) fn state(home: &MyHome) -> (Tone, &'static str, Option<String>) {
    match home.state {
        MyState::Online => (Tone::Ok, t::my_online(), home.incident.as_ref().map(t::my_online_incident)),
        MyState::Offline => (Tone::Warn, t::my_offline(), Some(t::my_offline_hint().to_owned())),
        MyState::OffUnpaid => (Tone::Danger, t::my_off_unpaid(), Some(t::my_off_unpaid_hint().to_owned())),
        MyState::OffOther => (Tone::Danger, t::my_off_other(), Some(t::my_off_other_hint().to_owned())),
        MyState::OnHold => (Tone::Off, t::my_on_hold(), Some(t::my_on_hold_hint().to_owned())),
        MyState::Incident => {
            (Tone::Danger, t::my_incident(), Some(t::my_incident_hint(home.incident.clone().unwrap_or_default())))
        }
        MyState::Coming => (Tone::Info, t::my_coming(), Some(t::my_coming_hint().to_owned())),
        MyState::Ended => (Tone::Off, t::my_ended(), Some(t::my_ended_hint().to_owned())),
    }
}

/// The amount and the one button; its link leads to where phone and amount are changed.
#[component]
fn Due(home: MyHome, pay: ServerAction<SendMyPay>) -> impl IntoView {
    let Some((amount, phone)) = home.to_pay.zip(home.phone) else {
        let credit = (home.balance.minor > 0).then(|| t::my_credit(home.balance));
        return view! {
            <div class="my-card__part">
                <p class="my-due my-due--none">{t::my_nothing_due()}</p>
                {credit.map(|text| view! { <p class="t14 muted">{text}</p> })}
                <a class="btn btn--large" href="/my/pay">{t::my_pay_other()}</a>
            </div>
        }
        .into_any();
    };
    let by = match home.due_on {
        Some(day) if day < home.clock.today() => t::my_was_due(date_text(day)),
        Some(day) => t::my_to_pay_by(date_text(day)),
        None => t::my_to_pay().to_owned(),
    };
    view! {
        <div class="my-card__part">
            <p class="t14 muted">{by}</p>
            <p class="my-due"><small>{amount.currency.sign()}</small>" " {amount.short_figures()}</p>
        </div>
        <PayNow amount phone pay/>
    }
    .into_any()
}

/// The button. Phone and amount are sent as they stand.
#[component]
pub(super) fn PayNow(amount: Money, phone: Msisdn, pay: ServerAction<SendMyPay>) -> impl IntoView {
    view! {
        <Form action=pay>
            <input type="hidden" name="form[phone]" value=phone.canonical()/>
            <input type="hidden" name="form[amount]" value=plain(amount)/>
            <Submit size=Size::Large>{t::my_pay()}</Submit>
            <p class="t14 muted center">{phone.to_string()} " · " <a class="link" href="/my/pay">{t::my_change()}</a></p>
        </Form>
    }
}

/// Whole shillings as a form takes them.
pub(super) fn plain(amount: Money) -> String {
    amount.whole_units_up().to_string()
}

#[component]
pub(super) fn UsageCard(usage: MyUsage) -> impl IntoView {
    let words = match usage.limit_bytes {
        Some(limit) => t::my_usage_of(shown_bytes(usage.bytes), shown_bytes(limit)),
        None => t::my_usage_all(shown_bytes(usage.bytes)),
    };
    let meter = usage.percent().map(|percent| {
        let tone = if percent >= 90 { Tone::Warn } else { Tone::Accent };
        view! { <Meter parts=vec![Part::new(f64::from(percent), tone)] total=100.0 label=words.clone() tall=true/> }
    });
    view! {
        <section class="my-card">
            <div class="row row--between">
                <h2 class="my-card__title">{t::my_usage()}</h2>
                <span class="t14 muted">{t::my_usage_since(day_text(usage.since))}</span>
            </div>
            {meter}
            <p class="t14 num">{words}</p>
        </section>
    }
}

#[component]
pub(super) fn Help(help: MyHelp, account: String, open_tickets: i64) -> impl IntoView {
    let whatsapp = help.whatsapp_link().map(|href| {
        view! {
            <a class="my-line" href=href rel="external">
                <Icon icon=icondata_lu::LuMessageCircle/>
                <span>{t::my_whatsapp()}</span>
                <span class="push"></span>
                <Icon icon=icondata_lu::LuChevronRight/>
            </a>
        }
    });
    let call = help.call_link().zip(help.phone).map(|(href, number)| {
        view! {
            <a class="my-line" href=href rel="external">
                <Icon icon=icondata_lu::LuPhone/>
                <span>{t::my_call(number)}</span>
                <span class="push"></span>
                <Icon icon=icondata_lu::LuChevronRight/>
            </a>
        }
    });
    let tickets = (open_tickets > 0).then(|| {
        view! { <p class="my-line"><Icon icon=icondata_lu::LuLifeBuoy/><span>{t::my_tickets(open_tickets)}</span></p> }
    });
    let has_any = whatsapp.is_some() || call.is_some() || tickets.is_some();
    let paybill = help.paybill.map(|number| view! { <Paybill number account/> });
    view! {
        {has_any.then(|| view! { <section class="my-card my-rows">{whatsapp}{call}{tickets}</section> })}
        {paybill
            .map(|paybill| {
                view! {
                    <section class="my-card">
                        <h2 class="my-card__title">{t::my_paybill_title()}</h2>
                        <p class="t14">{t::my_paybill_hint()}</p>
                        {paybill}
                    </section>
                }
            })}
    }
}

/// What to type into M-Pesa by hand.
#[component]
pub(super) fn Paybill(#[prop(into)] number: String, #[prop(into)] account: String) -> impl IntoView {
    view! {
        <span class="paybill">
            <span class="muted">{t::my_business_number()}</span>
            <b>{number}</b>
            <span class="muted">{t::my_account_number()}</span>
            <b>{account}</b>
        </span>
    }
}
