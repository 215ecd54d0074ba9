//! The ribbon above everything: a demo, a moved clock, somebody viewing as somebody else.

use crate::api::view_as::{LeaveIsp, LeaveView};
use crate::t;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::Audience;
use model::identity::Shell;

/// Says what is not as usual; silent when all is. The children are what a person can do about it.
#[component]
pub fn Ribbon(shell: Shell, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    let mut words = Vec::new();
    let viewer = shell.person.as_ref().and_then(|person| Some((person.name.clone(), person.viewer.clone()?)));
    if shell.is_demo {
        words.push(t::ribbon_demo().to_owned());
    }
    if let Some(time) = shell.business_time {
        words.push(t::ribbon_clock(kit::values::date_time_text(time)));
    }
    let phone = shell.simulators_url.filter(|_| shell.is_demo);
    let leave = match shell.audience {
        Audience::Staff => LeaveIsp::url(),
        _ => LeaveView::url(),
    };
    let view_bar = viewer.map(|(name, viewer)| {
        // A plain form: the office is another program than the portal, so the browser loads it whole.
        view! {
            <div class="ribbon ribbon--warn" role="note">
                <span>{t::ribbon_viewer(viewer.name, name, viewer.until)}</span>
                <form method="post" action=leave>
                    <button class="btn btn--small">{t::ribbon_leave()}</button>
                </form>
            </div>
        }
    });
    let usual = (!words.is_empty()).then(|| {
        view! {
            <div class="ribbon" role="note">
                <span>{words.join(" · ")}</span>
                {phone.map(|url| view! { <a class="link" href=url target="_blank" rel="noopener">{t::ribbon_simulators()}</a> })}
                {children.map(|children| children())}
            </div>
        }
    });
    (view_bar, usual)
}
