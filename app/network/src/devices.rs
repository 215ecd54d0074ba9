//! Devices and sites: what there is, how it stands, what it hangs on.

use crate::api::{Choices, DevicesModel, HangBuilding, HangService, ReportDevice, SaveDevice, SaveSite, device_list};
use crate::report::ReportForm;
use crate::{live, t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::network::DeviceId;
use model::network::devices::{DeviceKind, DeviceRow, Position};
use model::network::sites::SiteRow;
use std::collections::BTreeMap;

/// The forms that say what hangs on a device.
#[derive(Clone, Copy)]
struct Hang {
    building: ServerAction<HangBuilding>,
    service: ServerAction<HangService>,
}

/// `/network/devices`; `?tab=sites` lists the sites, `?open=<id>` shows one device's form.
#[component]
pub fn DevicesPage() -> impl IntoView {
    let save = ServerAction::<SaveDevice>::new();
    let save_site = ServerAction::<SaveSite>::new();
    let report = ServerAction::<ReportDevice>::new();
    let hang = Hang { building: ServerAction::new(), service: ServerAction::new() };
    let changed = live::changes(&["network.device_changed"]);
    let hung = move || (hang.building.version().get(), hang.service.version().get());
    let devices = Resource::new(
        move || (save.version().get(), save_site.version().get(), report.version().get(), hung(), changed.get()),
        |_| device_list(),
    );
    let query = use_query_state();
    view! {
        <PageFrame>
            <PageHeader title=t::devices_title()/>
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || Suspend::new(async move {
                    match devices.await {
                        Ok(model) => view! { <Devices model save save_site/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
        <Transition>
            {move || {
                let open = query.get("open");
                Suspend::new(async move {
                    let model = devices.await.ok();
                    let found = model.and_then(|model| {
                        let device = model.devices.iter().find(|d| Some(d.id.to_string()) == open).cloned()?;
                        Some((model, device))
                    });
                    found.map(|(model, device)| view! { <DevicePanel model device save report hang/> })
                })
            }}
        </Transition>
    }
}

#[component]
fn Devices(model: DevicesModel, save: ServerAction<SaveDevice>, save_site: ServerAction<SaveSite>) -> impl IntoView {
    provide_context(model.time);
    let DevicesModel { devices, sites, can_write, .. } = model;
    let query = use_query_state();
    let tabs = vec![
        Tab::new("", t::devices_title()).count(devices.len() as u64),
        Tab::new("sites", t::sites_title()).count(sites.len() as u64),
    ];
    // Opening a device does not make the table anew.
    let is_sites = Memo::new(move |_| query.is("tab", "sites"));
    let body = move || match is_sites.get() {
        true => view! { <Sites sites=sites.clone() can_write save_site/> }.into_any(),
        false => view! { <DeviceTable devices=devices.clone() sites=sites.clone() can_write save/> }.into_any(),
    };
    view! {
        <Tabs name=t::devices_title() tabs/>
        <PageBody>{body}</PageBody>
    }
}

#[component]
fn DeviceTable(
    devices: Vec<DeviceRow>,
    sites: Vec<SiteRow>,
    can_write: bool,
    save: ServerAction<SaveDevice>,
) -> impl IntoView {
    let query = use_query_state();
    let parents = parents(&devices);
    let names: BTreeMap<DeviceId, String> = devices.iter().map(|d| (d.id, d.name.clone())).collect();
    let is_empty = devices.is_empty();
    let head = || {
        view! {
            <Th>{t::name()}</Th>
            <Th>{t::status()}</Th>
            <Th>{t::devices_kind()}</Th>
            <Th>{t::site()}</Th>
            <Th>{t::devices_parent()}</Th>
            <Th>{t::address()}</Th>
            <Th num=true>{t::devices_subscribers()}</Th>
            <Th>{t::since()}</Th>
        }
    };
    let rows = devices
        .into_iter()
        .map(|device| {
            let (tone, word) = words::device_state(device.state);
            let parent = device.parent_id.and_then(|id| names.get(&id).cloned());
            let id = device.id.to_string();
            let href = query.href_keep("open", &id);
            view! {
                <Tr open=Signal::derive(move || query.is("open", &id))>
                    <Td><a class="link--quiet" href=href>{device.name}</a></Td>
                    <Td label=t::status()><State tone>{word}</State></Td>
                    <Td label=t::devices_kind()>{words::device_kind(device.kind)}</Td>
                    <Td label=t::site()>{device.site}</Td>
                    <Td label=t::devices_parent()>{parent}</Td>
                    <Td label=t::address() mono=true>{device.address.map(|a| a.to_string())}</Td>
                    <Td label=t::devices_subscribers() num=true>{kit::texts::counted(device.subscribers)}</Td>
                    <Td label=t::since()><When at=device.since age=true/></Td>
                </Tr>
            }
        })
        .collect_view();
    let table = if is_empty {
        view! { <EmptyState icon=icondata_lu::LuServer title=t::devices_none() text=t::devices_none_hint()/> }
            .into_any()
    } else {
        view! { <Table caption=t::devices_title() head=head>{rows}</Table> }.into_any()
    };
    view! {
        <Card
            title=t::devices_title()
            flush=true
            actions=move || can_write.then(|| view! { <LinkButton size=Size::Small href="#add".to_owned()>{t::devices_new()}</LinkButton> })
        >{table}</Card>
        {can_write.then(|| view! {
            <Card title=t::devices_new() id="add"><DeviceForm device=None sites parents save/></Card>
        })}
    }
}

fn parents(devices: &[DeviceRow]) -> Vec<Choice> {
    devices.iter().map(|d| Choice::new(d.id.to_string(), d.name.clone())).collect()
}

/// The open device beside the list.
#[component]
fn DevicePanel(
    model: DevicesModel,
    device: DeviceRow,
    save: ServerAction<SaveDevice>,
    report: ServerAction<ReportDevice>,
    hang: Hang,
) -> impl IntoView {
    provide_context(model.time);
    let DevicesModel { devices, sites, buildings, can_write, .. } = model;
    let (tone, word) = words::device_state(device.state);
    let (shown, title) = (device.clone(), device.name.clone());
    let below = kit::texts::counted(device.subscribers);
    let since = device.since;
    view! {
        <SidePanel title badge=move || view! { <State tone>{word}</State> }>
            <Facts>
                <Fact name=t::devices_subscribers()>{below}</Fact>
                <Fact name=t::since()><When at=since age=true/></Fact>
            </Facts>
            {can_write.then(|| view! {
                <p class="small muted">{t::devices_report_hint()}</p>
                <ReportForm device=shown report/>
                <HangForms device=device.id buildings hang/>
                <DeviceForm device=Some(device) sites parents=parents(&devices) save/>
            })}
        </SidePanel>
    }
}

/// What hangs on the open device is told here: a building with all its services, or one service.
#[component]
fn HangForms(device: DeviceId, buildings: Choices, hang: Hang) -> impl IntoView {
    let buildings = buildings.into_iter().map(|(id, name)| Choice::new(id, name)).collect();
    view! {
        <Form action=hang.building id="hang-building">
            <input type="hidden" name="form[device_id]" value=device.to_string()/>
            <Select
                name="form[building_id]"
                label=t::devices_building()
                choices=buildings
                empty=t::choose()
                hint=t::devices_building_hint()
            />
            <Submit look=Look::Plain>{t::devices_hang()}</Submit>
        </Form>
        <Form action=hang.service id="hang-service">
            <input type="hidden" name="form[device_id]" value=device.to_string()/>
            <Field
                name="form[username]"
                label=t::devices_service()
                kind=Kind::Code
                hint=t::devices_service_hint()
            />
            <Submit look=Look::Plain>{t::devices_hang()}</Submit>
        </Form>
    }
}

#[component]
fn DeviceForm(
    device: Option<DeviceRow>,
    sites: Vec<SiteRow>,
    parents: Vec<Choice>,
    save: ServerAction<SaveDevice>,
) -> impl IntoView {
    let kinds = DeviceKind::ALL.iter().map(|kind| Choice::new(kind.code(), words::device_kind(*kind))).collect();
    let sites = sites.into_iter().map(|site| Choice::new(site.id.to_string(), site.name)).collect();
    let text = |pick: fn(&DeviceRow) -> Option<String>| device.as_ref().and_then(pick).unwrap_or_default();
    let id = text(|d| Some(d.id.to_string()));
    let (name, kind, site) = (
        text(|d| Some(d.name.clone())),
        text(|d| Some(d.kind.code().into())),
        text(|d| d.site_id.map(|s| s.to_string())),
    );
    let parent = text(|d| d.parent_id.map(|p| p.to_string()));
    let (address, position) = (text(|d| d.address.map(|a| a.to_string())), text(|d| d.position.map(written)));
    // The form stands twice on the page: for the open device and for a new one.
    let form_id = if device.is_some() { "device" } else { "new-device" };
    view! {
            <Form action=save id=form_id>
                <input type="hidden" name="form[id]" value=id/>
                <div class="form-grid">
                    <Field name="form[name]" label=t::name() value=name/>
                    <Select
                        name="form[kind]"
                        label=t::devices_kind()
                        choices=kinds
                        value=kind
                        empty=t::choose()
                    />
                    <Select
                        name="form[site_id]"
                        label=t::site()
                        choices=sites
                        value=site
                        empty=t::no_site()
                        optional=true
                    />
                    <Select
                        name="form[parent_id]"
                        label=t::devices_parent()
                        choices=parents
                        value=parent
                        empty=t::devices_no_parent()
                        optional=true
                    />
                    <Field
                        name="form[address]"
                        label=t::address()
                        kind=Kind::Code
                        value=address
                        optional=true
                    />
                    <Field
                        name="form[position]"
                        label=t::position()
                        kind=Kind::Code
                        value=position
                        optional=true
                        hint=t::devices_position_hint()
                    />
                </div>
                <Submit>{t::devices_save()}</Submit>
            </Form>
    }
}

/// As map programs copy it, and as the form reads it back.
fn written(position: Position) -> String {
    format!("{:.5}, {:.5}", position.latitude, position.longitude)
}

#[component]
fn Sites(sites: Vec<SiteRow>, can_write: bool, save_site: ServerAction<SaveSite>) -> impl IntoView {
    let head = || {
        view! {
            <Th>{t::name()}</Th>
            <Th>{t::county()}</Th>
            <Th>{t::position()}</Th>
            <Th num=true>{t::devices_title()}</Th>
            <Th num=true>{t::devices_subscribers()}</Th>
        }
    };
    let rows = sites
        .into_iter()
        .map(|site| {
            view! {
                <Tr>
                    <Td>{site.name}</Td>
                    <Td label=t::county()>{site.county}</Td>
                    <Td label=t::position() mono=true>{site.position.map(written)}</Td>
                    <Td label=t::devices_title() num=true>{kit::texts::counted(site.devices)}</Td>
                    <Td label=t::devices_subscribers() num=true>{kit::texts::counted(site.subscribers)}</Td>
                </Tr>
            }
        })
        .collect_view();
    view! {
        <Card
            title=t::sites_title()
            flush=true
            actions=move || can_write.then(|| view! { <LinkButton size=Size::Small href="#add".to_owned()>{t::sites_new()}</LinkButton> })
        ><Table caption=t::sites_title() head=head>{rows}</Table></Card>
        {can_write.then(|| {
            view! {
                <Card title=t::sites_new() id="add">
                    <Form action=save_site>
                        <div class="form-grid">
                            <Field name="form[name]" label=t::name()/>
                            <Field name="form[county]" label=t::county()/>
                            <Field
                                name="form[position]"
                                label=t::position()
                                kind=Kind::Code
                                optional=true
                                hint=t::sites_position_hint()
                            />
                        </div>
                        <Submit>{t::sites_save()}</Submit>
                    </Form>
                </Card>
            }
        })}
    }
}
