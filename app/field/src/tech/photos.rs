//! Photos. Without scripts a plain form sends the file; with scripts the picture is made smaller first, which a phone's
//! camera and a slow link need.

use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::field::WorkOrderId;

/// The count of saved photos and the form for another.
#[component]
pub(super) fn PhotosCard(id: WorkOrderId, photos: u16) -> impl IntoView {
    let query = use_query_state();
    let refused = move || match query.get("refused").as_deref() {
        Some("over") => Some(t::job_photos_over()),
        Some(_) => Some(t::job_photos_refused()),
        None => None,
    };
    view! {
        <section class="job-card job-card__body" id="photos">
            <h2>{t::job_photos()}</h2>
            <p class="t14 muted">{t::job_photos_hint()}</p>
            {(photos > 0)
                .then(|| view! { <State tone=Tone::Ok>{t::job_photos_count(i64::from(photos))}</State> })}
            {move || refused().map(|why| view! { <Note tone=Tone::Danger>{why}</Note> })}
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
                        on:change=move |ev| shrink_and_send(&ev)
                    />
                </label>
                <button class="btn btn--large">{t::job_photos_send()}</button>
            </form>
        </section>
    }
}

/// The longer side of a sent photo, in pixels: a label stays readable, and the file has about 300 kB.
#[cfg(feature = "hydrate")]
const SIDE_PIXELS_MAX: f64 = 1600.0;

/// Puts a smaller copy of the chosen picture into the field and sends the form. A picture that the browser cannot read
/// stays as it was, and the server says what is wrong with it.
#[cfg(feature = "hydrate")]
fn shrink_and_send(event: &leptos::ev::Event) {
    use wasm_bindgen::JsCast;
    let Some(input) = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok()) else { return };
    leptos::task::spawn_local(async move {
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            match smaller(&file).await {
                Ok(files) => input.set_files(Some(&files)),
                Err(error) => leptos::logging::warn!("the photo is sent as it is: {error:?}"),
            }
            if let Some(form) = input.form() {
                let _ = form.request_submit();
            }
        }
    });
}

#[cfg(not(feature = "hydrate"))]
fn shrink_and_send(_: &leptos::ev::Event) {}

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
