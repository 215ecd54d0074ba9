//! Plans on screen: the shelf with a form for a new one, and a plan with its prices by date.

use crate::api::{PlanSheet, SavePlan, SetPlanSold, Shelf, read_plan, read_plans};
use crate::{t, words};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::Currency;
use model::catalog::plans::{BillingMode, PlanKind, PlanRow, TaxTreatment};
use model::catalog::speeds::{Speeds, shown};

/// `/admin/plans`
#[component]
pub fn PlansPage() -> impl IntoView {
    let save = ServerAction::<SavePlan>::new();
    let sold = ServerAction::<SetPlanSold>::new();
    let shelf = Resource::new(move || (save.version().get(), sold.version().get()), |_| read_plans());
    view! {
        <PageFrame>
            <PageHeader title=t::nav_plans()/>
            <PageBody>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match shelf.await {
                            Ok(shelf) => view! { <PlanShelf shelf save sold/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn PlanShelf(shelf: Shelf, save: ServerAction<SavePlan>, sold: ServerAction<SetPlanSold>) -> impl IntoView {
    let (currency, can_write) = (shelf.currency, shelf.can_write);
    let table = match shelf.plans.is_empty() {
        true => view! { <EmptyState icon=icondata_lu::LuPackage title=t::plans_empty() text=t::plans_empty_text()/> }
            .into_any(),
        false => view! { <PlanTable plans=shelf.plans currency can_write sold/> }.into_any(),
    };
    view! {
        {table}
        {can_write
            .then(|| {
                view! {
                    <Card title=t::plans_add() id="add">
                        <Form action=save>
                            <PlanFields currency/>
                            <div class="row"><Submit>{t::plans_save_new()}</Submit></div>
                        </Form>
                    </Card>
                }
            })}
    }
}

#[component]
fn PlanTable(
    plans: Vec<PlanRow>,
    currency: Currency,
    can_write: bool,
    sold: ServerAction<SetPlanSold>,
) -> impl IntoView {
    let rows = plans
        .into_iter()
        .map(|plan| {
            let id = plan.current.plan_id.to_string();
            let href = format!("/admin/plans/{id}");
            let (word, tone) =
                if plan.is_sold { (t::plans_on_shelf(), Tone::Ok) } else { (t::plans_off_shelf(), Tone::Off) };
            let verb = if plan.is_sold { t::plans_take_off() } else { t::plans_put_on() };
            view! {
                <Tr>
                    <Td><a class="link--quiet" href=href>{plan.current.name}</a></Td>
                    <Td label=t::plans_kind() muted=true>{words::kind(plan.current.kind)}</Td>
                    <Td label=t::plans_speed()>{plan.current.speeds.map(speeds_text)}</Td>
                    <Td label=t::plans_price() num=true><Amount money=plan.current.price/></Td>
                    <Td label=t::plans_setup_fee() num=true><Amount money=plan.current.setup_fee/></Td>
                    <Td label=t::plans_services() num=true>{model::money::grouped(plan.services.unsigned_abs())}</Td>
                    <Td label=t::plans_since()><Day date=plan.current.valid_from/></Td>
                    <Td><State tone>{word}</State></Td>
                    {can_write
                        .then(|| {
                            view! {
                                <Td>
                                    <ActionForm action=sold>
                                        <input type="hidden" name="id" value=id/>
                                        <input type="hidden" name="is_sold" value=(!plan.is_sold).to_string()/>
                                        <button type="submit" class="btn btn--small">{verb}</button>
                                    </ActionForm>
                                </Td>
                            }
                        })}
                </Tr>
            }
        })
        .collect_view();
    let head = move || {
        view! {
            <Th>{t::plans_name()}</Th>
            <Th>{t::plans_kind()}</Th>
            <Th>{t::plans_speed()}</Th>
            <Th num=true unit=currency.sign()>{t::plans_price()}</Th>
            <Th num=true unit=currency.sign()>{t::plans_setup_fee()}</Th>
            <Th num=true>{t::plans_services()}</Th>
            <Th>{t::plans_since()}</Th>
            <Th>""</Th>
            {can_write.then(|| view! { <Th>""</Th> })}
        }
    };
    view! { <Card title=t::nav_plans() flush=true actions=move || can_write.then(|| view! { <LinkButton size=Size::Small href="#add".to_owned()>{t::plans_add()}</LinkButton> })><Table caption=t::nav_plans() head>{rows}</Table></Card> }
}

/// `20 Mbps / 10 Mbps`: down, then up.
fn speeds_text(speeds: Speeds) -> String {
    format!("{} / {}", shown(speeds.down_kbps), shown(speeds.up_kbps))
}

/// What a form takes back: kilobits as Mbps.
fn mbps(kbps: u32) -> String {
    shown(kbps).split(' ').next().unwrap_or_default().to_owned()
}

/// The fields of a plan; filled from `plan` for a new price.
#[component]
fn PlanFields(currency: Currency, #[prop(optional)] plan: Option<PlanRow>) -> impl IntoView {
    let current = plan.as_ref().map(|plan| plan.current.clone());
    let text = |of: fn(&model::catalog::plans::PlanVersionView) -> String| current.as_ref().map(of).unwrap_or_default();
    let id = text(|plan| plan.plan_id.to_string());
    let kinds = [PlanKind::Fibre, PlanKind::Wireless, PlanKind::Hotspot];
    let kinds: Vec<Choice> = kinds.iter().map(|kind| Choice::new(kind.code(), words::kind(*kind))).collect();
    let taxes: Vec<Choice> = TaxTreatment::ALL.iter().map(|tax| Choice::new(tax.code(), words::tax(*tax))).collect();
    let kind = current.as_ref().map_or(PlanKind::Fibre, |plan| plan.kind).code();
    let tax = current.as_ref().map_or(TaxTreatment::ExciseAndVat, |plan| plan.tax).code();
    let with_tax = current.as_ref().is_none_or(|plan| plan.price_includes_tax);
    let fee = text(|plan| if plan.setup_fee.is_zero() { String::new() } else { plan.setup_fee.short_figures() });
    view! {
        <input type="hidden" name="form[id]" value=id/>
        <input type="hidden" name="form[mode]" value=BillingMode::PostpaidMonthly.code()/>
        <Field name="form[name]" label=t::plans_name() value=text(|plan| plan.name.clone())/>
        <Field
            name="form[description]"
            label=t::plans_description()
            value=plan.as_ref().and_then(|plan| plan.description.clone()).unwrap_or_default()
            optional=true
        />
        <Select name="form[kind]" label=t::plans_kind() choices=kinds value=kind/>
        <Field
            name="form[speed_down]"
            label=t::plans_down()
            kind=Kind::Number
            value=text(|plan| plan.speeds.map(|speeds| mbps(speeds.down_kbps)).unwrap_or_default())
        />
        <Field
            name="form[speed_up]"
            label=t::plans_up()
            kind=Kind::Number
            value=text(|plan| plan.speeds.map(|speeds| mbps(speeds.up_kbps)).unwrap_or_default())
        />
        <Field name="form[price]" label=t::plans_price() kind=Kind::Money(currency) value=text(|plan| plan.price.short_figures())/>
        <Field name="form[setup_fee]" label=t::plans_setup_fee() kind=Kind::Money(currency) value=fee optional=true/>
        <Checkbox name="form[price_includes_tax]" label=t::plans_with_tax() checked=with_tax/>
        <Select name="form[tax]" label=t::plans_tax() choices=taxes value=tax/>
        <Field name="form[valid_from]" label=t::plans_from() kind=Kind::Date hint=t::plans_from_hint() optional=true/>
    }
}

/// `/admin/plans/{id}`
#[component]
pub fn PlanPage() -> impl IntoView {
    let params = use_params_map();
    let save = ServerAction::<SavePlan>::new();
    let sheet = Resource::new(
        move || (params.with(|map| map.get("id").unwrap_or_default()), save.version().get()),
        |(id, _)| read_plan(id),
    );
    view! {
        <Transition fallback=|| view! { <Skeleton/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => view! { <Plan sheet save/> }.into_any(),
                    Err(model::AppError::NotFound) => view! { <NotFound home="/admin/plans"/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Plan(sheet: PlanSheet, save: ServerAction<SavePlan>) -> impl IntoView {
    let name = sheet.plan.current.name.clone();
    let crumbs = vec![Crumb::to(t::nav_plans(), "/admin/plans"), Crumb::here(name.clone())];
    let (today, currency) = (sheet.today, sheet.plan.current.price.currency);
    let rows = sheet
        .versions
        .into_iter()
        .rev()
        .map(|version| {
            view! {
                <Tr>
                    <Td><Day date=version.valid_from today/></Td>
                    <Td label=t::plans_price() num=true><Amount money=version.price/></Td>
                    <Td label=t::plans_setup_fee() num=true><Amount money=version.setup_fee/></Td>
                    <Td label=t::plans_speed()>{version.speeds.map(speeds_text)}</Td>
                    <Td label=t::plans_tax() muted=true>{words::tax(version.tax)}</Td>
                </Tr>
            }
        })
        .collect_view();
    let head = move || {
        view! {
            <Th>{t::plans_from()}</Th>
            <Th num=true unit=currency.sign()>{t::plans_price()}</Th>
            <Th num=true unit=currency.sign()>{t::plans_setup_fee()}</Th>
            <Th>{t::plans_speed()}</Th>
            <Th>{t::plans_tax()}</Th>
        }
    };
    let plan = sheet.plan;
    view! {
        <PageFrame>
            <PageHeader title=name.clone() crumbs/>
            <PageBody>
                <Card title=t::plans_versions() flush=true><Table caption=t::plans_versions() head>{rows}</Table></Card>
                {sheet
                    .can_write
                    .then(|| {
                        view! {
                            <Card title=t::plans_new_price(name)>
                                <Form action=save>
                                    <PlanFields currency plan=plan/>
                                    <div class="row"><Submit>{t::plans_save_price()}</Submit></div>
                                </Form>
                            </Card>
                        }
                    })}
            </PageBody>
        </PageFrame>
    }
}
