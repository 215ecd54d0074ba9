//! `/partner`: the reseller's subscribers, commission and wallet.

use crate::api::{PartnerSignOut, read_partner_home};
use crate::{clock, t, words};
use kit::prelude::*;
use leptos::context::Provider;
use leptos::prelude::*;
use model::portal::dashboard::{PartnerHome, PartnerMoney, PartnerRow};

/// `/partner`
#[component]
pub fn PartnerPage() -> impl IntoView {
    let sign_out = ServerAction::<PartnerSignOut>::new();
    let home = Resource::new(|| (), |()| read_partner_home());
    view! {
        <leptos_meta::Title text=t::partner_title()/>
        <Suspense>
            {move || Suspend::new(async move {
                match home.await {
                    Ok(home) => view! { <Home home sign_out/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Home(home: PartnerHome, sign_out: ServerAction<PartnerSignOut>) -> impl IntoView {
    let figure = |n: i64| kit::texts::counted(n);
    view! {
        <Provider value=clock::business(home.clock)>
            <div class="partner">
                <header class="partner__bar">
                    <span class="partner__brand"><BrandMark/><span>{home.name}</span></span>
                    <nav class="partner__nav" aria-label=t::partner_title()>
                        <a href="/partner" aria-current="page">{t::partner_title()}</a>
                    </nav>
                    <span class="row push">
                        <LangSwitch/>
                        <a class="btn btn--small" href="/partner/profile">{t::partner_profile()}</a>
                        <a class="btn btn--small" href="/partner/second-factor">{t::partner_second_factor()}</a>
                        <ActionForm action=sign_out>
                            <button class="btn btn--small">{t::partner_sign_out()}</button>
                        </ActionForm>
                    </span>
                </header>
                <main class="partner__main" tabindex="0">
                    <h1 class="visually-hidden">{t::partner_title()}</h1>
                    {home.money.map(|money| view! { <Earnings money/> })}
                    <Stats>
                        <Stat label=t::partner_online() value=figure(home.online) note=t::partner_online_note(figure(home.subscribers)) tone=Tone::Ok/>
                        <Stat label=t::partner_new() value=figure(home.new_this_month)/>
                        <Stat label=t::partner_ending() value=figure(home.ending_in_3_days) tone=Tone::Warn/>
                        <Stat label=t::partner_off_unpaid() value=figure(home.off_unpaid) tone=Tone::Danger/>
                        <Stat label=t::partner_leads() value=figure(home.leads_waiting)/>
                    </Stats>
                    <Card title=t::partner_subscribers() flush=true><Subscribers rows=home.rows/></Card>
                </main>
            </div>
        </Provider>
    }
}

/// Wallet and commission, for who may see them.
#[component]
fn Earnings(money: PartnerMoney) -> impl IntoView {
    let months = i64::try_from(money.commission.len()).unwrap_or(0);
    let bars = kit::chart::heights(money.commission.iter().map(|(_, money)| money.minor));
    let names = kit::chart::month_names(&money.commission);
    let last = money.commission.last().map(|(_, money)| money.to_string()).unwrap_or_default();
    let commission = match bars.is_empty() {
        true => view! { <p class="small muted">{t::partner_no_commission()}</p> }.into_any(),
        false => {
            view! { <Bars values=bars label=t::partner_commission_label(months) unfinished=true names/> }.into_any()
        }
    };
    let wallet = money.wallet;
    view! {
        <div class="partner__4">
            <Card title=t::partner_wallet()>
                <p class="wallet__sum"><small>{wallet.currency.sign()}</small> " " {wallet.figures()}</p>
                <p class="t13 muted">{t::partner_payable(money.payable)}</p>
            </Card>
        </div>
        <div class="partner__8"><Card title=t::partner_commission() note=last>{commission}</Card></div>
    }
}

#[component]
fn Subscribers(rows: Vec<PartnerRow>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <EmptyState icon=icondata_lu::LuUsers title=t::partner_none() text=t::partner_none_text()/> }
            .into_any();
    }
    let unit = rows.first().and_then(|row| row.earned).map(|earned| earned.currency.sign());
    let rows = rows
        .into_iter()
        .map(|row| {
            let (tone, word) = match row.is_online {
                true => (Tone::Ok, t::subscriber_online()),
                false => words::badge(row.badge),
            };
            view! {
                <Tr>
                    <Td><b class="medium">{row.name}</b></Td>
                    <Td label=t::partner_account() mono=true>{row.account_number.to_string()}</Td>
                    <Td label=t::partner_where()>{row.area}</Td>
                    <Td label=t::partner_plan()>{row.plan}</Td>
                    <Td label=t::partner_paid_until()>{row.paid_until.map(|day| view! { <Day date=day/> })}</Td>
                    <Td label=t::partner_state()><State tone>{word}</State></Td>
                    <Td label=t::partner_reseller() muted=true>{row.reseller}</Td>
                    {row.earned.map(|money| view! { <Td label=t::partner_earned() num=true><Amount money/></Td> })}
                </Tr>
            }
        })
        .collect_view();
    let head = move || {
        view! {
            <Th>{t::partner_name()}</Th>
            <Th>{t::partner_account()}</Th>
            <Th>{t::partner_where()}</Th>
            <Th>{t::partner_plan()}</Th>
            <Th>{t::partner_paid_until()}</Th>
            <Th>{t::partner_state()}</Th>
            <Th>{t::partner_reseller()}</Th>
            {unit.map(|unit| view! { <Th num=true unit=unit>{t::partner_earned()}</Th> })}
        }
    };
    view! { <Table caption=t::partner_subscribers() compact=true head=head>{rows}</Table> }.into_any()
}
