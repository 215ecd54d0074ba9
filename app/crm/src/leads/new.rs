//! The form for a new lead.

use crate::api::{CreateLead, LeadChoices, load_lead_choices};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::crm::leads::LeadSource;

/// `/sales/leads/new`
#[component]
pub fn NewLeadPage() -> impl IntoView {
    let choices = Resource::new(|| (), |()| load_lead_choices());
    let crumbs = vec![
        Crumb::to(t::nav_sales(), "/sales/leads"),
        Crumb::to(t::leads_title(), "/sales/leads"),
        Crumb::here(t::new_lead_title()),
    ];
    view! {
        <PageFrame>
            <PageHeader title=t::new_lead_title() crumbs/>
            <PageBody>
                <Suspense>
                    {move || Suspend::new(async move {
                        match choices.await {
                            Ok(choices) => view! { <LeadFields choices/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Suspense>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn LeadFields(choices: LeadChoices) -> impl IntoView {
    let action = ServerAction::<CreateLead>::new();
    // A message of a stranger leads here with what it says.
    let query = use_query_state();
    let given = move |key: &str| query.get(key).unwrap_or_default();
    let source = LeadSource::from_code(&given("source")).unwrap_or(LeadSource::WalkIn);
    let plans =
        choices.plans.into_iter().map(|p| Choice::new(p.id.to_string(), format!("{}, {}", p.name, p.price))).collect();
    let buildings = choices.buildings.into_iter().map(|(id, name)| Choice::new(id, name)).collect();
    let sources = LeadSource::ALL.iter().map(|s| Choice::new(s.code(), words::source(*s))).collect();
    view! {
        <div class="lead-form">
            <Form action>
                <Field name="form[name]" label=t::new_lead_name() value=given("name") autofocus=true/>
                <Field name="form[phone]" label=t::new_lead_phone() kind=Kind::Phone value=given("phone") hint=t::new_lead_phone_hint()/>
                <Field name="form[email]" label=t::new_lead_email() kind=Kind::Email optional=true/>
                <div class="form__row">
                    <Select
                        name="form[building_id]"
                        label=t::new_lead_building()
                        choices=buildings
                        empty=t::new_lead_choose_building()
                        optional=true
                    />
                    <Field name="form[unit]" label=t::new_lead_unit() hint=t::new_lead_unit_hint() optional=true/>
                </div>
                <Field name="form[place]" label=t::new_lead_place() hint=t::new_lead_place_hint() optional=true/>
                <div class="form__row">
                    <Select
                        name="form[plan_id]"
                        label=t::new_lead_plan()
                        choices=plans
                        empty=t::new_lead_no_plan()
                        optional=true
                    />
                    <Select name="form[source]" label=t::new_lead_source() choices=sources value=source.code()/>
                </div>
                <TextArea name="form[note]" label=t::new_lead_note() value=given("note") optional=true/>
                <div class="form__actions"><Submit>{t::new_lead_submit()}</Submit></div>
            </Form>
        </div>
    }
}
