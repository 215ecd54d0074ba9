//! Type, colours, buttons, states and fields.

use super::Cell;
use crate::prelude::*;
use leptos::{context::Provider, prelude::*};
use model::{AppError, Currency, FieldErrors, Money};

#[component]
pub(super) fn Type() -> impl IntoView {
    let lines = [
        ("34 / 40", "type__34", "KSh 24,610.00"),
        ("26 / 32", "type__26", "1,942 online"),
        ("20 / 28", "type__20", "Mama Njeri Kamau"),
        ("16 / 24", "type__16", "Portal text and dialog titles"),
        ("14 / 20", "t14", "Body, table rows, inputs"),
        ("13 / 20", "t13", "Cards, buttons, compact rows"),
        ("12 / 16", "small muted", "Labels, hints, ages, table heads"),
        ("mono", "mono", "100.64.3.7 HWTC4A91B3E7"),
    ];
    view! {
        <Cell title="Type" note="Inter, JetBrains Mono">
            <div class="type">
                {lines.into_iter().map(|(size, class, text)| view! { <span>{size}</span><span class=class>{text}</span> }).collect_view()}
            </div>
        </Cell>
    }
}

#[component]
pub(super) fn Swatches(title: &'static str, note: &'static str, names: [&'static str; 20]) -> impl IntoView {
    let swatch =
        |name: &'static str| view! { <span class="swatch"><i class=format!("swatch--{name}")></i>{name}</span> };
    view! { <Cell title note><div class="swatches">{names.into_iter().map(swatch).collect_view()}</div></Cell> }
}

#[component]
pub(super) fn Buttons() -> impl IntoView {
    view! {
        <Cell title="Buttons" note="32 px; small 28; portal 52">
            <div class="row row--wrap">
                <Button look=Look::Primary>"Take payment"<Kbd key="P" on=true/></Button>
                <Button>"Send reminder"</Button>
                <Button look=Look::Ghost>"Cancel"</Button>
            </div>
            <div class="row row--wrap">
                <Button icon=icondata_lu::LuDownload>"Export"</Button>
                <LinkButton href="#".to_owned()>"A link"</LinkButton>
                <Button disabled=true>"Disabled"</Button>
            </div>
            <div class="row row--wrap">
                <Button look=Look::Danger>"Suspend service…"</Button>
                <Button look=Look::DangerFill>"Suspend 41 services"</Button>
            </div>
            <div class="row row--wrap">
                <Button size=Size::Small>"Lift…"</Button>
                <Button size=Size::Small look=Look::Primary>"Match"</Button>
                <Menu id="gallery-menu" label="More" icon=icondata_lu::LuEllipsis>
                    <MenuLink href="#" icon=icondata_lu::LuReceiptText>"Open the statement"</MenuLink>
                    <MenuButton icon=icondata_lu::LuRotateCw>"Reboot the router"</MenuButton>
                    <div class="menu__rule"></div>
                    <MenuButton danger=true icon=icondata_lu::LuX>"Close the account…"</MenuButton>
                </Menu>
                <IconButton icon=icondata_lu::LuBell name="Notifications, 3 new" dot=true/>
                <IconButton icon=icondata_lu::LuX name="Close"/>
            </div>
        </Cell>
    }
}

#[component]
pub(super) fn States() -> impl IntoView {
    view! {
        <Cell title="Badges, states and choices" note="shape and word">
            <div class="row row--wrap">
                <Badge tone=Tone::Ok>"Active"</Badge>
                <Badge tone=Tone::Warn>"Promised"</Badge>
                <Badge tone=Tone::Danger>"Suspended"</Badge>
                <Badge tone=Tone::Info>"Open"</Badge>
                <Badge>"Draft"</Badge>
                <Badge tone=Tone::Accent>"M-Pesa prompt"</Badge>
            </div>
            <div class="row row--wrap row--4 t13">
                <State tone=Tone::Ok>"Online"</State>
                <State tone=Tone::Warn>"Low signal"</State>
                <State tone=Tone::Danger>"Offline"</State>
                <State tone=Tone::Info>"Installing"</State>
                <State tone=Tone::Off>"Unknown"</State>
            </div>
            <div class="row row--wrap row--4">
                <Checkbox name="on" label="On" checked=true/>
                <Checkbox name="off" label="Off"/>
                <Switch name="renew" label="Renew by itself" checked=true/>
                <Switch name="pause" label="Pause"/>
            </div>
            <Radios
                name="by"
                label="Paid by"
                choices=vec![Choice::new("cash", "Cash"), Choice::new("bank", "Bank")]
                value="cash"
            />
            <div class="row row--wrap row--4 t13">
                <Copy value="MT-004217" what="the account number" mono=true/>
                <Amount money=Money::kes(-150_000)/>
                <Amount money=Money::kes(150_000) short=true/>
                <Kbd key="Ctrl K"/>
                <Avatar name="Wanjiru Muthoni"/>
            </div>
        </Cell>
    }
}

#[component]
pub(super) fn Fields() -> impl IntoView {
    view! { <Cell title="Fields" note="label above, hint below, error beside" wide=true><RefusedForm/></Cell> }
}

/// A form that came back with two refusals, as after a post without scripts.
#[component]
fn RefusedForm() -> impl IntoView {
    let mut refused = FieldErrors::one("phone", "One digit is missing. Write 9 after +254.");
    refused.add("due_on", "The due date lies before today.");
    let value = FormState {
        id: "gallery".into(),
        error: Signal::stored(Some(AppError::Invalid(refused))),
        pending: Signal::stored(false),
        labels: StoredValue::default(),
    };
    view! { <Provider value><SampleFields/></Provider> }
}

#[component]
fn SampleFields() -> impl IntoView {
    let plans = vec![Choice::new("20", "Home 20 Mbps"), Choice::new("40", "Home 40 Mbps")];
    view! {
        <form class="form" action="/kit">
            <FormSummary/>
            <div class="form__row">
                <Field name="name" label="Name" value="Faith Wambui Ndungu" hint="As on the ID card" autocomplete="name"/>
                <Select name="plan" label="Plan" choices=plans value="40" hint="2,999.00 a month"/>
                <Field name="account" label="Account" kind=Kind::Code value="MT-004128" disabled=true hint="Cannot be changed"/>
            </div>
            <div class="form__row">
                <Field name="phone" label="Phone" kind=Kind::Phone value="+254 798 300 41" autocomplete="tel"/>
                <Field name="amount" label="Amount" kind=Kind::Money(Currency::Kes) value="2,999.00" hint="From 1 to 250,000"/>
                <Field name="due_on" label="Due date" kind=Kind::Date value="2026-11-20" optional=true/>
                <Field name="from" label="From" kind=Kind::Time value="14:05"/>
            </div>
            <TextArea name="reason" label="Reason" value="Paid in cash" optional=true rows=2/>
            <div class="form__actions">
                <Submit>"Issue invoice"</Submit>
                <Button>"Cancel"</Button>
            </div>
        </form>
    }
}
