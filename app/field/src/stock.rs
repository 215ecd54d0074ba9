//! Equipment by serial: where each piece is, taking pieces in, moving them between store, repair and the heap.

use crate::api::{AddWarehouse, MoveStock, ReceiveStock, StockPageData, load_stock};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use model::field::stock::{StockKind, StockRow, StockState, WarehouseRow};

/// The forms of the page.
#[derive(Clone, Copy)]
struct Actions {
    receive: ServerAction<ReceiveStock>,
    add: ServerAction<AddWarehouse>,
    shift: ServerAction<MoveStock>,
}

/// `/field/stock`
#[component]
pub fn StockPage() -> impl IntoView {
    let query = use_query_state();
    let get = move |key| query.get(key).unwrap_or_default();
    let actions = Actions { receive: ServerAction::new(), add: ServerAction::new(), shift: ServerAction::new() };
    let versions =
        move || (actions.receive.version().get(), actions.add.version().get(), actions.shift.version().get());
    let tab = move || query.one_of("tab", &StockState::ALL.iter().map(|state| state.code()).collect::<Vec<_>>());
    let page = Resource::new(
        move || (tab(), get("q"), get("after"), versions()),
        |(tab, search, after, _)| load_stock(tab, search, after),
    );
    view! {
        <PageFrame>
            <Transition>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <Loaded page actions/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })}
            </Transition>
        </PageFrame>
    }
}

#[component]
fn Loaded(page: StockPageData, actions: Actions) -> impl IntoView {
    let StockPageData { list, can_write, time } = page;
    provide_context(time);
    let query = use_query_state();
    let count = |state: StockState| list.counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    let mut tabs = vec![Tab::new("", t::stock_all()).count(list.counts.iter().map(|(_, n)| n).sum())];
    tabs.extend(StockState::ALL.iter().map(|s| Tab::new(s.code(), words::stock_state(*s).1).count(count(*s))));
    let shown = list.page.rows.len();
    let body = match (shown, list.counts.is_empty()) {
        (0, true) => view! {
            <EmptyState icon=icondata_lu::LuPackage title=t::stock_none() text=t::stock_none_hint()/>
        }
        .into_any(),
        (0, false) => view! {
            <EmptyState icon=icondata_lu::LuSearchX title=t::stock_no_match() text=t::stock_no_match_hint()>
                <LinkButton href=query.href_only(&[])>{t::stock_clear()}</LinkButton>
            </EmptyState>
        }
        .into_any(),
        _ => {
            let next = list.page.next.clone();
            view! {
                <section class="card clip"><Rows rows=list.page.rows can_write shift=actions.shift/></section>
                <Pagination previous=None next>{t::stock_shown(shown as i64)}</Pagination>
            }
            .into_any()
        }
    };
    let forms = can_write.then(|| {
        view! {
            <div class="work-page">
                <ReceiveCard stores=list.warehouses action=actions.receive/>
                <StoreCard action=actions.add/>
            </div>
        }
    });
    view! {
        <PageHeader
            title=t::stock_title()
            actions=move || can_write.then(|| view! { <LinkButton look=Look::Primary href="#add".to_owned()>{t::stock_add()}</LinkButton> })
        />
        <Tabs name=t::stock_tabs() tabs/>
        <Filters><FilterSearch placeholder=t::stock_search()/></Filters>
        <PageBody>{body}{forms}</PageBody>
    }
}

#[component]
fn Rows(rows: Vec<StockRow>, can_write: bool, shift: ServerAction<MoveStock>) -> impl IntoView {
    let head = move || {
        view! {
            <Th>{t::stock_serial()}</Th>
            <Th>{t::stock_kind()}</Th>
            <Th>{t::stock_product()}</Th>
            <Th>{t::stock_state()}</Th>
            <Th>{t::stock_where()}</Th>
            <Th>{t::stock_since()}</Th>
            {can_write.then(|| view! { <Th><span class="visually-hidden">{t::stock_moves()}</span></Th> })}
        }
    };
    let rows = rows
        .into_iter()
        .map(|row| {
            let (tone, state) = words::stock_state(row.state);
            let place = match row.state {
                StockState::Installed => row.subscriber.clone(),
                StockState::Assigned => row.work_order.clone(),
                _ => row.warehouse.clone(),
            };
            let moves = can_write.then(|| view! { <Moves row=row.clone() shift/> });
            let since = row.since;
            view! {
                <Tr>
                    <Td mono=true>{row.serial}</Td>
                    <Td label=t::stock_kind()>{words::stock_kind(row.kind)}</Td>
                    <Td label=t::stock_product()>{row.product}</Td>
                    <Td label=t::stock_state()><State tone>{state}</State></Td>
                    <Td label=t::stock_where()>{place}</Td>
                    <Td label=t::stock_since() muted=true><When at=since/></Td>
                    {moves.map(|moves| view! { <Td><span class="row row--wrap">{moves}</span></Td> })}
                </Tr>
            }
        })
        .collect_view();
    view! { <Table caption=t::stock_caption() head>{rows}</Table> }
}

/// The steps that are a store's own: reserving and installing belong to work orders.
#[component]
fn Moves(row: StockRow, shift: ServerAction<MoveStock>) -> impl IntoView {
    let steps = [
        (StockState::InStock, t::stock_move_to_stock()),
        (StockState::Repair, t::stock_move_to_repair()),
        (StockState::Retired, t::stock_move_to_retired()),
    ];
    let from = row.state;
    steps
        .into_iter()
        .filter(|(to, _)| from != StockState::Assigned && from != StockState::Installed && from.can_become(*to))
        .map(|(to, verb)| {
            let label = t::stock_move_of(&row.serial, verb);
            view! {
                <ActionForm action=shift>
                    <input type="hidden" name="id" value=row.id.to_string()/>
                    <input type="hidden" name="to" value=to.code()/>
                    <button class="btn btn--ghost btn--small" aria-label=label>{verb}</button>
                </ActionForm>
            }
        })
        .collect_view()
}

#[component]
fn ReceiveCard(stores: Vec<WarehouseRow>, action: ServerAction<ReceiveStock>) -> impl IntoView {
    let only = if stores.len() == 1 { stores[0].id.to_string() } else { String::new() };
    let stores = stores.into_iter().map(|store| Choice::new(store.id.to_string(), store.name)).collect();
    let kinds = StockKind::ALL.iter().map(|kind| Choice::new(kind.code(), words::stock_kind(*kind))).collect();
    view! {
        <Card title=t::stock_add() id="add">
            <Form action>
                <Field name="form[serial]" label=t::stock_serial() kind=Kind::Code/>
                <Select name="form[kind]" label=t::stock_kind() choices=kinds/>
                <Field name="form[product]" label=t::stock_product()/>
                <Field name="form[mac]" label=t::stock_mac() kind=Kind::Code optional=true/>
                <Select
                    name="form[warehouse_id]"
                    label=t::stock_store()
                    choices=stores
                    value=only
                    empty=t::stock_choose_store()
                />
                <div class="form__actions"><Submit>{t::stock_submit()}</Submit></div>
            </Form>
        </Card>
    }
}

#[component]
fn StoreCard(action: ServerAction<AddWarehouse>) -> impl IntoView {
    view! {
        <Card title=t::stock_store_add()>
            <Form action>
                <Field name="name" label=t::stock_store_name()/>
                <div class="form__actions"><Submit look=Look::Plain>{t::stock_store_submit()}</Submit></div>
            </Form>
        </Card>
    }
}
