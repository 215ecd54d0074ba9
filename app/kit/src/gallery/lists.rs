//! Tabs, filters, tables, cards, charts and a board.

use super::Cell;
use crate::prelude::*;
use leptos::prelude::*;
use model::Money;

#[component]
pub(super) fn TabsAndFilters() -> impl IntoView {
    let tabs = vec![
        Tab::new("", "Open").count(212),
        Tab::new("overdue", "Overdue").count(41),
        Tab::new("paid", "Paid").count(1688),
    ];
    let plans = vec![("20".to_owned(), "Home 20".to_owned()), ("40".to_owned(), "Home 40".to_owned())];
    let selection = Selection::default();
    view! {
        <Cell title="Tabs and filters" note="state lives in the address">
            <Tabs name="Invoices" tabs/>
            <Filters>
                <FilterSearch placeholder="Number, name, phone…"/>
                <FilterChip key="due" name="Due" value="before 25 Nov"/>
                <FilterMenu key="plan" name="Plan" choices=plans/>
            </Filters>
            <table class="visually-hidden">
                <tbody><tr><TdSelect selection key="1" name="INV-018842"/></tr></tbody>
            </table>
            <BatchBar selection><Button look=Look::Primary>"Send reminder"</Button></BatchBar>
        </Cell>
    }
}

#[component]
pub(super) fn Tables() -> impl IntoView {
    view! {
        <Cell title="Table" note="comfortable 40, compact 32" wide=true>
            <div class="page">
                <SampleTable compact=false/>
                <SampleTable compact=true/>
                <Pagination previous=None next=Some("018633".to_owned())>"1–4 of 212"</Pagination>
            </div>
        </Cell>
    }
}

#[component]
fn SampleTable(compact: bool) -> impl IntoView {
    let rows = [
        ("RCT-020112", "Faith Wambui Ndungu", 299_900, Tone::Ok, "Posted"),
        ("RCT-020111", "Zawadi Fresh Grocers", 300_000, Tone::Ok, "Posted"),
        ("RCT-020110", "PETER KARIUKI", 299_900, Tone::Danger, "Stray"),
        ("RCT-020109", "Collins Odera Were", 150_000, Tone::Warn, "To deposit"),
    ];
    let selection = Selection::default();
    let keys = rows.map(|row| row.0.to_owned()).to_vec();
    let head = move || {
        view! {
            <ThSelect selection keys/>
            <Th>"Receipt"</Th>
            <Th sort="payer">"Payer"</Th>
            <Th sort="due" num=true>"KSh"</Th>
            <Th>"State"</Th>
        }
    };
    let row = move |(number, payer, minor, tone, word): (&'static str, &'static str, i64, Tone, &'static str)| {
        view! {
            <Tr selected=Signal::derive(move || selection.has(number)) open=number == "RCT-020112">
                <TdSelect selection key=number name=number/>
                <Td><a class="link--quiet mono" href="#">{number}</a></Td>
                <Td label="Payer">{payer}</Td>
                <Td label="KSh" num=true><Amount money=Money::kes(minor) bare=true/></Td>
                <Td label="State"><State tone>{word}</State></Td>
            </Tr>
        }
    };
    view! { <Table caption="Receipts" compact head=head>{rows.into_iter().map(row).collect_view()}</Table> }
}

#[component]
pub(super) fn Cards() -> impl IntoView {
    let actions = || view! { <Button look=Look::Ghost size=Size::Small>"Why offline?"</Button> };
    view! {
        <Card title="Network now" note="live" actions=actions>
            <Facts source=true>
                <Fact name="Session" source="RADIUS · 38 s">"3 h 12 m"</Fact>
                <Fact name="ONU signal" source="OLT-2 · 4 min">"−21.4 dBm "<State tone=Tone::Ok>"good"</State></Fact>
                <Fact name="Router" source="GenieACS · 2 h" stale=true>"TP-Link XC220"</Fact>
            </Facts>
        </Card>
    }
}

#[component]
pub(super) fn Charts() -> impl IntoView {
    let usage = vec![3.1, 2.4, 4.2, 4.8, 6.0, 5.4, 2.6, 2.3, 3.2, 2.9, 4.1, 5.2, 1.9];
    let parts = vec![Part::new(31.0, Tone::Danger), Part::new(9.0, Tone::Warn), Part::new(18.0, Tone::Off)];
    view! {
        <Cell title="Figures and small charts" note="SVG from the server">
            <Stats>
                <Stat label="Online" value="1,942" note="of 2,031" tone=Tone::Ok/>
                <Stat label="Collected today" value="84,610" unit="KSh"/>
            </Stats>
            <Meter parts total=58.0 label="58 offline: 31 power, 9 LOS, 18 unknown" tall=true/>
            <Legend entries=vec![
                ("Power".to_owned(), Tone::Danger),
                ("LOS".to_owned(), Tone::Warn),
                ("Unknown".to_owned(), Tone::Off),
            ]/>
            <Bars values=usage.clone() label="Usage of 13 days, 2 to 6 GB a day" unfinished=true/>
            <Sparkline values=usage label="Usage of 13 days"/>
        </Cell>
    }
}

#[component]
pub(super) fn BoardSample() -> impl IntoView {
    let card = |id: &str, name: &'static str| BoardCard {
        id: id.to_owned(),
        name: name.to_owned(),
        view: ViewFn::from(
            move || view! { <article class="lead-card" tabindex="0"><b>{name}</b>"Kahawa West"</article> },
        ),
    };
    let column = |id: &str, title: &str, cards: Vec<BoardCard>| Column {
        id: id.to_owned(),
        title: title.to_owned(),
        note: "KSh 4,500 a month".to_owned(),
        cards,
    };
    let columns = vec![
        column("new", "New", vec![card("1", "Victor Ndirangu"), card("2", "Aisha Noor")]),
        column("survey", "Survey", vec![card("3", "Brookhill Academy")]),
        column("won", "Won", Vec::new()),
    ];
    view! {
        <Cell title="Board" note="drag, or Alt with an arrow" wide=true>
            <BoardView columns on_move=Callback::new(|_| ())/>
        </Cell>
    }
}
