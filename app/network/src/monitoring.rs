//! `/admin/settings/monitoring`: the address to which a monitoring system reports.

use crate::api::{RenewMonitoring, read_monitoring};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;

/// What a monitoring system sends.
const EXAMPLE: &str = r#"{"device": "OLT-2", "state": "down", "source": "zabbix"}"#;

/// `/admin/settings/monitoring`
#[component]
pub fn MonitoringPage() -> impl IntoView {
    let query = use_query_state();
    let renew = ServerAction::<RenewMonitoring>::new();
    let address = Resource::new(move || renew.version().get(), |_| read_monitoring());
    let done =
        move || query.is("done", "renewed").then(|| view! { <Note tone=Tone::Ok>{t::monitoring_renewed()}</Note> });
    let crumbs = vec![Crumb::to(t::monitoring_settings(), "/admin/settings"), Crumb::here(t::monitoring_title())];
    view! {
        <PageFrame>
            <PageHeader title=t::monitoring_title() crumbs/>
            <PageBody>
                {done}
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match address.await {
                            Ok(address) => view! { <Loaded address renew/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Loaded(address: Option<String>, renew: ServerAction<RenewMonitoring>) -> impl IntoView {
    let is_there = address.is_some();
    let facts = address.map(|value| {
        view! {
            <Facts>
                <Fact name=t::monitoring_address()>
                    <span class="hook-address"><Copy value what=t::monitoring_address() mono=true/></span>
                </Fact>
                <Fact name=t::monitoring_body()><code class="mono">{EXAMPLE}</code></Fact>
            </Facts>
        }
    });
    let (hint, verb) = match is_there {
        true => (t::monitoring_renew_hint(), t::monitoring_renew()),
        false => (t::monitoring_none(), t::monitoring_make()),
    };
    view! {
        <Card title=t::monitoring_card()>
            <p class="small muted">{t::monitoring_lead()}</p>
            {facts}
            <Form action=renew>
                <p class="small muted">{hint}</p>
                <div class="row">
                    <Submit look=if is_there { Look::Plain } else { Look::Primary }>{verb}</Submit>
                </div>
            </Form>
        </Card>
    }
}
