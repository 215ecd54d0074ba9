//! The manager's cards: money, growth, receivables by age, income by month and by site.

use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::Money;
use model::portal::dashboard::{Ageing, ManagerCards, SiteMoney, Trend};

#[component]
pub(super) fn Manager(cards: ManagerCards) -> impl IntoView {
    let unit = cards.collected_today.currency.sign();
    let money = |money: Money| money.whole_figures();
    let growth = |trend: Trend| trend.growth_tenths().map(|tenths| t::dashboard_growth(tenths_text(tenths)));
    let mrr = Money::new(cards.mrr.now, cards.collected_today.currency);
    let churn = cards.churn_tenths().map_or_else(|| "–".to_owned(), |tenths| format!("{} %", tenths_text(tenths)));
    let new = t::dashboard_new(
        kit::texts::counted(cards.subscribers_new.now),
        kit::texts::counted(cards.subscribers_lost.now),
    );
    let months = i64::try_from(cards.income.len()).unwrap_or(0);
    let income = kit::chart::heights(cards.income.iter().map(|(_, money)| money.minor));
    let names = kit::chart::month_names(&cards.income);
    let last = cards.income.last().map(|(_, money)| money.to_string());
    view! {
        <Stats>
            <Stat label=t::dashboard_collected_today() value=money(cards.collected_today) sign=unit/>
            <Stat label=t::dashboard_collected_week() value=money(cards.collected_week) sign=unit/>
            <Stat label=t::dashboard_collected_month() value=money(cards.collected_month) sign=unit/>
            <Stat label=t::dashboard_due_24h() value=money(cards.due_in_24_h) sign=unit/>
        </Stats>
        <Stats>
            <Stat label=t::dashboard_mrr() value=money(mrr) sign=unit note=growth(cards.mrr).unwrap_or_else(|| t::dashboard_mrr_note().to_owned())/>
            <Stat label=t::dashboard_active() value=kit::texts::counted(cards.subscribers_active.now) note=new/>
            <Stat label=t::dashboard_churn() value=churn note=t::dashboard_churn_note()/>
        </Stats>
        <div class="dash__6">
            <Card title=t::dashboard_income() note=last.unwrap_or_default()>
                <Bars values=income label=t::dashboard_income_label(months) unfinished=true names/>
            </Card>
        </div>
        <div class="dash__6"><Card title=t::dashboard_ageing() flush=true><AgeingTable ageing=cards.ageing/></Card></div>
        {(!cards.sites.is_empty())
            .then(|| view! { <div class="dash__6"><Card title=t::dashboard_sites() flush=true><Sites sites=cards.sites/></Card></div> })}
    }
}

/// Tenths as a decimal with its sign: `+4.2`.
fn tenths_text(tenths: i64) -> String {
    let sign = if tenths < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}.{}", tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
}

#[component]
fn AgeingTable(ageing: Ageing) -> impl IntoView {
    let parts = [
        (t::dashboard_not_due(), ageing.not_due, Tone::Accent),
        (t::dashboard_days_1_30(), ageing.days_1_30, Tone::Info),
        (t::dashboard_days_31_60(), ageing.days_31_60, Tone::Warn),
        (t::dashboard_days_61_90(), ageing.days_61_90, Tone::Danger),
        (t::dashboard_days_over_90(), ageing.days_over_90, Tone::Danger),
    ];
    let unit = ageing.not_due.currency.sign();
    let total: i64 = parts.iter().map(|(_, money, _)| money.minor).sum();
    let rows = parts
        .into_iter()
        .map(|(name, money, tone)| {
            let share = if total > 0 { i128::from(money.minor) * 1000 / i128::from(total) } else { 0 };
            let words = format!("{} %", tenths_text(i64::try_from(share).unwrap_or(0)));
            let label = words.clone();
            view! {
                <Tr>
                    <Td>{name}</Td>
                    <Td label=t::money_amount() num=true><b class="medium"><Amount money/></b></Td>
                    <Td label=t::dashboard_share() num=true muted=true>{words}</Td>
                    <Td><Meter parts=vec![Part::new(share as f64, tone)] total=1000.0 label/></Td>
                </Tr>
            }
        })
        .collect_view();
    let head = move || {
        view! {
            <Th>{t::dashboard_ageing_days()}</Th>
            <Th num=true unit=unit>{t::money_amount()}</Th>
            <Th num=true>{t::dashboard_share()}</Th>
            <Th><span class="visually-hidden">{t::dashboard_share()}</span></Th>
        }
    };
    view! { <div class="ageing"><Table caption=t::dashboard_ageing() compact=true head=head>{rows}</Table></div> }
}

#[component]
fn Sites(sites: Vec<SiteMoney>) -> impl IntoView {
    let unit = sites.first().map_or("", |site| site.income.currency.sign());
    let rows = sites
        .into_iter()
        .map(|site| {
            view! {
                <Tr>
                    <Td>{site.site}</Td>
                    <Td label=t::dashboard_site_active() num=true>{kit::texts::counted(site.active)}</Td>
                    <Td label=t::dashboard_site_income() num=true><Amount money=site.income/></Td>
                </Tr>
            }
        })
        .collect_view();
    let head = move || {
        view! {
            <Th>{t::dashboard_site()}</Th>
            <Th num=true>{t::dashboard_site_active()}</Th>
            <Th num=true unit=unit>{t::dashboard_site_income()}</Th>
        }
    };
    view! { <Table caption=t::dashboard_sites() compact=true head=head>{rows}</Table> }
}
