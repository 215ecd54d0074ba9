//! Photos. Without scripts a plain form sends the file and its button; with scripts the picture is made smaller and sent as
//! soon as it is taken, which a phone's camera and a slow link need, and what is typed on the page stays.

use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::field::WorkOrderId;

/// How far a photo is on its way. It goes only in a browser.
#[cfg_attr(not(feature = "hydrate"), allow(dead_code))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sending {
    No,
    Going,
    Saved,
    Refused(Refusal),
}

/// Why a photo was not saved.
#[cfg_attr(not(feature = "hydrate"), allow(dead_code))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The job is over.
    Over,
    Picture,
    NoConnection,
}

impl Refusal {
    /// As the address of the page says it after a refused photo.
    fn of(word: &str) -> Self {
        if word == "over" { Self::Over } else { Self::Picture }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Over => t::job_photos_over(),
            Self::Picture => t::job_photos_refused(),
            Self::NoConnection => t::job_photos_failed(),
        }
    }
}

/// The count of saved photos and the form for another. `again` asks for the count.
#[component]
pub(super) fn PhotosCard(
    id: WorkOrderId,
    photos: u16,
    ready: RwSignal<bool>,
    sending: RwSignal<Sending>,
    again: Callback<()>,
) -> impl IntoView {
    let query = use_query_state();
    let refused = move || match sending.get() {
        Sending::Refused(why) => Some(why.words()),
        Sending::No => query.get("refused").map(|word| Refusal::of(&word).words()),
        Sending::Going | Sending::Saved => None,
    };
    let is_going = move || sending.get() == Sending::Going;
    view! {
        <section class="job-card job-card__body" id="photos">
            <h2>{t::job_photos()}</h2>
            <p class="t14 muted">{t::job_photos_hint()}</p>
            {(photos > 0)
                .then(|| view! { <State tone=Tone::Ok>{t::job_photos_count(i64::from(photos))}</State> })}
            {move || refused().map(|why| view! { <Note tone=Tone::Danger>{why}</Note> })}
            <div role="status">{move || is_going().then(|| view! { <p class="t14 muted">{t::job_photos_going()}</p> })}</div>
            <form method="post" action=format!("/tech/{id}/photo") enctype="multipart/form-data" class="form">
                <label class="job-file">
                    <Icon icon=icondata_lu::LuCamera/>
                    {t::job_photos_take()}
                    <input
                        type="file"
                        name="photo"
                        accept="image/jpeg,image/png"
                        capture="environment"
                        required
                        disabled=is_going
                        on:change=move |ev| shrink_and_send(&ev, sending, again)
                    />
                </label>
                // Scripts send it by themselves.
                {move || {
                    (!ready.get()).then(|| view! { <button class="btn btn--large">{t::job_photos_send()}</button> })
                }}
            </form>
        </section>
    }
}

/// The longer side of a sent photo, in pixels: a label stays readable, and the file has about 300 kB.
#[cfg(feature = "hydrate")]
const SIDE_PIXELS_MAX: f64 = 1600.0;

/// Puts a smaller copy of the chosen picture into the field and sends the form beside the page. A picture that the browser
/// cannot read stays as it was, and the server says what is wrong with it.
#[cfg(feature = "hydrate")]
fn shrink_and_send(event: &leptos::ev::Event, sending: RwSignal<Sending>, again: Callback<()>) {
    use wasm_bindgen::JsCast;
    let Some(input) = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok()) else { return };
    let (Some(file), Some(form)) = (input.files().and_then(|files| files.get(0)), input.form()) else { return };
    leptos::task::spawn_local(async move {
        match smaller(&file).await {
            Ok(files) => input.set_files(Some(&files)),
            Err(error) => leptos::logging::warn!("the photo is sent as it is: {error:?}"),
        }
        // Read before the field is shut: a shut field is not sent.
        let body = web_sys::FormData::new_with_form(&form);
        // The page may be gone when the answer comes.
        let _ = sending.try_set(Sending::Going);
        let sent = match body {
            Ok(body) => send(&form.action(), &body).await.unwrap_or(Sending::Refused(Refusal::NoConnection)),
            Err(_) => Sending::Refused(Refusal::Picture),
        };
        // The same file can be chosen again.
        input.set_value("");
        if sending.try_set(sent).is_none() && sent == Sending::Saved {
            again.run(());
        }
    });
}

#[cfg(not(feature = "hydrate"))]
fn shrink_and_send(_: &leptos::ev::Event, _: RwSignal<Sending>, _: Callback<()>) {}

/// The answer leads back to the job, and its address says what was refused, as it does for browsers without scripts.
#[cfg(feature = "hydrate")]
async fn send(action: &str, body: &web_sys::FormData) -> Result<Sending, wasm_bindgen::JsValue> {
    use wasm_bindgen::JsCast;
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(body);
    let answer = wasm_bindgen_futures::JsFuture::from(window().fetch_with_str_and_init(action, &init)).await?;
    let answer: web_sys::Response = answer.dyn_into()?;
    let address = web_sys::Url::new(&answer.url())?;
    Ok(match address.search_params().get("refused") {
        Some(word) => Sending::Refused(Refusal::of(&word)),
        None if answer.ok() => Sending::Saved,
        None => Sending::Refused(Refusal::Picture),
    })
}

#[cfg(feature = "hydrate")]
async fn smaller(file: &web_sys::File) -> Result<web_sys::FileList, wasm_bindgen::JsValue> {
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    let bitmap: web_sys::ImageBitmap =
        JsFuture::from(window().create_image_bitmap_with_blob(file)?).await?.dyn_into()?;
    let (width, height) = (f64::from(bitmap.width()), f64::from(bitmap.height()));
    let scale = (SIDE_PIXELS_MAX / width.max(height)).min(1.0);
    let canvas: web_sys::HtmlCanvasElement = document().create_element("canvas")?.dyn_into()?;
    canvas.set_width((width * scale) as u32);
    canvas.set_height((height * scale) as u32);
    let context: web_sys::CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.dyn_into()?;
    context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, width * scale, height * scale)?;
    let drawn = js_sys::Promise::new(&mut |resolve, reject| {
        let quality = JsValue::from_f64(0.8);
        if canvas.to_blob_with_type_and_encoder_options(&resolve, "image/jpeg", &quality).is_err() {
            let _ = reject.call0(&JsValue::NULL);
        }
    });
    let blob: web_sys::Blob = JsFuture::from(drawn).await?.dyn_into()?;
    let options = web_sys::FilePropertyBag::new();
    options.set_type("image/jpeg");
    let file = web_sys::File::new_with_blob_sequence_and_options(&js_sys::Array::of1(&blob), "photo.jpg", &options)?;
    let transfer = web_sys::DataTransfer::new()?;
    transfer.items().add_with_file(&file)?;
    transfer.files().ok_or(JsValue::NULL)
}
