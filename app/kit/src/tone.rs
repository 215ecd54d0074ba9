//! States. A call site says what a thing *is*; colour and shape follow from it, and a word always stands beside them.

use leptos::prelude::*;

/// What a state means to the reader. Each tone has its own shape, so that colour never stands alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Works as it should: a full circle.
    Ok,
    /// Needs an eye: a triangle.
    Warn,
    /// Broken, refused or late: a square.
    Danger,
    /// Under way: a ring.
    Info,
    /// Not known, not used, over: a hollow circle.
    #[default]
    Off,
    /// Marked without a judgement; it has no shape.
    Accent,
}

impl Tone {
    /// The tone of a count: of none there is nothing to say.
    pub const fn of(self, count: i64) -> Self {
        if count == 0 { Self::Off } else { self }
    }

    /// The suffix of the style classes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Danger => "danger",
            Self::Info => "info",
            Self::Off => "off",
            Self::Accent => "accent",
        }
    }
}

/// The shape alone; a word must stand beside it.
#[component]
pub fn StateDot(tone: Tone) -> impl IntoView {
    (tone != Tone::Accent).then(|| view! { <span class=format!("dot dot--{}", tone.name()) aria-hidden="true"></span> })
}

/// A state in running text or in a table: shape and word.
#[component]
pub fn State(tone: Tone, children: Children) -> impl IntoView {
    view! { <span class=format!("state state--{}", tone.name())><StateDot tone/>{children()}</span> }
}

/// A state as a label beside a title or in a card.
#[component]
pub fn Badge(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    view! { <span class=format!("badge badge--{}", tone.name())><StateDot tone/>{children()}</span> }
}
