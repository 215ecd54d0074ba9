//! Address pools: what there is, how much of it is used, and who has an address.

use crate::api::{Choices, CreatePool, PoolModel, PoolsModel, pool_detail, pool_list};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::network::PoolId;
use model::network::pools::{PoolKind, PoolRow};

/// From this share on a pool will soon be full.
const NEARLY_FULL_PERCENT: i64 = 85;

/// `/network/pools`
#[component]
pub fn PoolsPage() -> impl IntoView {
    let create = ServerAction::<CreatePool>::new();
    let pools = Resource::new(move || create.version().get(), |_| pool_list());
    view! {
        <PageFrame>
            <PageHeader title=t::pools_title()/>
            <PageBody>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match pools.await {
                            Ok(model) => view! { <Pools model create/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Pools(model: PoolsModel, create: ServerAction<CreatePool>) -> impl IntoView {
    let PoolsModel { pools, sites, can_write } = model;
    let head = || {
        view! {
            <Th>{t::name()}</Th>
            <Th>{t::pools_kind()}</Th>
            <Th>{t::pools_network()}</Th>
            <Th>{t::site()}</Th>
            <Th num=true>{t::pools_used()}</Th>
            <Th>{t::pools_share()}</Th>
        }
    };
    let table = if pools.is_empty() {
        view! {
            <EmptyState icon=icondata_lu::LuNetwork title=t::pools_none() text=t::pools_none_hint()/>
        }
        .into_any()
    } else {
        let rows = pools.into_iter().map(row).collect_view();
        view! { <Table caption=t::pools_title() head=head>{rows}</Table> }.into_any()
    };
    view! {
        <Card
            title=t::pools_title()
            flush=true
            actions=move || can_write.then(|| view! { <LinkButton size=Size::Small href="#add".to_owned()>{t::pools_new()}</LinkButton> })
        >{table}</Card>
        {can_write.then(|| view! { <NewPool sites create/> })}
    }
}

fn row(pool: PoolRow) -> impl IntoView {
    let href = format!("/network/pools/{}", pool.id);
    let percent = percent(&pool);
    let tone = match percent {
        100.. => Tone::Danger,
        NEARLY_FULL_PERCENT.. => Tone::Warn,
        _ => Tone::Ok,
    };
    let label = t::pools_meter(pool.used, pool.size);
    let meter = label.clone();
    let network = match pool.delegated_length {
        Some(length) => format!("{} → /{length}", pool.network),
        None => pool.network.to_string(),
    };
    view! {
        <Tr>
            <Td><a class="link--quiet" href=href>{pool.name}</a></Td>
            <Td label=t::pools_kind()>{words::pool_kind(pool.kind)}</Td>
            <Td label=t::pools_network() mono=true>{network}</Td>
            <Td label=t::site()>{pool.site.unwrap_or_else(|| t::everywhere().into())}</Td>
            <Td label=t::pools_used() num=true>{label}</Td>
            <Td label=t::pools_share()>
                <span class="pool-meter">
                    <Meter parts=vec![Part::new(pool.used as f64, tone)] total=pool.size as f64 label=meter/>
                    <span class="small muted num">{format!("{percent} %")}</span>
                </span>
            </Td>
        </Tr>
    }
}

fn percent(pool: &PoolRow) -> i64 {
    if pool.size > 0 { (i128::from(pool.used) * 100 / i128::from(pool.size)) as i64 } else { 100 }
}

#[component]
fn NewPool(sites: Choices, create: ServerAction<CreatePool>) -> impl IntoView {
    let kinds = PoolKind::ALL.iter().map(|kind| Choice::new(kind.code(), words::pool_kind(*kind))).collect();
    let sites = sites.into_iter().map(|(id, name)| Choice::new(id, name)).collect();
    view! {
        <Card title=t::pools_new() id="add">
            <Form action=create>
                <div class="form-grid">
                    <Field name="form[name]" label=t::name()/>
                    <Select name="form[kind]" label=t::pools_kind() choices=kinds value="v4"/>
                    <Field name="form[network]" label=t::pools_network() kind=Kind::Code hint=t::pools_network_hint()/>
                    <Field name="form[gateway]" label=t::pools_gateway() kind=Kind::Code optional=true hint=t::pools_gateway_hint()/>
                    <Field
                        name="form[delegated_length]"
                        label=t::pools_length()
                        kind=Kind::Number
                        optional=true
                        hint=t::pools_length_hint()
                    />
                    <Select name="form[site_id]" label=t::site() choices=sites empty=t::everywhere() optional=true/>
                </div>
                <Submit>{t::pools_create()}</Submit>
            </Form>
        </Card>
    }
}

/// `/network/pools/:id`
#[component]
pub fn PoolPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_state();
    let pool = Resource::new(
        move || (params.with(|p| p.get("id")), query.get("q").unwrap_or_default()),
        |(id, q)| async move {
            let id: PoolId = id.and_then(|id| id.parse().ok()).ok_or(AppError::NotFound)?;
            pool_detail(id, q).await
        },
    );
    view! {
        <Transition fallback=|| view! { <Skeleton/> }>
            {move || Suspend::new(async move {
                match pool.await {
                    Ok(model) => view! { <Pool model/> }.into_any(),
                    Err(AppError::NotFound) => view! { <NotFound home="/network/pools"/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Pool(model: PoolModel) -> impl IntoView {
    provide_context(model.time);
    let PoolModel { pool, holders, .. } = model;
    let crumbs = vec![Crumb::to(t::pools_title(), "/network/pools"), Crumb::here(pool.name.clone())];
    let head = || {
        view! {
            <Th>{t::address()}</Th>
            <Th>{t::subscriber()}</Th>
            <Th>{t::pools_from()}</Th>
            <Th>{t::pools_until()}</Th>
        }
    };
    let rows = holders
        .into_iter()
        .map(|holder| {
            let until = match holder.until {
                Some(until) => view! { <When at=until/> }.into_any(),
                None => view! { <State tone=Tone::Ok>{t::pools_now()}</State> }.into_any(),
            };
            view! {
                <Tr>
                    <Td mono=true>{holder.network.to_string()}</Td>
                    <Td label=t::subscriber()>{holder.subscriber}</Td>
                    <Td label=t::pools_from()><When at=holder.from/></Td>
                    <Td label=t::pools_until()>{until}</Td>
                </Tr>
            }
        })
        .collect_view();
    let note = t::pools_meter(pool.used, pool.size);
    view! {
        <PageFrame>
            <PageHeader title=pool.name.clone() crumbs/>
            <Filters><FilterSearch placeholder=t::pools_search()/></Filters>
            <PageBody>
                <Card title=format!("{} {}", words::pool_kind(pool.kind), pool.network) note flush=true>
                    <Table caption=t::pools_holders() head=head>{rows}</Table>
                </Card>
            </PageBody>
        </PageFrame>
    }
}
