//! Routers that ask RADIUS: the list and the form for one. Secrets are typed here and never shown.

use crate::api::{Choices, NasModel, RemoveNas, SaveNas, nas_list};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::network::nas::{NasRow, NasVendor};

/// `/network/nas`; `?open=<id>` shows one router's form beside the list.
#[component]
pub fn NasPage() -> impl IntoView {
    let save = ServerAction::<SaveNas>::new();
    let remove = ServerAction::<RemoveNas>::new();
    let routers = Resource::new(move || (save.version().get(), remove.version().get()), |_| nas_list());
    let query = use_query_state();
    view! {
        <PageFrame>
            <PageHeader title=t::nas_title()/>
            <PageBody>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || {
                        // What is open is read while it is drawn, so another row draws it anew.
                        let _ = query.get("open");
                        Suspend::new(async move {
                            match routers.await {
                                Ok(model) => view! { <Routers model save remove/> }.into_any(),
                                Err(error) => view! { <ErrorState error/> }.into_any(),
                            }
                        })
                    }}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Routers(model: NasModel, save: ServerAction<SaveNas>, remove: ServerAction<RemoveNas>) -> impl IntoView {
    provide_context(model.time);
    let NasModel { routers, sites, can_write, .. } = model;
    let query = use_query_state();
    let open = routers.iter().find(|router| query.is("open", &router.id.to_string())).cloned();
    let head = || {
        view! {
            <Th>{t::name()}</Th>
            <Th>{t::address()}</Th>
            <Th>{t::nas_vendor()}</Th>
            <Th>{t::site()}</Th>
            <Th num=true>{t::nas_sessions()}</Th>
            <Th>{t::nas_seen()}</Th>
        }
    };
    let table = if routers.is_empty() {
        view! { <EmptyState icon=icondata_lu::LuRouter title=t::nas_none() text=t::nas_none_hint()/> }.into_any()
    } else {
        let rows = routers.into_iter().map(|router| view! { <Row router can_write/> }).collect_view();
        view! { <Table caption=t::nas_title() head=head>{rows}</Table> }.into_any()
    };
    view! {
        <Card
            title=t::nas_title()
            flush=true
            actions=move || can_write.then(|| view! { <LinkButton size=Size::Small href="#add".to_owned()>{t::nas_new()}</LinkButton> })
        >{table}</Card>
        {can_write.then(|| view! { <RouterForm router=open sites save remove/> })}
    }
}

#[component]
fn Row(router: NasRow, can_write: bool) -> impl IntoView {
    let query = use_query_state();
    let id = router.id.to_string();
    let href = query.href_keep("open", &id);
    let name = if can_write {
        view! { <a class="link--quiet" href=href>{router.name}</a> }.into_any()
    } else {
        router.name.into_any()
    };
    view! {
        <Tr open=Signal::derive(move || query.is("open", &id))>
            <Td>{name}</Td>
            <Td label=t::address() mono=true>{router.address.to_string()}</Td>
            <Td label=t::nas_vendor()>{words::vendor(router.vendor)}</Td>
            <Td label=t::site()>{router.site.unwrap_or_default()}</Td>
            <Td label=t::nas_sessions() num=true>{kit::texts::counted(router.sessions)}</Td>
            <Td label=t::nas_seen()>
                {match router.last_seen_at {
                    Some(at) => view! { <When at age=true/> }.into_any(),
                    None => view! { <span class="faint">{t::nas_never()}</span> }.into_any(),
                }}
            </Td>
        </Tr>
    }
}

#[component]
fn RouterForm(
    router: Option<NasRow>,
    sites: Choices,
    save: ServerAction<SaveNas>,
    remove: ServerAction<RemoveNas>,
) -> impl IntoView {
    let vendors = NasVendor::OFFERED.map(|vendor| Choice::new(vendor.code(), words::vendor(vendor))).into();
    let site = router.as_ref().and_then(|r| r.site.clone());
    let site_id =
        sites.iter().find(|(_, name)| Some(name) == site.as_ref()).map(|(id, _)| id.clone()).unwrap_or_default();
    let sites = sites.into_iter().map(|(id, name)| Choice::new(id, name)).collect();
    let text = |pick: fn(&NasRow) -> String| router.as_ref().map(pick).unwrap_or_default();
    let id = text(|r| r.id.to_string());
    let (name, address, port) =
        (text(|r| r.name.clone()), text(|r| r.address.to_string()), text(|r| r.coa_port.to_string()));
    let title = router.as_ref().map_or_else(|| t::nas_new().to_owned(), |r| r.name.clone());
    let vendor = router.as_ref().map_or(NasVendor::MikroTik, |r| r.vendor.offered()).code();
    let is_strict = router.as_ref().is_none_or(|r| r.requires_message_authenticator);
    let hint = if router.is_some() { t::nas_secret_keep() } else { t::nas_secret_hint() };
    let known = router.is_some().then(|| id.clone());
    view! {
        <Card title=title id="add">
            <Form action=save>
                <input type="hidden" name="form[id]" value=id/>
                <div class="form-grid">
                    <Field name="form[name]" label=t::name() value=name/>
                    <Field
                        name="form[address]"
                        label=t::address()
                        kind=Kind::Code
                        value=address
                        hint=t::nas_address_hint()
                    />
                    <Select name="form[vendor]" label=t::nas_vendor() choices=vendors value=vendor/>
                    <Field name="form[secret]" label=t::nas_secret() kind=Kind::Password hint autocomplete="new-password"/>
                    <Field
                        name="form[coa_port]"
                        label=t::nas_coa_port()
                        kind=Kind::Number
                        value=port
                        optional=true
                        hint=t::nas_coa_port_hint()
                    />
                    <Select name="form[site_id]" label=t::site() choices=sites value=site_id empty=t::no_site() optional=true/>
                </div>
                <Checkbox
                    name="form[requires_message_authenticator]"
                    label=t::nas_strict()
                    checked=is_strict
                    hint=t::nas_strict_hint()
                />
                <Submit>{t::nas_save()}</Submit>
            </Form>
            {known.map(|id| {
                view! {
                    <Form action=remove>
                        <input type="hidden" name="id" value=id/>
                        <p class="small muted">{t::nas_remove_hint()}</p>
                        <Submit look=Look::Danger>{t::nas_remove()}</Submit>
                    </Form>
                }
            })}
        </Card>
    }
}
