//! `/admin/settings/billing`: how the ISP bills, reminds and locks.

use crate::api::{SavePolicy, read_policy};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::billing::locks::ReconnectPolicy;
use model::billing::policy::{BillingPolicy, BillingPolicySheet};

fn reconnect_words(policy: ReconnectPolicy) -> &'static str {
    match policy {
        ReconnectPolicy::Full => t::policy_reconnect_full(),
        ReconnectPolicy::Half => t::policy_reconnect_half(),
        ReconnectPolicy::Any => t::policy_reconnect_any(),
    }
}

/// `/admin/settings/billing`
#[component]
pub fn PolicyPage() -> impl IntoView {
    let query = use_query_state();
    let save = ServerAction::<SavePolicy>::new();
    let sheet = Resource::new(move || save.version().get(), |_| read_policy());
    let done = move || query.is("done", "saved").then(|| view! { <Note tone=Tone::Ok>{t::policy_saved()}</Note> });
    let crumbs = vec![Crumb::to(t::policy_settings(), "/admin/settings"), Crumb::here(t::policy_title())];
    view! {
        <PageFrame>
            <PageHeader title=t::policy_title() crumbs/>
            <PageBody>
                {done}
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match sheet.await {
                            Ok(sheet) => view! { <Sheet sheet save/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

/// `72, 48, 24`
fn hours(policy: &BillingPolicy) -> String {
    policy.dunning.reminders_hours.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[component]
fn Sheet(sheet: BillingPolicySheet, save: ServerAction<SavePolicy>) -> impl IntoView {
    let policy = sheet.policy;
    let reminders = hours(&policy);
    if !sheet.can_write {
        return view! {
            <Card title=t::policy_title()>
                <Facts>
                    <Fact name=t::policy_due_days()>{policy.due_days}</Fact>
                    <Fact name=t::policy_reminders()>{reminders}</Fact>
                    <Fact name=t::policy_grace()>{policy.dunning.grace_hours}</Fact>
                    <Fact name=t::policy_reconnect()>{reconnect_words(policy.reconnect)}</Fact>
                </Facts>
            </Card>
        }
        .into_any();
    }
    let choices = ReconnectPolicy::ALL.iter().map(|one| Choice::new(one.code(), reconnect_words(*one))).collect();
    view! {
        <Card title=t::policy_title()>
            <Form action=save>
                <Field name="form[due_days]" label=t::policy_due_days() kind=Kind::Number value=policy.due_days.to_string()/>
                <Field name="form[reminders]" label=t::policy_reminders() value=reminders hint=t::policy_reminders_hint()/>
                <Field
                    name="form[grace_hours]"
                    label=t::policy_grace()
                    kind=Kind::Number
                    value=policy.dunning.grace_hours.to_string()
                    hint=t::policy_grace_hint()
                />
                <Select name="form[reconnect]" label=t::policy_reconnect() choices value=policy.reconnect.code()/>
                <p class="small muted">{t::policy_from_now()}</p>
                <div class="row"><Submit>{t::policy_save()}</Submit></div>
            </Form>
        </Card>
    }
    .into_any()
}
