//! One lead: what is known, what happened, and the next step.

use crate::api::{LeadView, MoveLead, NoteLead, QuoteLead, load_lead};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::catalog::plans::PlanChoice;
use model::crm::LeadId;
use model::crm::leads::{LeadDetail, LeadStatus, LostReason};

/// The id in the address; one that does not read is not there.
pub(super) fn lead_id() -> Memo<Result<LeadId, AppError>> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|p| p.get("id")).and_then(|id| id.parse().ok()).ok_or(AppError::NotFound))
}

/// `/sales/leads/{id}`
#[component]
pub fn LeadPage() -> impl IntoView {
    let id = lead_id();
    let (mover, noter, quoter) =
        (ServerAction::<MoveLead>::new(), ServerAction::<NoteLead>::new(), ServerAction::<QuoteLead>::new());
    let state = move || (id.get(), mover.version().get(), noter.version().get(), quoter.version().get());
    let lead = Resource::new(state, |(id, ..)| async move { load_lead(id?).await });
    view! {
        <PageFrame>
            <Transition>
                {move || Suspend::new(async move {
                    match lead.await {
                        Ok(view) => view! { <Loaded view mover noter quoter/> }.into_any(),
                        Err(AppError::NotFound) => view! { <NotFound home="/sales/leads"/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Loaded(
    view: LeadView,
    mover: ServerAction<MoveLead>,
    noter: ServerAction<NoteLead>,
    quoter: ServerAction<QuoteLead>,
) -> impl IntoView {
    let LeadView { lead, plans, can, time } = view;
    provide_context(time);
    let crumbs = vec![
        Crumb::to(t::nav_sales(), "/sales/leads"),
        Crumb::to(t::leads_title(), "/sales/leads"),
        Crumb::here(lead.name.clone()),
    ];
    let status = lead.status;
    let badge = move || view! { <Badge tone=words::status_tone(status)>{words::status(status)}</Badge> };
    let convert = (can.convert && status.can_convert()).then(|| format!("/sales/leads/{}/convert", lead.id));
    let subscriber = lead.subscriber_id.map(|id| format!("/subscribers/{id}"));
    let actions = move || {
        view! {
            {subscriber.map(|href| view! { <LinkButton href>{t::lead_see_subscriber()}</LinkButton> })}
            {convert.map(|href| view! { <LinkButton href look=Look::Primary>{t::lead_convert()}</LinkButton> })}
        }
    };
    let (id, plan, open) = (lead.id, lead.plan_id.map(|id| id.to_string()).unwrap_or_default(), status.is_open());
    let steps = (can.write && status != LeadStatus::Converted).then(|| {
        view! {
            {open.then(|| view! { <QuoteCard id plans plan quoter/> })}
            <MoveCard id status mover/>
        }
    });
    view! {
        <PageHeader title=lead.name.clone() crumbs badge actions/>
        <PageBody>
            <div class="lead-page">
                <div class="stack stack--4">
                    <FactsCard lead=lead.clone()/>
                    <Card title=t::lead_history()>
                        <Timeline>
                            {lead
                                .activities
                                .into_iter()
                                .map(|line| {
                                    let at = line.at;
                                    view! {
                                        <Event
                                            icon=icondata_lu::LuCircleDot
                                            title=line.text
                                            note=t::lead_by(line.by)
                                            at=move || view! { <When at age=true/> }
                                        />
                                    }
                                })
                                .collect_view()}
                        </Timeline>
                    </Card>
                </div>
                <div class="stack stack--4">
                    {steps}
                    {can.write.then(|| view! { <NoteCard id noter/> })}
                </div>
            </div>
        </PageBody>
    }
}

#[component]
fn FactsCard(lead: LeadDetail) -> impl IntoView {
    let (tone, coverage) = words::coverage(lead.coverage);
    let plan = match (lead.plan, lead.monthly) {
        (Some(plan), Some(price)) => format!("{plan}, {price}"),
        (Some(plan), None) => plan,
        (None, _) => t::lead_no_plan().to_owned(),
    };
    let (_, by) = words::brought_by(lead.partner.as_deref().unwrap_or(lead.source.code()));
    let by = if lead.partner.is_some() { format!("{by}, {}", words::source(lead.source)) } else { by };
    let phone = match lead.phone {
        Some(phone) => view! { <Copy value=phone.to_string() what=t::lead_phone()/> }.into_any(),
        None => view! { <span class="faint">{t::lead_hidden()}</span> }.into_any(),
    };
    view! {
        <Card title=t::lead_facts()>
            <Facts>
                <Fact name=t::lead_phone()>{phone}</Fact>
                {lead.email.map(|email| view! { <Fact name=t::lead_email()>{email}</Fact> })}
                <Fact name=t::lead_place()>{lead.place}</Fact>
                <Fact name=t::lead_coverage()><State tone>{coverage}</State></Fact>
                <Fact name=t::lead_plan()>{plan}</Fact>
                <Fact name=t::lead_source()>{by}</Fact>
                <Fact name=t::lead_owner()>{lead.owner.unwrap_or_else(|| t::lead_nobody().to_owned())}</Fact>
                <Fact name=t::lead_came()><When at=lead.created_at/></Fact>
                {lead.lost_reason.map(|reason| view! { <Fact name=t::lead_lost_because()>{words::lost(reason)}</Fact> })}
                {lead.note.map(|note| view! { <Fact name=t::lead_note()><span class="prose">{note}</span></Fact> })}
                {lead.message.map(|text| view! { <Fact name=t::lead_message()><span class="prose">{text}</span></Fact> })}
            </Facts>
        </Card>
    }
}

#[component]
fn QuoteCard(id: LeadId, plans: Vec<PlanChoice>, plan: String, quoter: ServerAction<QuoteLead>) -> impl IntoView {
    let plans = plans.into_iter().map(|p| Choice::new(p.id.to_string(), format!("{}, {}", p.name, p.price))).collect();
    view! {
        <Card title=t::lead_quote_title()>
            <Form action=quoter>
                <input type="hidden" name="id" value=id.to_string()/>
                <Select name="plan_id" label=t::lead_quote_plan() choices=plans value=plan empty=t::lead_choose_plan()/>
                <div class="form__actions"><Submit look=Look::Plain>{t::lead_quote_submit()}</Submit></div>
            </Form>
        </Card>
    }
}

#[component]
fn MoveCard(id: LeadId, status: LeadStatus, mover: ServerAction<MoveLead>) -> impl IntoView {
    let to = LeadStatus::ALL.iter().filter(|to| status.can_move(**to));
    let to = to.map(|to| Choice::new(to.code(), words::status(*to))).collect();
    let reasons = LostReason::ALL.iter().map(|r| Choice::new(r.code(), words::lost(*r))).collect();
    view! {
        <Card title=t::lead_move_title()>
            <Form action=mover>
                <input type="hidden" name="form[id]" value=id.to_string()/>
                <Select name="form[to]" label=t::lead_move_to() choices=to/>
                <Select
                    name="form[reason]"
                    label=t::lead_reason()
                    choices=reasons
                    empty=t::lead_choose_reason()
                    hint=t::lead_reason_hint()
                    optional=true
                />
                <div class="form__actions"><Submit look=Look::Plain>{t::lead_move_submit()}</Submit></div>
            </Form>
        </Card>
    }
}

#[component]
fn NoteCard(id: LeadId, noter: ServerAction<NoteLead>) -> impl IntoView {
    view! {
        <Card title=t::lead_note_title()>
            <Form action=noter>
                <input type="hidden" name="id" value=id.to_string()/>
                <TextArea name="note" label=t::lead_note()/>
                <div class="form__actions"><Submit look=Look::Plain>{t::lead_note_submit()}</Submit></div>
            </Form>
        </Card>
    }
}
