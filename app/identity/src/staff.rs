//! The ISP's people on screen: the list with the form to invite, and one person with everything that can be done.

use crate::api::people::{
    InvitePerson, ResetPersonFactor, SendPersonLink, SetPersonBlocked, SetPersonContact, SetPersonRoles, SignPersonOut,
    StaffList, read_person, read_staff,
};
use crate::boxes::Boxes;
use crate::{roles, t};
use kit::prelude::*;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::Lang;
use model::identity::staff::{RoleChoice, StaffRow, StaffSheet, StaffState};

pub(crate) fn state_words(state: StaffState) -> (Tone, &'static str) {
    match state {
        StaffState::Active => (Tone::Ok, t::staff_active()),
        StaffState::Invited => (Tone::Info, t::staff_invited()),
        StaffState::Blocked => (Tone::Off, t::staff_blocked()),
    }
}

/// `/admin/staff`
#[component]
pub fn StaffPage() -> impl IntoView {
    let query = use_query_state();
    let invite = ServerAction::<InvitePerson>::new();
    let asked =
        move || (query.get("q").unwrap_or_default(), query.get("state").unwrap_or_default(), invite.version().get());
    let list = Resource::new(asked, |(q, state, _)| read_staff(q, state));
    let crumbs = vec![Crumb::here(t::nav_admin()), Crumb::here(t::nav_staff())];
    let to_form = move || {
        view! {
            <Transition>
                {move || Suspend::new(async move {
                    let may = list.await.is_ok_and(|list| list.invite.is_some());
                    may.then(|| view! { <a class="btn btn--primary" href="#invite" rel="external">{t::staff_invite()}</a> })
                })}
            </Transition>
        }
    };
    view! {
        <PageFrame>
            <PageHeader title=t::nav_staff() crumbs actions=to_form/>
            <Tabs
                name=t::nav_staff()
                key="state"
                tabs=vec![
                    Tab::new("", t::staff_all()),
                    Tab::new("active", t::staff_active()),
                    Tab::new("invited", t::staff_invited()),
                    Tab::new("blocked", t::staff_blocked()),
                ]
            />
            <Filters><FilterSearch placeholder=t::staff_search()/></Filters>
            <PageBody>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match list.await {
                            Ok(list) => view! { <People list invite/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

#[component]
fn People(list: StaffList, invite: ServerAction<InvitePerson>) -> impl IntoView {
    let head = || {
        view! {
            <Th>{t::staff_name()}</Th>
            <Th>{t::staff_login()}</Th>
            <Th>{t::staff_roles()}</Th>
            <Th>{t::staff_state()}</Th>
            <Th>{t::staff_factor()}</Th>
            <Th>{t::staff_seen()}</Th>
        }
    };
    let table = match list.rows.is_empty() {
        true => {
            view! { <EmptyState icon=icondata_lu::LuUsers title=t::staff_none() text=t::staff_none_text()/> }.into_any()
        }
        false => {
            let rows = list.rows.into_iter().map(|row| view! { <Line row/> }).collect_view();
            view! { <Card title=t::nav_staff() flush=true><Table caption=t::nav_staff() head>{rows}</Table></Card> }
                .into_any()
        }
    };
    view! {
        {table}
        {list.invite.map(|roles| view! { <InviteCard roles invite/> })}
    }
}

#[component]
fn Line(row: StaffRow) -> impl IntoView {
    let (tone, word) = state_words(row.state);
    let factor = if row.has_second_factor { t::staff_factor_on() } else { t::staff_factor_off() };
    view! {
        <Tr>
            <Td><a class="link--quiet" href=format!("/admin/staff/{}", row.id)>{row.full_name}</a></Td>
            <Td label=t::staff_login() mono=true>{row.name}</Td>
            <Td label=t::staff_roles()>{roles::names(&row.roles)}</Td>
            <Td label=t::staff_state()><State tone>{word}</State></Td>
            <Td label=t::staff_factor() muted=true>{factor}</Td>
            <Td label=t::staff_seen() muted=true>{row.seen_at.map(|at| view! { <When at/> })}</Td>
        </Tr>
    }
}

#[component]
fn InviteCard(roles: Vec<RoleChoice>, invite: ServerAction<InvitePerson>) -> impl IntoView {
    view! {
        <div id="invite">
            <Card title=t::staff_invite()>
                <Form action=invite>
                    <Field name="form[full_name]" label=t::staff_name()/>
                    <Field name="form[phone]" label=t::staff_phone() kind=Kind::Phone hint=t::staff_phone_hint() optional=true/>
                    <Field name="form[email]" label=t::staff_email() kind=Kind::Email hint=t::staff_email_hint() optional=true/>
                    <LangSelect lang=None/>
                    <RoleBoxes roles/>
                    <div class="row"><Submit>{t::staff_invite_submit()}</Submit></div>
                </Form>
            </Card>
        </div>
    }
}

#[component]
fn LangSelect(lang: Option<Lang>) -> impl IntoView {
    let choices = Lang::ALL.iter().map(|lang| Choice::new(lang.code(), lang.own_name())).collect();
    let value = lang.map(Lang::code).unwrap_or_default();
    view! { <Select name="form[lang]" label=t::staff_lang() choices value empty=t::staff_lang_isp() optional=true/> }
}

#[component]
fn RoleBoxes(roles: Vec<RoleChoice>) -> impl IntoView {
    let boxes =
        roles.into_iter().map(|role| (role.id.to_string(), roles::name(&role.name), role.is_chosen, true)).collect();
    view! { <Boxes name="form[roles]" label=t::staff_roles() boxes/> }
}

/// The actions of one person's page.
#[derive(Clone, Copy)]
struct Acts {
    contact: ServerAction<SetPersonContact>,
    roles: ServerAction<SetPersonRoles>,
    block: ServerAction<SetPersonBlocked>,
    link: ServerAction<SendPersonLink>,
    factor: ServerAction<ResetPersonFactor>,
    out: ServerAction<SignPersonOut>,
}

/// `/admin/staff/{id}`
#[component]
pub fn PersonPage() -> impl IntoView {
    let params = use_params_map();
    let acts = Acts {
        contact: ServerAction::new(),
        roles: ServerAction::new(),
        block: ServerAction::new(),
        link: ServerAction::new(),
        factor: ServerAction::new(),
        out: ServerAction::new(),
    };
    let versions = move || {
        (
            params.with(|map| map.get("id").unwrap_or_default()),
            [
                acts.contact.version().get(),
                acts.roles.version().get(),
                acts.block.version().get(),
                acts.link.version().get(),
                acts.factor.version().get(),
                acts.out.version().get(),
            ],
        )
    };
    let sheet = Resource::new(versions, |(id, _)| read_person(id));
    view! {
        <Transition fallback=|| view! { <Skeleton/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => view! { <PersonSheet sheet acts/> }.into_any(),
                    Err(model::AppError::NotFound) => view! { <NotFound home="/admin/staff"/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What was just done, said above the page.
pub(crate) fn done_words(done: &str) -> Option<&'static str> {
    match done {
        "invited" => Some(t::staff_done_invited()),
        "sent" => Some(t::staff_done_sent()),
        "signed_out" => Some(t::staff_done_out()),
        "saved" => Some(t::admin_saved()),
        _ => None,
    }
}

#[component]
fn PersonSheet(sheet: StaffSheet, acts: Acts) -> impl IntoView {
    let query = use_query_state();
    let done = move || {
        query.get("done").and_then(|done| done_words(&done)).map(|words| view! { <Note tone=Tone::Ok>{words}</Note> })
    };
    let (tone, word) = state_words(sheet.row.state);
    let name = sheet.row.full_name.clone();
    let crumbs =
        vec![Crumb::here(t::nav_admin()), Crumb::to(t::nav_staff(), "/admin/staff"), Crumb::here(name.clone())];
    let row = sheet.row.clone();
    let log = format!("/admin/audit?actor={}", row.id);
    let may = sheet.can_write && !sheet.is_self;
    let doings = may.then(|| view! { <Doings row=row.clone() acts/> });
    let contact = sheet.can_write.then(|| view! { <ContactCard sheet=sheet.clone() acts/> });
    let roles = may.then(|| {
        let (id, roles) = (row.id.to_string(), sheet.roles.clone());
        view! {
            <Card title=t::staff_roles()>
                <Form action=acts.roles>
                    <input type="hidden" name="form[id]" value=id/>
                    <RoleBoxes roles/>
                    <div class="row"><Submit>{t::staff_roles_save()}</Submit></div>
                </Form>
            </Card>
        }
    });
    view! {
        <PageFrame>
            <PageHeader title=name crumbs badge=move || view! { <Badge tone>{word}</Badge> }/>
            <PageBody>
                {done}
                {sheet.is_self.then(|| view! { <Note tone=Tone::Info>{t::staff_is_self()}</Note> })}
                <Card title=t::staff_facts()>
                    <Facts>
                        <Fact name=t::staff_login()><span class="mono">{row.name.clone()}</span></Fact>
                        <Fact name=t::staff_roles()>{roles::names(&row.roles)}</Fact>
                        <Fact name=t::staff_factor()>
                            {if row.has_second_factor { t::staff_factor_on() } else { t::staff_factor_off() }}
                        </Fact>
                        <Fact name=t::staff_sessions()>{kit::texts::counted(row.sessions)}</Fact>
                        <Fact name=t::staff_seen()>
                            {match row.seen_at {
                                Some(at) => view! { <When at/> }.into_any(),
                                None => t::staff_never().into_any(),
                            }}
                        </Fact>
                        <Fact name=t::staff_audit()>
                            <a class="link" href=log>{t::staff_audit_link()}</a>
                        </Fact>
                    </Facts>
                </Card>
                {doings}
                {contact}
                {roles}
            </PageBody>
        </PageFrame>
    }
}

/// The steps that need no field: link, sessions, second factor, blocking.
#[component]
fn Doings(row: StaffRow, acts: Acts) -> impl IntoView {
    let id = row.id.to_string();
    let is_blocked = row.state == StaffState::Blocked;
    let link = if row.state == StaffState::Invited { t::staff_link_invite() } else { t::staff_link_reset() };
    let (block, look) = match is_blocked {
        true => (t::staff_unblock(), Look::Plain),
        false => (t::staff_block(), Look::Danger),
    };
    let hidden = move || view! { <input type="hidden" name="id" value=id.clone()/> };
    let (for_link, for_out, for_factor, for_block) = (hidden.clone(), hidden.clone(), hidden.clone(), hidden);
    view! {
        <Card title=t::staff_doings()>
            <div class="admin-acts">
                {(!is_blocked).then(|| view! {
                    <Form action=acts.link>{for_link()}<Submit look=Look::Plain>{link}</Submit></Form>
                    <Form action=acts.out>{for_out()}<Submit look=Look::Plain>{t::staff_sign_out()}</Submit></Form>
                })}
                {row.has_second_factor.then(|| view! {
                    <Form action=acts.factor>{for_factor()}<Submit look=Look::Plain>{t::staff_reset_factor()}</Submit></Form>
                })}
                <Form action=acts.block>
                    {for_block()}
                    <input type="hidden" name="is_blocked" value=(!is_blocked).to_string()/>
                    <Submit look>{block}</Submit>
                </Form>
            </div>
        </Card>
    }
}

#[component]
fn ContactCard(sheet: StaffSheet, acts: Acts) -> impl IntoView {
    view! {
        <Card title=t::staff_contact()>
            <Form action=acts.contact>
                <input type="hidden" name="form[id]" value=sheet.row.id.to_string()/>
                <Field name="form[full_name]" label=t::staff_name() value=sheet.row.full_name/>
                <Field
                    name="form[phone]"
                    label=t::staff_phone()
                    kind=Kind::Phone
                    value=sheet.phone.map(|phone| phone.to_string()).unwrap_or_default()
                    optional=true
                />
                <Field
                    name="form[email]"
                    label=t::staff_email()
                    kind=Kind::Email
                    value=sheet.email.unwrap_or_default()
                    optional=true
                />
                <LangSelect lang=sheet.lang/>
                <div class="row"><Submit>{t::staff_contact_save()}</Submit></div>
            </Form>
        </Card>
    }
}
