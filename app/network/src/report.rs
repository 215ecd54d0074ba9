//! Saying by hand that a device is up or down. The one rule: nobody sends hundreds of SMS without having read how many.

use crate::api::ReportDevice;
use crate::t;
use kit::prelude::*;
use leptos::prelude::*;
use model::network::devices::{DeviceRow, DeviceState};

/// The button for a device. What hangs on a device that is down is excused by it and has none.
#[component]
pub(crate) fn ReportForm(
    device: DeviceRow,
    report: ServerAction<ReportDevice>,
    #[prop(optional)] size: Size,
) -> impl IntoView {
    let (id, is_up) = (device.id, device.state == DeviceState::Down);
    if device.state == DeviceState::Unreachable {
        return view! { <p class="small muted">{t::devices_excused()}</p> }.into_any();
    }
    let verb = if is_up { t::devices_report_up() } else { t::devices_report_down() };
    let asks = !is_up && device.subscribers > 0;
    let told = t::devices_told(device.subscribers);
    let asking = RwSignal::new(false);
    let ask = move |event: leptos::ev::MouseEvent| {
        if asks {
            event.prevent_default();
            asking.set(true);
        }
    };
    let confirmed = Callback::new(move |()| {
        report.dispatch(ReportDevice { id, is_up });
    });
    let (sentence, title) = (told.clone(), t::devices_report_of(device.name));
    view! {
        {asks.then(|| view! { <p class="small muted">{told}</p> })}
        <Form action=report id="report">
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="is_up" value=is_up.to_string()/>
            <Submit look=Look::Plain size on:click=ask>{verb}</Submit>
        </Form>
        <Confirm open=asking title verb=t::devices_report_down() on_confirm=confirmed>
            <p>{sentence.clone()}</p>
        </Confirm>
    }
    .into_any()
}
