//! The frame of staff pages: side navigation, top bar, ribbon, the person signed in. On a phone the side bar becomes a
//! bottom bar of five. It shows what it is given: who may see a module is decided elsewhere.

use crate::{
    icon::{BrandMark, Icon, IconData},
    menu::MenuLink,
    prefs::{LangSwitch, ThemeSwitch},
    t,
    toast::{ToastHost, provide_toasts},
    tone::Tone,
    values::Avatar,
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// One entry of the navigation. Its children show while one of them is open.
#[derive(Clone)]
pub struct NavItem {
    pub label: String,
    pub href: String,
    pub icon: Option<IconData>,
    pub count: Option<u64>,
    /// The count is bad news: stray payments.
    pub is_alarm: bool,
    /// Used most by this person: it stands in the bottom bar of a phone.
    pub is_main: bool,
    pub children: Vec<NavItem>,
}

impl NavItem {
    pub fn new(label: impl Into<String>, href: impl Into<String>, icon: IconData) -> Self {
        Self { icon: Some(icon), ..Self::sub(label, href) }
    }

    /// An entry below another one, without icon.
    pub fn sub(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
            icon: None,
            count: None,
            is_alarm: false,
            is_main: false,
            children: Vec::new(),
        }
    }

    pub fn main(mut self, is_main: bool) -> Self {
        self.is_main = is_main;
        self
    }

    pub fn children(mut self, children: Vec<NavItem>) -> Self {
        self.children = children;
        self
    }

    pub fn count(mut self, count: u64, is_alarm: bool) -> Self {
        (self.count, self.is_alarm) = (Some(count), is_alarm);
        self
    }

    /// Whether this entry, or one below it, has this address.
    fn leads_to(&self, href: &str) -> bool {
        self.href == href || self.children.iter().any(|child| child.href == href)
    }
}

/// The address of the entry that the page at `path` belongs to: the longest that the page is or lies below.
/// `/noc/approvals` is an entry of its own and not one more page of `/noc`.
fn current(items: &[NavItem], path: &str) -> Option<String> {
    let hrefs = items.iter().flat_map(|item| std::iter::once(&item.href).chain(item.children.iter().map(|c| &c.href)));
    hrefs.filter(|href| is_below(path, href)).max_by_key(|href| href.len()).cloned()
}

/// How many entries the bottom bar of a phone has room for.
const BAR: usize = 5;

/// Which entries stand in the bottom bar of a phone: all, or beside "More" the main ones and then the first.
fn in_bar(items: &[NavItem]) -> Vec<bool> {
    if items.len() <= BAR {
        return vec![true; items.len()];
    }
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|at| !items[*at].is_main);
    order.truncate(BAR - 1);
    (0..items.len()).map(|at| order.contains(&at)).collect()
}

/// The current entry's address, for the links inside the frame.
#[derive(Clone, Copy)]
struct Here(Memo<Option<String>>);

/// `/billing/invoices/7` lies below `/billing/invoices`; everything does not lie below `/`.
pub(crate) fn is_below(path: &str, href: &str) -> bool {
    path == href || (href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')))
}

/// Who is signed in, as the corner shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub role: String,
    pub profile_href: String,
    pub sign_out_href: String,
}

/// The frame. `search` and `tools` fill the top bar, `ribbon` stands above all. The children are `PageFrame` and,
/// beside it, a `SidePanel`.
#[component]
pub fn Shell(
    /// The tenant's name.
    #[prop(into)]
    brand: String,
    items: Vec<NavItem>,
    person: Person,
    #[prop(optional, into)] search: ViewFnOnce,
    #[prop(optional, into)] tools: ViewFnOnce,
    #[prop(optional, into)] ribbon: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    provide_toasts();
    let modules = items.clone();
    let (entries, path) = (StoredValue::new(items.clone()), use_location().pathname);
    provide_context(Here(Memo::new(move |_| path.with(|path| entries.with_value(|items| current(items, path))))));
    view! {
        <a class="btn skip" href="#main" rel="external">{t::skip()}</a>
        <div class="app">
            // One row, also of two ribbons: a demo in which somebody views as somebody else.
            <div>{ribbon.run()}</div>
            <div class="shell">
                <div class="shell__side">
                    <a class="brand" href="/">
                        <BrandMark/>
                        <span class="brand__name truncate">{brand}</span>
                    </a>
                    <SideNav items/>
                    <PersonMenu person/>
                </div>
                <header class="shell__bar">
                    {search.run()}
                    <div class="row push">{tools.run()}</div>
                </header>
                <SubNav modules/>
                <main class="shell__main" id="main" tabindex="-1">{children()}</main>
            </div>
        </div>
        <ToastHost/>
    }
}

/// Whether the open page belongs to an entry or to one below it.
fn is_open(item: &NavItem, here: Memo<Option<String>>) -> bool {
    here.with(|here| here.as_deref().is_some_and(|href| item.leads_to(href)))
}

#[component]
fn SideNav(items: Vec<NavItem>) -> impl IntoView {
    let Here(here) = expect_context();
    let in_bar = in_bar(&items);
    let rest: Vec<_> =
        items.iter().zip(&in_bar).filter(|(_, in_bar)| !**in_bar).map(|(item, _)| item.clone()).collect();
    let entries = items
        .into_iter()
        .zip(in_bar)
        .map(|(item, in_bar)| {
            let (children, me) = (item.children.clone(), item.clone());
            let sub = move || {
                (!children.is_empty() && is_open(&me, here)).then(|| {
                    let links =
                        children.iter().cloned().map(|item| view! { <NavLink item current="page"/> }).collect_view();
                    view! { <div class="nav__sub">{links}</div> }
                })
            };
            let current = if item.children.is_empty() { "page" } else { "true" };
            view! { <NavLink item current in_bar/>{sub} }
        })
        .collect_view();
    let more = (!rest.is_empty()).then(|| view! { <More rest/> });
    view! { <nav class="nav" aria-label=t::nav_modules()>{entries}{more}</nav> }
}

/// The last place of a phone's bottom bar: it opens the entries that have no room there, and is marked when one of them
/// is open.
#[component]
fn More(rest: Vec<NavItem>) -> impl IntoView {
    let Here(here) = expect_context();
    let rest = StoredValue::new(rest);
    let is_here = move || rest.with_value(|rest| rest.iter().any(|item| is_open(item, here)));
    // Made anew when another entry is open, and so closed: a menu stays open over the page that its link led to.
    let menu = move || {
        here.track();
        let links = rest.get_value().into_iter().map(|item| {
            view! { <MenuLink href=item.href icon=item.icon.unwrap_or(icondata_lu::LuCircle)>{item.label}</MenuLink> }
        });
        view! { <div id="nav-rest" popover="auto" class="menu nav__rest">{links.collect_view()}</div> }
    };
    view! {
        <button
            type="button"
            class="nav__item nav__more"
            popovertarget="nav-rest"
            aria-current=move || is_here().then_some("true")
        >
            <Icon icon=icondata_lu::LuEllipsis/>
            <span class="nav__name">{t::more()}</span>
        </button>
        {menu}
    }
}

/// The pages of the open module, above the content where the side bar is too narrow for them.
#[component]
fn SubNav(modules: Vec<NavItem>) -> impl IntoView {
    let Here(here) = expect_context();
    move || {
        let open = modules.iter().find(|module| is_open(module, here));
        open.filter(|module| !module.children.is_empty()).map(|module| {
            let links =
                module.children.iter().cloned().map(|item| view! { <NavLink item current="page"/> }).collect_view();
            view! { <nav class="shell__sub" aria-label=module.label.clone()>{links}</nav> }
        })
    }
}

#[component]
fn NavLink(item: NavItem, current: &'static str, #[prop(default = true)] in_bar: bool) -> impl IntoView {
    let Here(here) = expect_context();
    let me = item.clone();
    let count_class = if item.is_alarm { "nav__count nav__count--danger" } else { "nav__count" };
    let name_class = if item.icon.is_some() { "nav__name" } else { "truncate" };
    view! {
        <a
            class="nav__item"
            class:nav__item--rest=!in_bar
            href=item.href
            title=item.label
            aria-current=move || is_open(&me, here).then_some(current)
        >
            {item.icon.map(|icon| view! { <Icon icon/> })}
            <span class=name_class>{item.label.clone()}</span>
            {item.count.map(|count| view! { <span class=count_class>{model::money::grouped(count)}</span> })}
        </a>
    }
}

#[component]
fn PersonMenu(person: Person) -> impl IntoView {
    let name = format!("{}, {}", person.name, person.role);
    view! {
        <button type="button" class="who" popovertarget="person-menu" aria-label=name>
            <Avatar name=person.name.clone()/>
            <span class="truncate">
                <span class="medium">{person.name}</span>
                <br/>
                <span class="small faint">{person.role}</span>
            </span>
            <span class="push faint"><Icon icon=icondata_lu::LuEllipsis/></span>
        </button>
        <div id="person-menu" popover="auto" class="menu menu--start">
            <MenuLink href=person.profile_href icon=icondata_lu::LuUserRound>{t::nav_profile()}</MenuLink>
            <div class="menu__title">{t::theme_title()}</div>
            <ThemeSwitch/>
            <div class="menu__title">{t::nav_language()}</div>
            <LangSwitch/>
            <div class="menu__rule"></div>
            <MenuLink href=person.sign_out_href icon=icondata_lu::LuLogOut external=true>{t::nav_sign_out()}</MenuLink>
        </div>
    }
}

/// Whether live updates arrive, in the top bar: a shape and a word.
#[component]
pub fn LiveState(#[prop(into)] tone: Signal<Tone>, #[prop(into)] word: Signal<String>) -> impl IntoView {
    view! {
        <span class="state small muted" role="status">
            {move || view! { <crate::tone::StateDot tone=tone.get()/> }}
            {move || word.get()}
        </span>
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_entry_is_current_on_the_pages_below_it() {
        assert!(super::is_below("/billing/invoices/7", "/billing/invoices"));
        assert!(!super::is_below("/billing/invoices-old", "/billing/invoices"));
        assert!(super::is_below("/", "/"));
        assert!(!super::is_below("/billing", "/"));
    }

    #[test]
    fn a_phone_has_room_for_five_and_what_is_used_most_comes_first() {
        let item = |label: &str, is_main| super::NavItem::sub(label, label).main(is_main);
        let few = ["a", "b", "c", "d", "e"].map(|label| item(label, false));
        assert_eq!(super::in_bar(&few), [true; 5]);
        let many = [("a", true), ("b", false), ("c", false), ("d", false), ("e", false), ("f", true)];
        let many = many.map(|(label, is_main)| item(label, is_main));
        assert_eq!(super::in_bar(&many), [true, true, true, false, false, true]);
    }

    #[test]
    fn the_longest_address_that_holds_the_page_is_current() {
        let noc = super::NavItem::sub("Network", "/noc").children(vec![super::NavItem::sub("Overview", "/noc")]);
        let items = [super::NavItem::sub("Approvals", "/noc/approvals"), noc];
        assert_eq!(super::current(&items, "/noc/approvals").as_deref(), Some("/noc/approvals"));
        assert_eq!(super::current(&items, "/noc").as_deref(), Some("/noc"));
        assert_eq!(super::current(&items, "/billing"), None);
    }
}
