//! The conversion: what it will do stands beside the button that does it.

use super::detail::lead_id;
use crate::api::{ConvertLead, ConvertView, load_conversion};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::AppError;
use model::crm::leads::LeadStatus;
use model::crm::subscribers::SubscriberKind;

/// `/sales/leads/{id}/convert`
#[component]
pub fn ConvertPage() -> impl IntoView {
    let id = lead_id();
    let lead = Resource::new(move || id.get(), |id| async move { load_conversion(id?).await });
    view! {
        <PageFrame>
            <Suspense>
                {move || Suspend::new(async move {
                    match lead.await {
                        Ok(view) => view! { <Loaded view/> }.into_any(),
                        Err(AppError::NotFound) => view! { <NotFound home="/sales/leads"/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Suspense>
        </PageFrame>
    }
}

#[component]
fn Loaded(view: ConvertView) -> impl IntoView {
    let lead_href = format!("/sales/leads/{}", view.lead.id);
    let crumbs = vec![
        Crumb::to(t::nav_sales(), "/sales/leads"),
        Crumb::to(view.lead.name.clone(), lead_href.clone()),
        Crumb::here(t::convert_crumb()),
    ];
    let title = t::convert_title(&view.lead.name);
    let body = match view.lead.status {
        LeadStatus::Converted => {
            let href = view.lead.subscriber_id.map_or(lead_href, |id| format!("/subscribers/{id}"));
            view! {
                <Note tone=Tone::Info>{t::convert_done()}</Note>
                <LinkButton href>{t::lead_see_subscriber()}</LinkButton>
            }
            .into_any()
        }
        LeadStatus::Lost => view! {
            <Note tone=Tone::Warn>{t::convert_was_lost()}</Note>
            <LinkButton href=lead_href>{view.lead.name.clone()}</LinkButton>
        }
        .into_any(),
        _ => {
            let (day, same_phone) = (view.billing_day, view.same_phone);
            view! {
                <div class="lead-page">
                    <Card title=t::convert_who()><ConvertFields view/></Card>
                    <Will day same_phone/>
                </div>
            }
            .into_any()
        }
    };
    view! {
        <PageHeader title crumbs/>
        <PageBody>{body}</PageBody>
    }
}

#[component]
fn ConvertFields(view: ConvertView) -> impl IntoView {
    let action = ServerAction::<ConvertLead>::new();
    let lead = view.lead;
    let plans =
        view.plans.into_iter().map(|p| Choice::new(p.id.to_string(), format!("{}, {}", p.name, p.price))).collect();
    let plan = lead.plan_id.map(|id| id.to_string()).unwrap_or_default();
    let kinds = SubscriberKind::ALL.iter().map(|kind| Choice::new(kind.code(), kind_text(*kind))).collect();
    let phone = lead.phone.map(|phone| phone.to_string()).unwrap_or_default();
    view! {
        <Form action>
            <input type="hidden" name="form[id]" value=lead.id.to_string()/>
            <Field name="form[name]" label=t::new_lead_name() value=lead.name/>
            <Field name="form[phone]" label=t::new_lead_phone() kind=Kind::Phone value=phone/>
            <Field name="form[email]" label=t::new_lead_email() kind=Kind::Email value=lead.email.unwrap_or_default() optional=true/>
            <div class="form__row">
                <Select name="form[kind]" label=t::convert_kind() choices=kinds value=SubscriberKind::Residential.code()/>
                <Select name="form[plan_id]" label=t::lead_quote_plan() choices=plans value=plan empty=t::lead_choose_plan()/>
            </div>
            <div class="form__row">
                <Field name="form[place]" label=t::convert_place() value=view.address/>
                <Field name="form[unit]" label=t::convert_unit() value=view.unit optional=true/>
            </div>
            <div class="form__actions"><Submit>{t::convert_submit()}</Submit></div>
        </Form>
    }
}

#[component]
fn Will(day: u32, same_phone: i64) -> impl IntoView {
    let login = if same_phone > 0 { t::convert_will_share(same_phone) } else { t::convert_will_login().to_owned() };
    view! {
        <Card title=t::convert_will()>
            <ul class="will">
                <li>{t::convert_will_account()}</li>
                <li>{t::convert_will_day(day)}</li>
                <li>{t::convert_will_service()}</li>
                <li>{t::convert_will_access()}</li>
                <li>{login}</li>
            </ul>
            <p class="small muted">{t::convert_not_yet()}</p>
        </Card>
    }
}

fn kind_text(kind: SubscriberKind) -> &'static str {
    match kind {
        SubscriberKind::Residential => t::convert_kind_residential(),
        SubscriberKind::Business => t::convert_kind_business(),
        SubscriberKind::Corporate => t::convert_kind_corporate(),
        SubscriberKind::Government => t::convert_kind_government(),
    }
}
