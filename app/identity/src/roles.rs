//! Roles on screen: the list, and one role with its permissions in groups and what it sees of a subscriber.

use crate::api::people::{CopyRole, RemoveRole, RolePageData, SaveRole, read_role, read_roles};
use crate::boxes::Boxes;
use crate::{permissions, t};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::identity::roles::{PermissionBox, PermissionGroup, RoleRow, RoleSheet};
use model::{Audience, FieldClass};

fn audience_words(audience: Audience) -> &'static str {
    match audience {
        Audience::Staff => t::roles_for_staff(),
        Audience::My => t::roles_for_subscribers(),
        Audience::Partner => t::roles_for_resellers(),
        Audience::Platform => t::roles_for_platform(),
    }
}

/// The name of a role: one that is built in, in the reader's language; one of the ISP's own as it is written. No role of
/// its own can have the name of a built-in one.
pub(crate) fn name(stored: &str) -> String {
    let words = match stored {
        "ISP admin" => t::role_isp_admin(),
        "Sales" => t::role_sales(),
        "Billing and finance" => t::role_billing(),
        "Network engineer" => t::role_noc(),
        "Infrastructure and assets" => t::role_infrastructure(),
        "Hotspot admin" => t::role_hotspot_admin(),
        "Technician" => t::role_technician(),
        "Support agent" => t::role_support(),
        "Auditor" => t::role_auditor(),
        "Reseller admin" => t::role_reseller_admin(),
        "Reseller staff" => t::role_reseller_staff(),
        "Reseller, read only" => t::role_reseller_read_only(),
        "Account owner" => t::role_subscriber_owner(),
        "Account user" => t::role_subscriber_user(),
        "Account, read only" => t::role_subscriber_read_only(),
        own => return own.to_owned(),
    };
    words.to_owned()
}

/// The roles of a person, as a list in a line.
pub fn names(stored: &[String]) -> String {
    stored.iter().map(|role| name(role)).collect::<Vec<_>>().join(", ")
}

fn context_words(context: &str) -> String {
    match context {
        "identity" => t::context_identity().into(),
        "catalog" => t::context_catalog().into(),
        "crm" => t::context_crm().into(),
        "billing" => t::context_billing().into(),
        "network" => t::context_network().into(),
        "field" => t::context_field().into(),
        "comms" => t::context_comms().into(),
        "portal" => t::context_portal().into(),
        other => other.to_owned(),
    }
}

/// A class of a subscriber's fields, and what is in it.
fn class_words(class: FieldClass) -> (&'static str, &'static str) {
    match class {
        FieldClass::Basic => (t::class_basic(), t::class_basic_says()),
        FieldClass::Contact => (t::class_contact(), t::class_contact_says()),
        FieldClass::Financial => (t::class_financial(), t::class_financial_says()),
        FieldClass::Technical => (t::class_technical(), t::class_technical_says()),
        FieldClass::Private => (t::class_private(), t::class_private_says()),
    }
}

const CLASSES: [FieldClass; 5] =
    [FieldClass::Basic, FieldClass::Contact, FieldClass::Financial, FieldClass::Technical, FieldClass::Private];

/// `/admin/roles`
#[component]
pub fn RolesPage() -> impl IntoView {
    let list = Resource::new(|| (), |()| read_roles());
    view! {
        <PageFrame>
            <PageHeader title=t::nav_roles() crumbs=vec![Crumb::here(t::nav_admin()), Crumb::here(t::nav_roles())]/>
            <PageBody>
                <p class="muted">{t::roles_lead()}</p>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match list.await {
                            Ok(rows) => view! { <RoleTable rows/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn RoleTable(rows: Vec<RoleRow>) -> impl IntoView {
    let head = || {
        view! {
            <Th>{t::roles_name()}</Th>
            <Th>{t::roles_for()}</Th>
            <Th>{t::roles_kind()}</Th>
            <Th num=true>{t::roles_people()}</Th>
            <Th num=true>{t::roles_permissions()}</Th>
        }
    };
    let lines = rows
        .into_iter()
        .map(|row| {
            let kind = if row.is_built_in { t::roles_built_in() } else { t::roles_own() };
            view! {
                <Tr>
                    <Td><a class="link--quiet" href=format!("/admin/roles/{}", row.id)>{name(&row.name)}</a></Td>
                    <Td label=t::roles_for() muted=true>{audience_words(row.audience)}</Td>
                    <Td label=t::roles_kind() muted=true>{kind}</Td>
                    <Td label=t::roles_people() num=true>{kit::texts::counted(row.people)}</Td>
                    <Td label=t::roles_permissions() num=true>{kit::texts::counted(row.permissions)}</Td>
                </Tr>
            }
        })
        .collect_view();
    view! { <Card title=t::nav_roles() flush=true><Table caption=t::nav_roles() head>{lines}</Table></Card> }
}

/// `/admin/roles/{id}`
#[component]
pub fn RolePage() -> impl IntoView {
    let params = use_params_map();
    let copy = ServerAction::<CopyRole>::new();
    let save = ServerAction::<SaveRole>::new();
    let remove = ServerAction::<RemoveRole>::new();
    let data = Resource::new(
        move || (params.with(|map| map.get("id").unwrap_or_default()), save.version().get()),
        |(id, _)| read_role(id),
    );
    view! {
        <Transition fallback=|| view! { <Skeleton/> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) => view! { <Sheet data copy save remove/> }.into_any(),
                    Err(model::AppError::NotFound) => view! { <NotFound home="/admin/roles"/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Sheet(
    data: RolePageData,
    copy: ServerAction<CopyRole>,
    save: ServerAction<SaveRole>,
    remove: ServerAction<RemoveRole>,
) -> impl IntoView {
    let query = use_query_state();
    let done = move || query.is("done", "saved").then(|| view! { <Note tone=Tone::Ok>{t::admin_saved()}</Note> });
    let RolePageData { sheet, can_copy } = data;
    let row = sheet.row.clone();
    let title = name(&row.name);
    let crumbs =
        vec![Crumb::here(t::nav_admin()), Crumb::to(t::nav_roles(), "/admin/roles"), Crumb::here(title.clone())];
    let kind = if row.is_built_in { t::roles_built_in() } else { t::roles_own() };
    let id = row.id.to_string();
    let of_staff = row.audience == Audience::Staff;
    let removable = sheet.can_write && row.people == 0;
    let (for_copy, for_remove) = (id.clone(), id);
    view! {
        <PageFrame>
            <PageHeader title=title.clone() crumbs badge=move || view! { <Badge>{kind}</Badge> }/>
            <PageBody>
                {done}
                {row.is_built_in.then(|| view! { <Note tone=Tone::Info>{t::roles_read_only()}</Note> })}
                <Who people=sheet.people.clone() count=row.people/>
                {of_staff.then(|| view! { <Classes sheet=sheet.clone()/> })}
                <Permissions sheet=sheet.clone() save/>
                {can_copy
                    .then(|| {
                        view! {
                            <Card title=t::roles_copy()>
                                <Form action=copy>
                                    <input type="hidden" name="form[of]" value=for_copy/>
                                    <Field name="form[name]" label=t::roles_copy_name() value=t::roles_copy_of(title.clone())/>
                                    <div class="row"><Submit look=Look::Plain>{t::roles_copy_submit()}</Submit></div>
                                </Form>
                            </Card>
                        }
                    })}
                {removable
                    .then(|| {
                        view! {
                            <Card title=t::roles_remove()>
                                <Form action=remove>
                                    <input type="hidden" name="id" value=for_remove/>
                                    <p>{t::roles_remove_hint()}</p>
                                    <div class="row"><Submit look=Look::Danger>{t::roles_remove()}</Submit></div>
                                </Form>
                            </Card>
                        }
                    })}
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn Who(people: Vec<String>, count: i64) -> impl IntoView {
    let words = if people.is_empty() { t::roles_nobody().to_owned() } else { people.join(", ") };
    view! { <Card title=t::roles_who() note=kit::texts::counted(count)><p>{words}</p></Card> }
}

/// Which of a subscriber's fields are sent to this role; the rest never leaves the server.
#[component]
fn Classes(sheet: RoleSheet) -> impl IntoView {
    let facts = CLASSES
        .into_iter()
        .map(|class| {
            let (name, says) = class_words(class);
            let (tone, word) = match sheet.classes.contains(&class) {
                true => (Tone::Ok, t::class_seen()),
                false => (Tone::Off, t::class_hidden()),
            };
            view! { <Fact name><State tone>{word}</State>" "<span class="small muted">{says}</span></Fact> }
        })
        .collect_view();
    view! { <Card title=t::roles_classes()><Facts>{facts}</Facts></Card> }
}

#[component]
fn Permissions(sheet: RoleSheet, save: ServerAction<SaveRole>) -> impl IntoView {
    let id = sheet.row.id.to_string();
    let name = sheet.row.name.clone();
    if !sheet.can_write {
        let groups = sheet.groups.into_iter().map(|group| view! { <Chosen group/> }).collect_view();
        return view! { <Card title=t::roles_permissions()><Facts>{groups}</Facts></Card> }.into_any();
    }
    let groups = sheet
        .groups
        .into_iter()
        .map(|group| {
            let box_of = |b: PermissionBox| {
                let words = permissions::words(&b.code, b.says);
                (b.code, words, b.is_chosen, b.can_give)
            };
            let boxes = group.boxes.into_iter().map(box_of).collect();
            view! { <Boxes name="form[permissions]" label=context_words(&group.context) boxes/> }
        })
        .collect_view();
    view! {
        <Card title=t::roles_permissions()>
            <Form action=save>
                <input type="hidden" name="form[id]" value=id/>
                <Field name="form[name]" label=t::roles_name() value=name/>
                {groups}
                <p class="small muted">{t::roles_takes_effect()}</p>
                <div class="row"><Submit>{t::roles_save()}</Submit></div>
            </Form>
        </Card>
    }
    .into_any()
}

/// The permissions of one context that a role has, in words.
#[component]
fn Chosen(group: PermissionGroup) -> impl IntoView {
    let chosen = group.boxes.into_iter().filter(|b| b.is_chosen);
    let words: Vec<String> = chosen.map(|b| permissions::words(&b.code, b.says)).collect();
    (!words.is_empty()).then(|| {
        let list = words.into_iter().map(|words| view! { <li>{words}</li> }).collect_view();
        view! { <Fact name=context_words(&group.context)><ul class="plain-list">{list}</ul></Fact> }
    })
}
