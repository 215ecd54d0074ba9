//! `/my`: the subscriber's own pages. Made for a cheap phone and a slow link: each works before its program arrives.

mod bill;
mod bills;
mod help;
mod home;
mod login;
mod me;
mod pay;
mod receipt;
mod usage;
mod waiting;

pub use bill::BillPage;
pub use bills::BillsPage;
pub use help::HelpPage;
pub use home::HomePage;
pub use login::{LoginPage, MfaPage, PasswordPage};
pub use me::MePage;
pub use pay::PayPage;
pub use receipt::ReceiptPage;
pub use usage::UsagePage;
pub use waiting::WaitingPage;

use crate::t;
use kit::my_shell::Place;
use kit::prelude::*;
use leptos::prelude::*;
use model::AppError;

/// The places at the bottom of the phone.
pub fn places() -> Vec<Place> {
    vec![
        Place::new(t::my_nav_home(), "/my", icondata_lu::LuHouse),
        Place::new(t::my_nav_usage(), "/my/usage", icondata_lu::LuChartColumn),
        Place::new(t::my_nav_bills(), "/my/bills", icondata_lu::LuReceiptText),
        Place::new(t::my_nav_help(), "/my/help", icondata_lu::LuLifeBuoy),
        Place::new(t::my_nav_me(), "/my/me", icondata_lu::LuUserRound),
    ]
}

/// Not there, or could not be loaded.
#[component]
pub(crate) fn Failed(error: AppError) -> impl IntoView {
    match error {
        AppError::NotFound => view! { <NotFound home="/my"/> }.into_any(),
        error => view! { <ErrorState error/> }.into_any(),
    }
}

/// A line of a card: a name and a value.
#[component]
pub(crate) fn Line(#[prop(into)] name: String, children: Children) -> impl IntoView {
    view! { <div class="my-line"><span class="muted">{name}</span><span class="push num">{children()}</span></div> }
}
