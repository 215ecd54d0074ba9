//! `/platform`: what operators of the installation see, in a frame of its own. No ISP's frame is around it, and no
//! subscriber is on it.

use crate::api::operators::{AddIsp, SignOutPlatform, read_isps};
use crate::setup::IspFields;
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::identity::operators::IspRow;

/// `/platform`
#[component]
pub fn PlatformPage() -> impl IntoView {
    let sign_out = ServerAction::<SignOutPlatform>::new();
    let add = ServerAction::<AddIsp>::new();
    let isps = Resource::new(move || add.version().get(), |_| read_isps());
    let query = use_query_state();
    let added = move || query.is("done", "added").then(|| view! { <Note tone=Tone::Ok>{t::platform_added()}</Note> });
    view! {
        <leptos_meta::Title text=t::platform_title()/>
        <div class="partner">
            <header class="partner__bar">
                <span class="partner__brand"><BrandMark/><span>{t::platform_title()}</span></span>
                <span class="row push">
                    <LangSwitch/>
                    <a class="btn btn--small" href="/platform/second-factor">{t::profile_factor()}</a>
                    <ActionForm action=sign_out>
                        <button class="btn btn--small">{t::profile_sign_out()}</button>
                    </ActionForm>
                </span>
            </header>
            <main class="partner__main" tabindex="0">
                <h1 class="visually-hidden">{t::platform_title()}</h1>
                <div class="partner__8 stack stack--3">
                    {added}
                    <Transition fallback=|| view! { <Skeleton/> }>
                        {move || Suspend::new(async move {
                            match isps.await {
                                Ok(rows) => view! { <Isps rows/> }.into_any(),
                                Err(error) => view! { <ErrorState error/> }.into_any(),
                            }
                        })}
                    </Transition>
                </div>
                <div class="partner__4">
                    <Card title=t::platform_add()>
                        <Form action=add>
                            <IspFields of="form"/>
                            <Field name="form[code]" label=t::isp_code() hint=t::platform_code_hint() optional=true/>
                            <div class="row"><Submit>{t::setup_submit()}</Submit></div>
                        </Form>
                    </Card>
                </div>
            </main>
        </div>
    }
}

#[component]
fn Isps(rows: Vec<IspRow>) -> impl IntoView {
    if rows.is_empty() {
        return view! {
            <EmptyState icon=icondata_lu::LuBuilding2 title=t::platform_none() text=t::platform_none_text()/>
        }
        .into_any();
    }
    let rows = rows.into_iter().map(|row| view! { <Line row/> }).collect_view();
    let head = || {
        view! {
            <Th>{t::platform_name()}</Th>
            <Th>{t::platform_code()}</Th>
            <Th>{t::platform_hosts()}</Th>
            <Th>{t::platform_created()}</Th>
            <Th num=true>{t::platform_staff()}</Th>
            <Th num=true>{t::platform_services()}</Th>
            <Th><span class="visually-hidden">{t::view_isp_title()}</span></Th>
        }
    };
    view! {
        <Card title=t::platform_isps() flush=true><Table caption=t::platform_isps() head>{rows}</Table></Card>
    }
    .into_any()
}

#[component]
fn Line(row: IspRow) -> impl IntoView {
    let hosts = match row.hosts.is_empty() {
        true => t::platform_no_host().to_owned(),
        false => row.hosts.join(", "),
    };
    view! {
        <Tr>
            <Td><b class="medium">{row.name}</b></Td>
            <Td label=t::platform_code() mono=true>{row.code}</Td>
            <Td label=t::platform_hosts()>{hosts}</Td>
            <Td label=t::platform_created()><Day date=row.created_at.date_naive()/></Td>
            <Td label=t::platform_staff() num=true>{kit::texts::counted(row.staff)}</Td>
            <Td label=t::platform_services() num=true>{kit::texts::counted(row.services)}</Td>
            <Td><a class="link" href=format!("/platform/isps/{}/enter", row.id)>{t::platform_enter()}</a></Td>
        </Tr>
    }
}
