//! Boxes that hold facts: cards, figures, and lists of facts with their source.

use crate::{
    icon::{Icon, IconData},
    tone::Tone,
};
use leptos::prelude::*;

/// A card with a title. What stands at the end of its head is `actions`.
#[component]
pub fn Card(
    #[prop(into)] title: String,
    /// So that a link can lead to it.
    #[prop(optional, into)]
    id: Option<String>,
    /// Faint words behind the title.
    #[prop(optional, into)]
    note: Option<String>,
    #[prop(optional, into)] actions: ViewFnOnce,
    /// The content brings its own padding: tables.
    #[prop(optional)]
    flush: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card" class:clip=flush id=id>
            <div class="card__head">
                <h2>{title}</h2>
                {note.map(|note| view! { <span class="card__note">{note}</span> })}
                <span class="row push">{actions.run()}</span>
            </div>
            <div class:card__body=!flush>{children()}</div>
        </section>
    }
}

/// One figure that matters.
#[component]
pub fn Stat(
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    /// Small before the figure: the sign of its currency.
    #[prop(default = "")]
    sign: &'static str,
    /// Small behind the figure: its unit.
    #[prop(optional, into)]
    unit: Option<String>,
    #[prop(optional, into)] note: Option<String>,
    /// The shape before the label.
    #[prop(optional)]
    tone: Option<Tone>,
) -> impl IntoView {
    view! {
        <div class="stat">
            <span class="stat__label">{tone.map(|tone| view! { <crate::tone::StateDot tone/> })}{label}</span>
            <span class="stat__value">{(!sign.is_empty()).then(|| view! { <small>{sign}</small> })}{value}{unit.map(|unit| view! { <small>{unit}</small> })}</span>
            {note.map(|note| view! { <span class="stat__note">{note}</span> })}
        </div>
    }
}

/// Figures side by side.
#[component]
pub fn Stats(children: Children) -> impl IntoView {
    view! { <div class="stats">{children()}</div> }
}

/// A list of facts: `Fact`. With `source` each fact says who said it and when.
#[component]
pub fn Facts(#[prop(optional)] source: bool, #[prop(optional)] end: bool, children: Children) -> impl IntoView {
    view! { <dl class="facts" class:facts--source=source class:facts--end=end>{children()}</dl> }
}

/// A name and a value. In `Facts source=true` give every fact its source, even if empty.
#[component]
pub fn Fact(
    #[prop(into)] name: String,
    #[prop(optional, into)] source: Option<String>,
    /// The source is too old to trust: said in amber.
    #[prop(optional)]
    stale: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <dt>{name}</dt>
        <dd>{children()}</dd>
        {source
            .map(|source| {
                view! { <dd class="facts__source" class:facts__source--stale=stale>{source}</dd> }
            })}
    }
}

/// A sentence that the reader should not miss.
#[component]
pub fn Note(tone: Tone, children: Children) -> impl IntoView {
    let icon: IconData = match tone {
        Tone::Ok => icondata_lu::LuCircleCheck,
        Tone::Warn => icondata_lu::LuTriangleAlert,
        Tone::Danger => icondata_lu::LuCircleAlert,
        Tone::Info | Tone::Off | Tone::Accent => icondata_lu::LuInfo,
    };
    view! { <div class=format!("note note--{}", tone.name())><Icon icon/><div>{children()}</div></div> }
}

/// The strip above everything: demo data, simulated clock, acting as another person.
#[component]
pub fn Ribbon(#[prop(optional)] warn: bool, icon: IconData, children: Children) -> impl IntoView {
    view! { <div class="ribbon" class:ribbon--warn=warn role="status"><Icon icon size=crate::icon::IconSize::Small/>{children()}</div> }
}
