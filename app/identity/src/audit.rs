//! The audit log on screen: who did what to which thing, page by page, with what changed, and whether the chain holds.

use crate::api::admin::{VerifyAudit, read_audit};
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::identity::audit::{AuditFilter, AuditPage, AuditPerson, AuditRow, ChainState, FieldChange};

/// The name that the log keeps for a person without a session.
const NOT_SIGNED_IN: &str = "not signed in";

/// The filter as the address says it.
fn filter_of(query: Query) -> AuditFilter {
    let get = |key| query.get(key).unwrap_or_default();
    AuditFilter {
        actor: get("actor"),
        action: get("action"),
        kind: get("kind"),
        thing: get("thing"),
        from: get("from"),
        until: get("until"),
        after: get("after"),
        before: get("before"),
    }
}

/// `/admin/audit`: all of the filter stands in the address.
#[component]
pub fn AuditLogPage() -> impl IntoView {
    let query = use_query_state();
    let verify = ServerAction::<VerifyAudit>::new();
    let page = Resource::new(move || (filter_of(query), verify.version().get()), |(filter, _)| read_audit(filter));
    view! {
        <PageFrame>
            <PageHeader
                title=t::nav_audit()
                crumbs=vec![Crumb::here(t::nav_admin()), Crumb::here(t::nav_audit())]
                actions=move || view! { <FileLink query/> }
            />
            <PageBody>
                <Transition fallback=|| view! { <Skeleton/> }>
                    {move || Suspend::new(async move {
                        match page.await {
                            Ok(page) => view! { <Log page verify/> }.into_any(),
                            Err(error) => view! { <ErrorState error/> }.into_any(),
                        }
                    })}
                </Transition>
            </PageBody>
        </PageFrame>
    }
}

/// The entries of this filter as a file. It is no page, so the browser asks for it by itself.
#[component]
fn FileLink(query: Query) -> impl IntoView {
    let href = move || {
        let address = query.href_only(&["actor", "action", "kind", "thing", "from", "until"]);
        match address.split_once('?') {
            Some((_, filter)) => format!("/admin/audit.csv?{filter}"),
            None => "/admin/audit.csv".to_owned(),
        }
    };
    view! {
        <a class="btn" href=href rel="external" download="audit.csv">
            <Icon icon=icondata_lu::LuDownload/>
            {t::audit_file()}
        </a>
    }
}

#[component]
fn Log(page: AuditPage, verify: ServerAction<VerifyAudit>) -> impl IntoView {
    let AuditPage { page, people, chain } = page;
    let query = use_query_state();
    let is_filtered = ["actor", "action", "kind", "thing", "from", "until"].iter().any(|key| query.get(key).is_some());
    let (previous, next, shown) = (page.previous, page.next, page.rows.len());
    let rows = match (shown, is_filtered) {
        (0, true) => view! {
            <EmptyState icon=icondata_lu::LuSearchX title=t::audit_no_match() text=t::audit_no_match_text()>
                <LinkButton href="/admin/audit">{t::audit_clear()}</LinkButton>
            </EmptyState>
        }
        .into_any(),
        (0, false) => {
            view! { <EmptyState icon=icondata_lu::LuScrollText title=t::audit_none() text=t::audit_none_text()/> }
                .into_any()
        }
        _ => view! { <Entries rows=page.rows/> }.into_any(),
    };
    view! {
        <Chain chain verify/>
        <FilterForm people/>
        <section class="card clip">
            {rows}
            <Pagination previous next>{t::audit_shown(i64::try_from(shown).unwrap_or(i64::MAX))}</Pagination>
        </section>
    }
}

#[component]
fn Chain(chain: Option<ChainState>, verify: ServerAction<VerifyAudit>) -> impl IntoView {
    let state = match chain {
        None => view! { <State tone=Tone::Off>{t::audit_never_verified()}</State> }.into_any(),
        Some(ChainState { entries, broken_at: None, at }) => view! {
            <State tone=Tone::Ok>{t::audit_verified(entries)}</State>
            " "
            <span class="muted"><When at/></span>
        }
        .into_any(),
        Some(ChainState { broken_at: Some(entry), at, .. }) => view! {
            <State tone=Tone::Danger>{t::audit_broken(entry)}</State>
            " "
            <span class="muted"><When at/></span>
        }
        .into_any(),
    };
    view! {
        <div class="row row--wrap">
            <span>{state}</span>
            <span class="push"><Form action=verify><Submit look=Look::Plain>{t::audit_verify()}</Submit></Form></span>
        </div>
    }
}

/// A form that reads: it works without scripts, and its answer is an address.
#[component]
fn FilterForm(people: Vec<AuditPerson>) -> impl IntoView {
    let query = use_query_state();
    let chosen = query.get("actor").unwrap_or_default();
    let mut choices = vec![Choice::new("job", t::audit_by_program()), Choice::new("my", t::audit_by_subscribers())];
    choices.extend(people.into_iter().map(|person| Choice::new(person.id.to_string(), person.name)));
    let text = move |key| query.get(key).unwrap_or_default();
    view! {
        <leptos_router::components::Form method="GET" action="">
            <div class="filter-form">
                <Select name="actor" label=t::audit_who() choices value=chosen empty=t::audit_anybody()/>
                <Field name="action" label=t::audit_action_begins() kind=Kind::Code value=text("action")/>
                <Field name="kind" label=t::audit_kind() kind=Kind::Code value=text("kind")/>
                <Field name="thing" label=t::audit_thing() kind=Kind::Code value=text("thing")/>
                <Field name="from" label=t::audit_from() kind=Kind::Date value=text("from")/>
                <Field name="until" label=t::audit_until() kind=Kind::Date value=text("until")/>
                <button type="submit" class="btn">{t::audit_filter()}</button>
            </div>
        </leptos_router::components::Form>
    }
}

#[component]
fn Entries(rows: Vec<AuditRow>) -> impl IntoView {
    let head = || {
        view! {
            <Th num=true>{t::audit_entry()}</Th>
            <Th>{t::audit_time()}</Th>
            <Th>{t::audit_who()}</Th>
            <Th>{t::audit_action()}</Th>
            <Th>{t::audit_thing()}</Th>
            <Th>{t::audit_changes()}</Th>
        }
    };
    let lines = rows.into_iter().map(|row| view! { <Entry row/> }).collect_view();
    view! { <Table caption=t::nav_audit() list=true compact=true head>{lines}</Table> }
}

#[component]
fn Entry(row: AuditRow) -> impl IntoView {
    let query = use_query_state();
    let (action, kind, thing) = (row.action.clone(), row.kind.clone(), row.thing.clone());
    let of_action = move || query.href("action", &action);
    let of_thing = format!("/admin/audit?kind={kind}&thing={thing}");
    let address = row.address.clone();
    // An entry that nobody signed in made: sign-in itself, and asking for a password.
    let actor = if row.actor == NOT_SIGNED_IN { t::audit_not_signed_in().to_owned() } else { row.actor };
    view! {
        <Tr>
            <Td label=t::audit_entry() num=true muted=true>{row.seq}</Td>
            <Td label=t::audit_time()>
                <When at=row.at/>
                {row.business_at.map(|at| view! { <br/><span class="small faint nowrap">{t::audit_business()} " " <When at/></span> })}
            </Td>
            <Td label=t::audit_who()>
                {actor}
                {address.map(|address| view! { <br/><span class="small faint mono">{address}</span> })}
            </Td>
            <Td label=t::audit_action()><a class="link--quiet mono" href=of_action>{row.action}</a></Td>
            <Td label=t::audit_thing()><a class="link--quiet" href=of_thing title=thing>{kind}</a></Td>
            <Td label=t::audit_changes()><Changes changes=row.changes reason=row.reason/></Td>
        </Tr>
    }
}

/// A value as people read it: what is stored in cents is written in shillings.
fn shown(field: &str, value: String) -> String {
    match value.parse() {
        Ok(minor) if field.ends_with("_minor") => model::Money::kes(minor).figures(),
        _ => value,
    }
}

/// What was there before and what is there now, field by field.
#[component]
fn Changes(changes: Vec<FieldChange>, reason: Option<String>) -> impl IntoView {
    let list = changes
        .into_iter()
        .map(|change| {
            let shown = |value: String| shown(&change.field, value);
            let before = change.before.map(|value| view! { <del>{shown(value)}</del>" " });
            let after = change.after.map(|value| view! { <ins>{shown(value)}</ins> });
            view! { <li><span class="muted">{change.field}": "</span>{before}{after}</li> }
        })
        .collect_view();
    view! {
        {reason.map(|reason| view! { <p>{t::audit_reason(reason)}</p> })}
        <ul class="changes">{list}</ul>
    }
}
