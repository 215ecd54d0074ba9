//! Buildings and units: the list, and one building door by door.

use crate::api::{
    AddUnits, BuildingView, BuildingsListPage, CreateBuilding, SetCoverage, SetUnit, load_building, load_buildings,
};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::crm::BuildingId;
use model::crm::buildings::{BuildingRow, UnitRow, UnitStatus};
use model::crm::leads::Coverage;

/// `/sales/buildings`
#[component]
pub fn BuildingsPage() -> impl IntoView {
    let query = use_query_state();
    let create = ServerAction::<CreateBuilding>::new();
    let page =
        Resource::new(move || (query.get("q").unwrap_or_default(), create.version().get()), |(q, _)| load_buildings(q));
    let crumbs = vec![Crumb::to(t::nav_sales(), "/sales/leads"), Crumb::here(t::buildings_title())];
    view! {
        <PageFrame>
            <PageHeader title=t::buildings_title() crumbs/>
            <Filters><FilterSearch placeholder=t::buildings_search()/></Filters>
            <PageBody>
                <Transition>
                    {move || Suspend::new(async move {
                        match page.await {
                            Ok(page) => view! { <Loaded page create searched=query.get("q").is_some()/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Loaded(page: BuildingsListPage, create: ServerAction<CreateBuilding>, searched: bool) -> impl IntoView {
    let BuildingsListPage { buildings, can_write } = page;
    let body = match (buildings.is_empty(), searched) {
        (true, true) => view! {
            <EmptyState icon=icondata_lu::LuSearchX title=t::buildings_no_match() text=t::buildings_no_match_hint()/>
        }
        .into_any(),
        (true, false) => view! {
            <EmptyState icon=icondata_lu::LuBuilding2 title=t::buildings_none() text=t::buildings_none_hint()/>
        }
        .into_any(),
        (false, _) => view! { <Card title=t::buildings_caption() flush=true><Rows buildings/></Card> }.into_any(),
    };
    view! {
        <div class="lead-page">
            <div>{body}</div>
            {can_write.then(|| view! { <AddCard create/> })}
        </div>
    }
}

#[component]
fn Rows(buildings: Vec<BuildingRow>) -> impl IntoView {
    let head = || {
        view! {
            <Th>{t::buildings_name()}</Th>
            <Th>{t::buildings_area()}</Th>
            <Th>{t::buildings_county()}</Th>
            <Th num=true>{t::buildings_units()}</Th>
            <Th num=true>{t::buildings_active()}</Th>
            <Th num=true>{t::buildings_leads()}</Th>
            <Th>{t::buildings_coverage()}</Th>
        }
    };
    let rows = buildings
        .into_iter()
        .map(|row| {
            let (tone, coverage) = words::coverage(row.coverage);
            view! {
                <Tr>
                    <Td><a class="link" href=format!("/sales/buildings/{}", row.id)>{row.name}</a></Td>
                    <Td label=t::buildings_area()>{row.area}</Td>
                    <Td label=t::buildings_county() muted=true>{row.county}</Td>
                    <Td label=t::buildings_units() num=true>{row.units}</Td>
                    <Td label=t::buildings_active() num=true>{row.active}</Td>
                    <Td label=t::buildings_leads() num=true>{row.leads}</Td>
                    <Td label=t::buildings_coverage()><State tone>{coverage}</State></Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::buildings_caption() head>{rows}</Table> }
}

#[component]
fn AddCard(create: ServerAction<CreateBuilding>) -> impl IntoView {
    view! {
        <Card title=t::buildings_add()>
            <Form action=create>
                <Field name="form[name]" label=t::buildings_name()/>
                <Field name="form[area]" label=t::buildings_area()/>
                <Field name="form[county]" label=t::buildings_county()/>
                <TextArea name="form[units]" label=t::buildings_units_label() hint=t::buildings_units_hint() optional=true/>
                <div class="form__actions"><Submit>{t::buildings_submit()}</Submit></div>
            </Form>
        </Card>
    }
}

/// `/sales/buildings/{id}`
#[component]
pub fn BuildingPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")).and_then(|id| id.parse().ok()).ok_or(AppError::NotFound));
    let (add, cover, set) =
        (ServerAction::<AddUnits>::new(), ServerAction::<SetCoverage>::new(), ServerAction::<SetUnit>::new());
    let state = move || (id.get(), add.version().get(), cover.version().get(), set.version().get());
    let building = Resource::new(state, |(id, ..)| async move { load_building(id?).await });
    view! {
        <PageFrame>
            <Transition>
                {move || Suspend::new(async move {
                    match building.await {
                        Ok(view) => view! { <Building view add cover set/> }.into_any(),
                        Err(AppError::NotFound) => view! { <NotFound home="/sales/buildings"/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Building(
    view: BuildingView,
    add: ServerAction<AddUnits>,
    cover: ServerAction<SetCoverage>,
    set: ServerAction<SetUnit>,
) -> impl IntoView {
    let BuildingView { id, name, area, county, coverage, units, can_write } = view;
    let crumbs = vec![
        Crumb::to(t::nav_sales(), "/sales/leads"),
        Crumb::to(t::buildings_title(), "/sales/buildings"),
        Crumb::here(name.clone()),
    ];
    let (tone, word) = words::coverage(coverage);
    let badge = move || {
        view! {
            <Badge tone>{word}</Badge>
            <span class="small muted">{format!("{area}, {county}")}</span>
        }
    };
    let doors = units.iter().map(|unit| Choice::new(unit.id.to_string(), unit.label.clone())).collect::<Vec<_>>();
    let list = match units.is_empty() {
        true => {
            view! { <EmptyState icon=icondata_lu::LuDoorClosed title=t::building_none() text=t::building_none_hint()/> }
                .into_any()
        }
        false => view! { <Card title=t::building_units() flush=true><Units units/></Card> }.into_any(),
    };
    view! {
        <PageHeader title=name crumbs badge/>
        <PageBody>
            <div class="lead-page">
                <div>{list}</div>
                {can_write.then(|| view! { <Steps id coverage doors add cover set/> })}
            </div>
        </PageBody>
    }
}

#[component]
fn Units(units: Vec<UnitRow>) -> impl IntoView {
    let head = || {
        view! {
            <Th>{t::building_unit()}</Th>
            <Th>{t::building_status()}</Th>
            <Th>{t::building_occupant()}</Th>
        }
    };
    let rows = units
        .into_iter()
        .map(|unit| {
            let (tone, status) = words::unit(unit.status);
            view! {
                <Tr>
                    <Td>{unit.label}</Td>
                    <Td label=t::building_status()><State tone>{status}</State></Td>
                    <Td label=t::building_occupant()>{unit.occupant}</Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::building_units() head>{rows}</Table> }
}

#[component]
fn Steps(
    id: BuildingId,
    coverage: Coverage,
    doors: Vec<Choice>,
    add: ServerAction<AddUnits>,
    cover: ServerAction<SetCoverage>,
    set: ServerAction<SetUnit>,
) -> impl IntoView {
    let coverages = Coverage::ALL.iter().map(|c| Choice::new(c.code(), words::coverage(*c).1)).collect();
    let statuses = UnitStatus::ALL.iter().map(|s| Choice::new(s.code(), words::unit(*s).1)).collect();
    view! {
        <div class="stack stack--4">
            <Card title=t::building_coverage_title()>
                <Form action=cover>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <Select name="coverage" label=t::buildings_coverage() choices=coverages value=coverage.code()/>
                    <div class="form__actions"><Submit look=Look::Plain>{t::building_coverage_submit()}</Submit></div>
                </Form>
            </Card>
            <Card title=t::building_set_title()>
                <Form action=set>
                    <Select name="unit_id" label=t::building_unit() choices=doors empty=t::building_choose_unit()/>
                    <Select name="status" label=t::building_status() choices=statuses/>
                    <div class="form__actions"><Submit look=Look::Plain>{t::building_set_submit()}</Submit></div>
                </Form>
            </Card>
            <Card title=t::building_add_title()>
                <Form action=add>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <TextArea name="units" label=t::buildings_units_label() hint=t::buildings_units_hint()/>
                    <div class="form__actions"><Submit look=Look::Plain>{t::building_add_submit()}</Submit></div>
                </Form>
            </Card>
        </div>
    }
}
