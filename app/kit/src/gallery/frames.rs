//! The two frames with sample content, rendered by the tests to look at them.

use crate::prelude::*;
use leptos::prelude::*;
use model::Money;

/// A list with its panel in the staff frame.
#[component]
pub(super) fn ShellSample() -> impl IntoView {
    let sub = |label: &str, href: &str| NavItem::sub(label, href);
    let items = vec![
        NavItem::new("Subscribers", "/subscribers", icondata_lu::LuUsers),
        NavItem::new("Sales", "/sales", icondata_lu::LuHandshake),
        NavItem::new("Billing", "/billing", icondata_lu::LuReceiptText).children(vec![
            sub("Invoices", "/billing/invoices").count(212, false),
            sub("Payments", "/billing/payments"),
            sub("Stray payments", "/billing/stray").count(3, true),
        ]),
        NavItem::new("Network", "/network", icondata_lu::LuNetwork),
        NavItem::new("Support", "/support", icondata_lu::LuLifeBuoy),
        NavItem::new("Field", "/field", icondata_lu::LuWrench),
        NavItem::new("Admin", "/admin", icondata_lu::LuSettings2),
    ];
    let person = Person {
        name: "Wanjiru Muthoni".into(),
        role: "Billing lead".into(),
        profile_href: "/profile".into(),
        sign_out_href: "/sign-out".into(),
    };
    let tools = || {
        view! {
            <LiveState tone=Tone::Ok word="Live".to_owned()/>
            <IconButton icon=icondata_lu::LuBell name="Notifications, 3 new" dot=true/>
        }
    };
    let search = || view! { <SearchSample/> };
    view! {
        <Shell brand="Kilele Fibre" items person search=search tools=tools>
            <PageFrame fixed=true><InvoicesSample/></PageFrame>
            <PanelSample/>
        </Shell>
    }
}

#[component]
fn SearchSample() -> impl IntoView {
    view! {
        <form class="searchbox" role="search" action="/search">
            <Icon icon=icondata_lu::LuSearch/>
            <input type="search" name="q" aria-label="Search" placeholder="Search phone, account, receipt, IP, serial…"/>
            <Kbd key="/"/>
            <Kbd key="Ctrl K"/>
        </form>
    }
}

#[component]
fn InvoicesSample() -> impl IntoView {
    let selection = Selection::default();
    let actions = || {
        view! {
            <Button icon=icondata_lu::LuDownload>"Export"</Button>
            <Button look=Look::Primary>"New invoice"<Kbd key="N" on=true/></Button>
        }
    };
    let tabs = vec![Tab::new("", "Open").count(212), Tab::new("overdue", "Overdue").count(41), Tab::new("all", "All")];
    let head = move || {
        view! {
            <ThSelect selection keys=Vec::new()/>
            <Th sort="number">"Number"</Th>
            <Th>"Subscriber"</Th>
            <Th sort="due">"Due"</Th>
            <Th num=true>"Left, KSh"</Th>
            <Th>"Status"</Th>
        }
    };
    let row = move |i: i64| {
        let (tone, word) = if i % 3 == 0 { (Tone::Info, "Open") } else { (Tone::Danger, "Overdue") };
        view! {
            <Tr open=i == 0 selected=i == 2>
                <TdSelect selection key=i.to_string() name=format!("INV-0{i}")/>
                <Td><a class="link--quiet mono" href="#">{format!("INV-01{:04}", 8842 - i)}</a></Td>
                <Td label="Subscriber">"Mama Njeri Kamau"</Td>
                <Td label="Due">"24 Nov "<span class="small faint">"in 3 d"</span></Td>
                <Td label="Left, KSh" num=true><b class="medium"><Amount money=Money::kes(150_000 + i * 100) bare=true/></b></Td>
                <Td label="Status"><State tone>{word}</State></Td>
            </Tr>
        }
    };
    view! {
        <PageHeader title="Invoices" crumbs=vec![Crumb::to("Billing", "/billing"), Crumb::here("Invoices")] actions=actions/>
        <Tabs name="Invoices" tabs/>
        <Filters>
            <FilterSearch placeholder="Number, name, phone…"/>
            <FilterChip key="due" name="Due" value="before 25 Nov"/>
            <FilterMenu key="plan" name="Plan" choices=Vec::new()/>
        </Filters>
        <List foot=|| view! { <Pagination previous=None next=Some("n".into())>"1–50 of 212"</Pagination> }>
            <Table caption="Invoices" list=true compact=true head=head>{(0..30).map(row).collect_view()}</Table>
        </List>
    }
}

#[component]
fn PanelSample() -> impl IntoView {
    let foot = || view! { <Button look=Look::Primary>"Take payment"</Button><Button>"Send reminder"</Button> };
    view! {
        <SidePanel
            title="INV-2026-018842"
            page="/billing/invoices/1"
            badge=|| view! { <Badge tone=Tone::Info>"Open"</Badge> }
            foot=foot
        >
            <Facts end=true>
                <Fact name="Issued">"20 Nov 2026, 06:00"</Fact>
                <Fact name="Due">"24 Nov 2026"</Fact>
            </Facts>
        </SidePanel>
    }
}

/// The subscriber's home on a phone.
#[component]
pub(super) fn MySample() -> impl IntoView {
    let places = vec![
        Place::new("Home", "/my", icondata_lu::LuHouse),
        Place::new("Usage", "/my/usage", icondata_lu::LuChartColumn),
        Place::new("Bills", "/my/bills", icondata_lu::LuReceiptText),
        Place::new("Help", "/my/help", icondata_lu::LuLifeBuoy),
        Place::new("Me", "/my/me", icondata_lu::LuUserRound),
    ];
    view! {
        <MyShell brand="Kilele Fibre" places>
            <section class="my-card">
                <h1 class="my-state"><StateDot tone=Tone::Ok/>"You are online"</h1>
                <p class="t14 muted">"Home 20 Mbps, paid until 23 November"</p>
                <hr class="rule"/>
                <p class="my-due"><small>"KSh "</small>"1,500"</p>
                <Button look=Look::Primary size=Size::Large>"Pay with M-Pesa"</Button>
            </section>
            <section class="my-card">
                <Meter parts=vec![Part::new(112.0, Tone::Accent)] total=200.0 label="112 of 200 GB" tall=true/>
                <StageBar stages=vec![("Sent".into(), Progress::Done), ("Your PIN".into(), Progress::Now), ("Online".into(), Progress::Todo)]/>
            </section>
        </MyShell>
    }
}
