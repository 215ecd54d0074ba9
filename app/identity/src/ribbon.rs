//! The ribbon above everything: a demo, a moved clock, somebody acting as somebody else.

use crate::t;
use leptos::prelude::*;
use model::identity::Shell;

/// Says what is not as usual; silent when all is. The children are what a person can do about it.
#[component]
pub fn Ribbon(shell: Shell, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    let mut words = Vec::new();
    if let Some(person) = shell.person.as_ref().filter(|p| p.impersonated) {
        words.push(t::ribbon_impersonated(person.name.clone()));
    }
    if shell.is_demo {
        words.push(t::ribbon_demo().to_owned());
    }
    if let Some(time) = &shell.business_time {
        words.push(t::ribbon_clock(time.clone()));
    }
    let phone = shell.simulators_url.filter(|_| shell.is_demo);
    (!words.is_empty()).then(|| {
        view! {
            <div class="ribbon" role="note">
                <span>{words.join(" · ")}</span>
                {phone.map(|url| view! { <a class="link" href=url target="_blank" rel="noopener">{t::ribbon_simulators()}</a> })}
                {children.map(|children| children())}
            </div>
        }
    })
}
