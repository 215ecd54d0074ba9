//! The customer's signature, drawn with a finger. Without scripts the name is typed in the last form instead.

use crate::api::SignJob;
use crate::t;
use kit::prelude::*;
use leptos::html::Canvas;
use leptos::prelude::*;
use model::field::WorkOrderId;

/// The pad and its form. The pad appears when scripts have arrived: before, nothing could be drawn.
#[component]
pub(super) fn SignatureCard(
    id: WorkOrderId,
    is_signed: bool,
    ready: RwSignal<bool>,
    /// Outlives the card, which is drawn anew after each step.
    drawing: RwSignal<String>,
    action: ServerAction<SignJob>,
) -> impl IntoView {
    let body = move || match (is_signed, ready.get()) {
        (true, _) => view! { <State tone=Tone::Ok>{t::job_sign_saved()}</State> }.into_any(),
        (false, true) => view! { <Pad id drawing action/> }.into_any(),
        (false, false) => view! { <p class="t14 muted">{t::job_sign_name_hint()}</p> }.into_any(),
    };
    view! { <section class="job-card job-card__body"><h2>{t::job_sign()}</h2>{body}</section> }
}

#[component]
fn Pad(id: WorkOrderId, drawing: RwSignal<String>, action: ServerAction<SignJob>) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let is_down = RwSignal::new(false);
    size_once(canvas);
    let down = move |ev: leptos::ev::PointerEvent| {
        ev.prevent_default();
        is_down.set(true);
        stroke(canvas, &ev, true);
    };
    let on = move |ev: leptos::ev::PointerEvent| {
        if is_down.get_untracked() {
            stroke(canvas, &ev, false);
        }
    };
    let up = move |_: leptos::ev::PointerEvent| {
        if is_down.get_untracked() {
            is_down.set(false);
            drawing.set(picture(canvas));
        }
    };
    let clear = move |_| {
        wipe(canvas);
        drawing.set(String::new());
    };
    view! {
        <Form action>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="drawing" prop:value=move || drawing.get()/>
            <canvas
                class="job-pad"
                aria-label=t::job_sign_hint()
                role="img"
                node_ref=canvas
                on:pointerdown=down
                on:pointermove=on
                on:pointerup=up
                on:pointerleave=up
            ></canvas>
            <div class="row">
                <Submit look=Look::Plain size=Size::Large disabled=Signal::derive(move || drawing.with(String::is_empty))>
                    {t::job_sign_save()}
                </Submit>
                <Button look=Look::Ghost size=Size::Large on:click=clear>{t::job_sign_clear()}</Button>
            </div>
        </Form>
    }
}

#[cfg(feature = "hydrate")]
fn pen(canvas: &web_sys::HtmlCanvasElement) -> Option<web_sys::CanvasRenderingContext2d> {
    use wasm_bindgen::JsCast;
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

/// Gives the pad its pixels. Not by attributes: whenever those are written, what is drawn goes.
#[cfg(feature = "hydrate")]
fn size_once(canvas: NodeRef<Canvas>) {
    const SIZE: (u32, u32) = (640, 240);
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        if (canvas.width(), canvas.height()) != SIZE {
            canvas.set_width(SIZE.0);
            canvas.set_height(SIZE.1);
        }
    });
}

/// Draws to where the finger is. The canvas has its own pixels, whatever size it is shown at.
#[cfg(feature = "hydrate")]
fn stroke(canvas: NodeRef<Canvas>, ev: &leptos::ev::PointerEvent, begins: bool) {
    let Some(canvas) = canvas.get_untracked() else { return };
    let Some(pen) = pen(&canvas) else { return };
    let shown = canvas.get_bounding_client_rect();
    let x = (f64::from(ev.client_x()) - shown.left()) * f64::from(canvas.width()) / shown.width().max(1.0);
    let y = (f64::from(ev.client_y()) - shown.top()) * f64::from(canvas.height()) / shown.height().max(1.0);
    if begins {
        let _ = canvas.set_pointer_capture(ev.pointer_id());
        pen.set_line_width(4.0);
        pen.set_line_cap("round");
        pen.begin_path();
        pen.move_to(x, y);
    }
    pen.line_to(x, y);
    pen.stroke();
}

#[cfg(feature = "hydrate")]
fn picture(canvas: NodeRef<Canvas>) -> String {
    canvas.get_untracked().and_then(|canvas| canvas.to_data_url().ok()).unwrap_or_default()
}

#[cfg(feature = "hydrate")]
fn wipe(canvas: NodeRef<Canvas>) {
    let Some(canvas) = canvas.get_untracked() else { return };
    if let Some(pen) = pen(&canvas) {
        pen.clear_rect(0.0, 0.0, f64::from(canvas.width()), f64::from(canvas.height()));
    }
}

#[cfg(not(feature = "hydrate"))]
fn size_once(_: NodeRef<Canvas>) {}

#[cfg(not(feature = "hydrate"))]
fn stroke(_: NodeRef<Canvas>, _: &leptos::ev::PointerEvent, _: bool) {}

#[cfg(not(feature = "hydrate"))]
fn picture(_: NodeRef<Canvas>) -> String {
    String::new()
}

#[cfg(not(feature = "hydrate"))]
fn wipe(_: NodeRef<Canvas>) {}
