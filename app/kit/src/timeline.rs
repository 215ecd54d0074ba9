//! What happened, newest first; and what is happening now, stage by stage.

use crate::{
    icon::{Icon, IconData},
    t,
};
use leptos::prelude::*;

/// A list of `Event`.
#[component]
pub fn Timeline(children: Children) -> impl IntoView {
    view! { <ol class="timeline">{children()}</ol> }
}

/// One thing that happened. `at` is a `When` or a short time.
#[component]
pub fn Event(
    icon: IconData,
    #[prop(into)] title: String,
    #[prop(optional, into)] note: Option<String>,
    #[prop(into)] at: ViewFnOnce,
) -> impl IntoView {
    view! {
        <li class="timeline__item">
            <Icon icon/>
            <span>{title}{note.map(|note| view! { <span class="timeline__sub">{note}</span> })}</span>
            <span class="small faint num">{at.run()}</span>
        </li>
    }
}

/// How far a stage is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Progress {
    Done,
    Now,
    #[default]
    Todo,
    Failed,
}

impl Progress {
    const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::Todo => "todo",
            Self::Failed => "failed",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Done => t::stage_done(),
            Self::Now => t::stage_now(),
            Self::Todo => t::stage_todo(),
            Self::Failed => t::stage_failed(),
        }
    }
}

/// Stages of something that runs: `Stage`. Changes are read out politely.
#[component]
pub fn Stages(children: Children) -> impl IntoView {
    view! { <ol class="stages" aria-live="polite">{children()}</ol> }
}

/// One stage: its mark, its words, and the seconds it took, which count only in the browser.
#[component]
pub fn Stage(
    #[prop(into)] progress: Signal<Progress>,
    /// Shown in the mark until the stage begins.
    number: u8,
    #[prop(into)] title: String,
    #[prop(optional, into)] note: MaybeProp<String>,
    #[prop(optional, into)] time: MaybeProp<String>,
) -> impl IntoView {
    let mark = move || match progress.get() {
        Progress::Done => view! { <Icon icon=icondata_lu::LuCheck/> }.into_any(),
        Progress::Failed => view! { <Icon icon=icondata_lu::LuX/> }.into_any(),
        Progress::Now => ().into_any(),
        Progress::Todo => number.to_string().into_any(),
    };
    view! {
        <li
            class=move || format!("stage stage--{}", progress.get().name())
            aria-current=move || (progress.get() == Progress::Now).then_some("step")
        >
            <span class="stage__mark" aria-hidden="true">{mark}</span>
            <span>
                {title}
                <span class="visually-hidden">{move || format!(", {}", progress.get().word())}</span>
            </span>
            <span class="stage__time">{move || time.get()}</span>
            {move || note.get().map(|note| view! { <small>{note}</small> })}
        </li>
    }
}

/// The same as a short bar, for phones: one word per stage.
#[component]
pub fn StageBar(stages: Vec<(String, Progress)>) -> impl IntoView {
    let items = stages
        .into_iter()
        .map(|(word, progress)| {
            let now = (progress == Progress::Now).then_some("step");
            view! { <li class=progress.name() aria-current=now>{word}</li> }
        })
        .collect_view();
    view! { <ol class="pay-steps">{items}</ol> }
}
