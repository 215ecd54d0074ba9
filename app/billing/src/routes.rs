//! The addresses of this context's pages, for the staff program.

use crate::{invoices, ledger, locks, mpesa, payments, policy, prompts, runs, strays};
use leptos::prelude::*;
use leptos_router::any_nested_route::IntoAnyNestedRoute;
use leptos_router::components::Route;
use leptos_router::path;

/// Every money page of staff.
#[component(transparent)]
pub fn BillingRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <Route path=path!("/billing/invoices") view=invoices::InvoicesPage/>
        <Route path=path!("/billing/invoices/:id") view=invoices::InvoicePage/>
        <Route path=path!("/billing/payments") view=payments::PaymentsPage/>
        <Route path=path!("/billing/payments/take") view=payments::TakePage/>
        <Route path=path!("/billing/payments/:id") view=payments::ReceiptPage/>
        <Route path=path!("/billing/prompts/:id") view=prompts::PromptPage/>
        <Route path=path!("/billing/strays") view=strays::StraysPage/>
        <Route path=path!("/billing/runs") view=runs::RunsPage/>
        <Route path=path!("/billing/locks") view=locks::LocksPage/>
        <Route path=path!("/billing/ledger") view=ledger::LedgerPage/>
        <Route path=path!("/admin/settings/billing") view=policy::PolicyPage/>
        <Route path=path!("/admin/settings/mpesa") view=mpesa::MpesaPage/>
    }
    .into_inner()
    .into_any_nested_route()
}
