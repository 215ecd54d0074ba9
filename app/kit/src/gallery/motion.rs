//! What comes and goes: notes, toasts, dialogs, stages, and the three kinds of empty.

use super::Cell;
use crate::prelude::*;
use chrono::{TimeZone, Utc};
use leptos::prelude::*;
use model::AppError;

#[component]
pub(super) fn Notes() -> impl IntoView {
    let toasts = provide_toasts();
    let undo = Callback::new(move |()| toasts.done("Taken back"));
    view! {
        <Cell title="Toasts and notes" note="undo while it is possible">
            <div class="row row--wrap">
                <Button on:click=move |_| {
                    toasts.done_with_undo("Reminder sent to 3 subscribers", undo)
                }>"Show a toast"</Button>
                <Button on:click=move |_| {
                    toasts.failed("Not sent. The SMS provider did not answer.")
                }>"Show a failure"</Button>
            </div>
            <Note tone=Tone::Warn>"This suspends 41 services in Kahawa West at 18:00."</Note>
            <Note tone=Tone::Info>"Prices include VAT 16% and excise 15%."</Note>
            <Note tone=Tone::Danger>"The last backup is 3 days old."</Note>
            <Note tone=Tone::Ok>"All synced."</Note>
        </Cell>
    }
}

#[component]
pub(super) fn Live() -> impl IntoView {
    let at = Utc.timestamp_opt(1_795_259_100, 0).single().unwrap_or_default();
    view! {
        <Cell title="Stages and timeline" note="live after hydration">
            <Stages>
                <Stage progress=Progress::Done number=1 title="Sent to the phone" note="Accepted" time="0.8 s"/>
                <Stage progress=Progress::Now number=2 title="PIN entered" note="on 0712 345 678" time="14.2 s"/>
                <Stage progress=Progress::Failed number=3 title="Received"/>
                <Stage progress=Progress::Todo number=4 title="Online"/>
            </Stages>
            <Timeline>
                <Event
                    icon=icondata_lu::LuMessageSquare
                    title="Reminder sent"
                    note="SMS, delivered"
                    at=move || view! { <When at/> }
                />
                <Event icon=icondata_lu::LuReceiptText title="Invoice issued" at=move || view! { <When at/> }/>
            </Timeline>
        </Cell>
    }
}

#[component]
pub(super) fn Dialogs() -> impl IntoView {
    let (dialog, confirm) = (RwSignal::new(false), RwSignal::new(false));
    let foot = move || view! { <Button on:click=move |_| dialog.set(false)>"Done"</Button> };
    view! {
        <Cell title="Dialogs" note="native, focus returns">
            <div class="row row--wrap">
                <Button on:click=move |_| dialog.set(true)>"Open a dialog"</Button>
                <Button look=Look::Danger on:click=move |_| confirm.set(true)>"Suspend 41 services…"</Button>
            </div>
            <Dialog open=dialog title="Take payment" about="Mama Njeri Kamau" foot=ViewFn::from(foot)>
                <p>"KSh 1,500.00 from 0712 345 678"</p>
            </Dialog>
            <Confirm
                open=confirm
                title="Suspend 41 services"
                verb="Suspend 41 services"
                number=41
                on_confirm=Callback::new(|()| ())
            >
                <p>"41 subscribers in Kahawa West go to the walled garden. Paying lifts it at once."</p>
            </Confirm>
        </Cell>
    }
}

#[component]
pub(super) fn Blanks() -> impl IntoView {
    view! {
        <section class="card clip span-3">
            <EmptyState
                icon=icondata_lu::LuTicket
                title="No coupons yet"
                text="A coupon takes an amount or a share off a plan for some months."
            >
                <Button look=Look::Primary>"Make a coupon"</Button>
            </EmptyState>
        </section>
        <section class="card clip span-3">
            <EmptyState
                icon=icondata_lu::LuSearchX
                title="No invoice matches"
                text="212 open invoices exist; the filter “Site is Limuru” hides all."
            >
                <LinkButton href="/kit".to_owned()>"Clear filters"</LinkButton>
            </EmptyState>
        </section>
        <section class="card clip span-3">
            <ErrorState error=AppError::Internal("7c1f".into()) retry=Callback::new(|()| ())/>
        </section>
        <section class="card clip span-3">
            <Skeleton lines=5/>
        </section>
    }
}
