//! Referral partners: who they are, what they brought, and a form for a new one.

use crate::api::{CreatePartner, PartnersListPage, SetPartnerActive, load_partners};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::Currency;
use model::Money;
use model::billing::commissions::CommissionRule;
use model::crm::partners::PartnerRow;

/// `/sales/partners`
#[component]
pub fn PartnersPage() -> impl IntoView {
    let (create, set_active) = (ServerAction::<CreatePartner>::new(), ServerAction::<SetPartnerActive>::new());
    let page = Resource::new(move || (create.version().get(), set_active.version().get()), |_| load_partners());
    let crumbs = vec![Crumb::to(t::nav_sales(), "/sales/leads"), Crumb::here(t::partners_title())];
    view! {
        <PageFrame>
            <PageHeader title=t::partners_title() crumbs/>
            <PageBody>
                <Transition>
                    {move || Suspend::new(async move {
                        match page.await {
                            Ok(page) => view! { <Loaded page create set_active/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Loaded(
    page: PartnersListPage,
    create: ServerAction<CreatePartner>,
    set_active: ServerAction<SetPartnerActive>,
) -> impl IntoView {
    let PartnersListPage { partners, buildings, can_write } = page;
    let body = match partners.is_empty() {
        true => view! {
            <EmptyState icon=icondata_lu::LuHandshake title=t::partners_none() text=t::partners_none_hint()/>
        }
        .into_any(),
        false => view! {
            <Card
                title=t::partners_caption()
                flush=true
                actions=move || can_write.then(|| view! { <LinkButton size=Size::Small href="#add".to_owned()>{t::partners_add()}</LinkButton> })
            ><Rows partners can_write set_active/></Card>
        }
        .into_any(),
    };
    view! {
        {body}
        {can_write.then(|| view! { <div class="lead-form" id="add"><AddCard buildings create/></div> })}
    }
}

#[component]
fn Rows(partners: Vec<PartnerRow>, can_write: bool, set_active: ServerAction<SetPartnerActive>) -> impl IntoView {
    let head = move || {
        view! {
            <Th>{t::partners_name()}</Th>
            <Th>{t::partners_phone()}</Th>
            <Th>{t::partners_building()}</Th>
            <Th>{t::partners_rule()}</Th>
            <Th num=true>{t::partners_leads()}</Th>
            <Th num=true>{t::partners_converted()}</Th>
            <Th>{t::partners_state()}</Th>
        }
    };
    let rows = partners
        .into_iter()
        .map(|row| {
            let leads = format!("/sales/leads?view=list&partner={}", row.id);
            let (tone, state) = match row.is_active {
                true => (Tone::Ok, t::partners_active()),
                false => (Tone::Off, t::partners_paused()),
            };
            let (id, switch_to) = (row.id.to_string(), !row.is_active);
            let verb = if row.is_active { t::partners_pause() } else { t::partners_resume() };
            let label = format!("{verb}: {}", row.name);
            view! {
                <Tr>
                    <Td><a class="link" href=leads>{row.name}</a></Td>
                    <Td label=t::partners_phone()><span class="num">{row.phone.to_string()}</span></Td>
                    <Td label=t::partners_building()>{row.building}</Td>
                    <Td label=t::partners_rule()>{rule_text(&row.rule)}</Td>
                    <Td label=t::partners_leads() num=true>{row.leads}</Td>
                    <Td label=t::partners_converted() num=true>{row.converted}</Td>
                    <Td label=t::partners_state()>
                        <span class="row">
                            <State tone>{state}</State>
                            {can_write
                                .then(|| {
                                    view! {
                                        <ActionForm action=set_active>
                                            <input type="hidden" name="id" value=id/>
                                            <input type="hidden" name="is_active" value=switch_to.to_string()/>
                                            <button class="btn btn--ghost btn--small" aria-label=label>{verb}</button>
                                        </ActionForm>
                                    }
                                })}
                        </span>
                    </Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::partners_caption() head>{rows}</Table> }
}

#[component]
fn AddCard(buildings: Vec<(String, String)>, create: ServerAction<CreatePartner>) -> impl IntoView {
    let buildings = buildings.into_iter().map(|(id, name)| Choice::new(id, name)).collect();
    let kinds = vec![Choice::new("flat", t::partners_kind_flat()), Choice::new("share", t::partners_kind_share())];
    view! {
        <Card title=t::partners_add()>
            <Form action=create>
                <Field name="form[name]" label=t::partners_name()/>
                <Field name="form[phone]" label=t::partners_phone() kind=Kind::Phone hint=t::partners_phone_hint()/>
                <Select
                    name="form[building_id]"
                    label=t::partners_building()
                    choices=buildings
                    empty=t::partners_no_building()
                    optional=true
                />
                <Select name="form[commission_kind]" label=t::partners_kind() choices=kinds value="flat"/>
                <Field
                    name="form[commission]"
                    label=t::partners_commission()
                    kind=Kind::Number
                    hint=t::partners_commission_hint()
                />
                <div class="form__actions"><Submit>{t::partners_submit()}</Submit></div>
            </Form>
        </Card>
    }
}

fn rule_text(rule: &CommissionRule) -> String {
    match rule {
        CommissionRule::Share { basis_points } => {
            let (whole, cents) = (basis_points / 100, basis_points % 100);
            let percent = if cents == 0 { whole.to_string() } else { format!("{whole}.{cents:02}") };
            t::partners_rule_share(percent)
        }
        CommissionRule::Flat { amount_minor } => t::partners_rule_flat(Money::new(*amount_minor, Currency::Kes)),
        CommissionRule::Tiered { .. } => t::partners_rule_tiered().to_owned(),
    }
}
