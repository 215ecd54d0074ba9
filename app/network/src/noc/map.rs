//! The map: Leaflet over the counties' shapes, loaded only where it is shown. The one rule: everything on it also stands
//! in a table, so the map is never the only way to know.

use super::marks::Drawing;
use leptos::html;
use leptos::prelude::*;
use model::network::DeviceId;

/// A map that follows `drawing`. `on_select` is told which device was chosen by mouse or keyboard.
#[component]
pub fn NetworkMap(drawing: Signal<Drawing>, on_select: Callback<DeviceId>) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    browser::show(place, drawing, on_select);
    #[cfg(not(feature = "hydrate"))]
    let _ = (drawing, on_select);
    view! { <div class="noc-map__canvas" node_ref=place></div> }
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::super::marks::{Drawing, Line, Mark, badness, tone};
    use js_sys::{Array, Object, Reflect};
    use leaflet::{
        DivIconOptions, LatLng, LatLngBounds, Layer, LayerGroup, Map, MapOptions, Marker, MarkerOptions, Point,
        Polyline, PolylineOptions,
    };
    use leptos::html;
    use leptos::prelude::*;
    use model::network::DeviceId;
    use model::network::devices::{DeviceState, LinkKind};
    use wasm_bindgen::JsCast;
    use wasm_bindgen::prelude::{Closure, JsValue};
    use wasm_bindgen_futures::{JsFuture, spawn_local};
    use web_sys::{HtmlElement, HtmlLinkElement, HtmlScriptElement, Response};

    /// The corners of Kenya: what is shown before anything has a place.
    const KENYA: ((f64, f64), (f64, f64)) = ((-4.8, 33.8), (5.1, 41.9));
    /// A mark, in pixels.
    const MARK_PX: f64 = 14.0;
    /// Room beside the outermost marks for their names, at most, and as a share of the map; above and below for what lies
    /// over the map.
    const NAMES_PX: f64 = 130.0;
    const NAMES_SHARE: f64 = 0.18;
    const ABOVE_PX: f64 = 24.0;
    const BELOW_PX: f64 = 72.0;
    /// A place with fewer subscribers has a smaller mark.
    const SMALL: i64 = 50;
    /// Where a name may stand beside its mark, the best first; the plain place is behind it.
    const PLACES: [&str; 4] = ["", "map-mark__name--before", "map-mark__name--above", "map-mark__name--below"];
    const HIDDEN: &str = "map-mark__name--hidden";

    struct Shown {
        map: Map,
        layer: LayerGroup,
        /// Where the map stands in the page.
        element: HtmlElement,
        /// Called after each zoom, when names have come closer or moved apart.
        _spread: Closure<dyn FnMut()>,
        /// Handlers of the marks that are on the map now.
        handlers: Vec<Closure<dyn FnMut()>>,
        is_framed: bool,
    }

    pub(super) fn show(place: NodeRef<html::Div>, drawing: Signal<Drawing>, on_select: Callback<DeviceId>) {
        let shown = StoredValue::new_local(None::<Shown>);
        let is_ready = RwSignal::new(false);
        Effect::new(move |_| {
            let Some(element) = place.get() else { return };
            spawn_local(async move {
                // Without the library the table still says everything.
                if load().await.is_ok()
                    && let Ok(map) = begin(element.unchecked_ref())
                {
                    shown.set_value(Some(map));
                    let _ = is_ready.try_set(true);
                }
            });
        });
        Effect::new(move |_| {
            let drawing = drawing.get();
            if is_ready.get() {
                shown.update_value(|shown| {
                    if let Some(shown) = shown {
                        shown.draw(&drawing, on_select);
                    }
                });
            }
        });
        on_cleanup(move || {
            shown.update_value(|shown| {
                if let Some(shown) = shown.take() {
                    let remove =
                        Reflect::get(&shown.map, &"remove".into()).and_then(JsCast::dyn_into::<js_sys::Function>);
                    if let Ok(remove) = remove {
                        let _ = remove.call0(&shown.map);
                    }
                }
            });
        });
    }

    /// Puts style sheet and script into the page, once.
    async fn load() -> Result<(), JsValue> {
        if Reflect::has(&js_sys::global(), &"L".into())? {
            return Ok(());
        }
        let document = document();
        let head = document.head().ok_or("no head")?;
        let style: HtmlLinkElement = document.create_element("link")?.unchecked_into();
        style.set_rel("stylesheet");
        style.set_href("/vendor/leaflet/leaflet.css");
        head.append_child(&style)?;
        let script: HtmlScriptElement = document.create_element("script")?.unchecked_into();
        script.set_src("/vendor/leaflet/leaflet.js");
        let loaded = js_sys::Promise::new(&mut |resolve, reject| {
            script.set_onload(Some(&resolve));
            script.set_onerror(Some(&reject));
        });
        head.append_child(&script)?;
        JsFuture::from(loaded).await?;
        Ok(())
    }

    fn begin(element: &HtmlElement) -> Result<Shown, JsValue> {
        let options = MapOptions::new();
        options.set_zoom_snap(0.25);
        options.set_attribution_control(true);
        let map = Map::new_with_element(element, &options)?;
        let ((south, west), (north, east)) = KENYA;
        map.fit_bounds(&LatLngBounds::new(&LatLng::new(south, west), &LatLng::new(north, east)));
        let layer = LayerGroup::new();
        map.add_layer(layer.unchecked_ref::<Layer>());
        let under = map.clone();
        spawn_local(async move {
            if let Ok(counties) = counties().await {
                let layer: Layer = counties.unchecked_into();
                layer.add_to(&under);
                // The links may have been drawn while the shapes were on their way.
                if let Ok(below) =
                    Reflect::get(&layer, &"bringToBack".into()).and_then(JsValue::dyn_into::<js_sys::Function>)
                {
                    let _ = below.call0(&layer);
                }
            }
        });
        let element = element.clone();
        let around = element.clone();
        let spread = Closure::<dyn FnMut()>::new(move || place_names(&around));
        map.unchecked_ref::<leaflet::Evented>().on("zoomend", spread.as_ref());
        Ok(Shown { map, layer, element, _spread: spread, handlers: Vec::new(), is_framed: false })
    }

    /// Writes each county's name into its middle, above the shapes and below the marks.
    fn name_county(feature: &JsValue, layer: &JsValue) -> Result<(), JsValue> {
        let name = Reflect::get(&Reflect::get(feature, &"properties".into())?, &"name".into())?;
        let options = Object::new();
        Reflect::set(&options, &"permanent".into(), &true.into())?;
        Reflect::set(&options, &"direction".into(), &"center".into())?;
        Reflect::set(&options, &"className".into(), &"map__county-name".into())?;
        Reflect::set(&options, &"pane".into(), &"shadowPane".into())?;
        let bind: js_sys::Function = Reflect::get(layer, &"bindTooltip".into())?.dyn_into()?;
        bind.call2(layer, &escaped(&name.as_string().unwrap_or_default()).into(), &options)?;
        Ok(())
    }

    /// The counties' shapes with the credit that their licence asks for.
    async fn counties() -> Result<JsValue, JsValue> {
        let response: Response =
            JsFuture::from(window().fetch_with_str("/vendor/geo/kenya-counties.geojson")).await?.dyn_into()?;
        let shapes = JsFuture::from(response.json()?).await?;
        let style = Object::new();
        Reflect::set(&style, &"className".into(), &"map__county".into())?;
        Reflect::set(&style, &"weight".into(), &1.into())?;
        let options = Object::new();
        Reflect::set(&options, &"style".into(), &style)?;
        Reflect::set(&options, &"interactive".into(), &false.into())?;
        let each = Closure::<dyn FnMut(JsValue, JsValue)>::new(|feature: JsValue, layer: JsValue| {
            // A county without its name is still a county.
            let _ = name_county(&feature, &layer);
        });
        Reflect::set(&options, &"onEachFeature".into(), each.as_ref())?;
        Reflect::set(&options, &"attribution".into(), &Reflect::get(&shapes, &"attribution".into())?)?;
        let options: &JsValue = options.as_ref();
        library("geoJSON", &[&shapes, options])
    }

    /// Calls a function of the library. The crate lacks `geoJSON`, and its `DivIcon` makes a plain icon.
    fn library(name: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
        let library = Reflect::get(&js_sys::global(), &"L".into())?;
        let function: js_sys::Function = Reflect::get(&library, &name.into())?.dyn_into()?;
        function.apply(&library, &arguments.iter().copied().collect())
    }

    impl Shown {
        fn draw(&mut self, drawing: &Drawing, on_select: Callback<DeviceId>) {
            self.layer.clear_layers();
            self.handlers.clear();
            for line in &drawing.lines {
                self.layer.add_layer(&line_layer(line));
            }
            // The marks that matter most come first, so that their names win where there is no room for all.
            let mut marks: Vec<&Mark> = drawing.marks.iter().collect();
            marks.sort_by_key(|mark| std::cmp::Reverse((badness(mark.state), mark.subscribers)));
            for mark in marks {
                let (marker, handler) = marker(mark, on_select);
                self.layer.add_layer(marker.unchecked_ref::<Layer>());
                self.handlers.push(handler);
            }
            // Once: a refresh never moves what is under the pointer.
            if !self.is_framed && !drawing.marks.is_empty() {
                self.is_framed = true;
                self.frame(&bounds(&drawing.marks));
            }
            place_names(&self.element);
        }

        /// Shows all of `bounds`, with room for names at both sides and for the buttons and the legend.
        fn frame(&self, bounds: &LatLngBounds) {
            let width = f64::from(self.element.client_width());
            let side = JsValue::from_f64((width * NAMES_SHARE).min(NAMES_PX));
            let options = Object::new();
            let set = |name: &str, y: f64| Reflect::set(&options, &name.into(), &Array::of2(&side, &y.into()));
            if set("paddingTopLeft", ABOVE_PX).and(set("paddingBottomRight", BELOW_PX)).is_ok() {
                self.map.fit_bounds_with_options(bounds, &options);
            }
        }
    }

    /// Puts each name beside its mark where it covers neither a mark nor a name before it, and hides it where there is no
    /// such place; pointer, focus and a closer look bring it back.
    fn place_names(map: &HtmlElement) {
        let dots = elements(map, ".map-mark > i");
        let mut taken: Vec<web_sys::DomRect> = dots.iter().map(web_sys::Element::get_bounding_client_rect).collect();
        for name in elements(map, ".map-mark > span") {
            let fits = PLACES.iter().find_map(|place| {
                name.set_class_name(place);
                let rect = name.get_bounding_client_rect();
                (!taken.iter().any(|other| is_over(&rect, other))).then_some(rect)
            });
            match fits {
                Some(rect) => taken.push(rect),
                None => name.set_class_name(HIDDEN),
            }
        }
    }

    fn elements(map: &HtmlElement, which: &str) -> Vec<web_sys::Element> {
        let Ok(found) = map.query_selector_all(which) else { return vec![] };
        (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
    }

    fn is_over(one: &web_sys::DomRect, other: &web_sys::DomRect) -> bool {
        one.left() < other.right()
            && other.left() < one.right()
            && one.top() < other.bottom()
            && other.top() < one.bottom()
    }

    fn bounds(marks: &[Mark]) -> LatLngBounds {
        let fold = |pick: fn(&Mark) -> f64, first: f64, better: fn(f64, f64) -> f64| {
            marks.iter().map(pick).fold(first, better)
        };
        let (south, north) =
            (fold(|m| m.position.latitude, 90.0, f64::min), fold(|m| m.position.latitude, -90.0, f64::max));
        let (west, east) =
            (fold(|m| m.position.longitude, 180.0, f64::min), fold(|m| m.position.longitude, -180.0, f64::max));
        // One place alone is not shown from a step away.
        let air = if north > south || east > west { 0.0 } else { 0.01 };
        LatLngBounds::new(&LatLng::new(south - air, west - air), &LatLng::new(north + air, east + air))
    }

    fn line_layer(line: &Line) -> Layer {
        let ends = Array::of2(
            &LatLng::new(line.from.latitude, line.from.longitude),
            &LatLng::new(line.to.latitude, line.to.longitude),
        );
        let options = PolylineOptions::new();
        let radio = if line.kind == LinkKind::Radio { " map__link--radio" } else { "" };
        options.set_class_name(format!("map__link map__link--{}{radio}", tone(line.state).name()));
        options.set_interactive(false);
        Polyline::new_with_options(&ends, &options).into()
    }

    fn marker(mark: &Mark, on_select: Callback<DeviceId>) -> (Marker, Closure<dyn FnMut()>) {
        let icon = DivIconOptions::new();
        let size = if mark.subscribers < SMALL { " map-mark--small" } else { "" };
        let hollow = if mark.state == DeviceState::Unreachable { " map-mark--hollow" } else { "" };
        icon.set_class_name(format!("map-mark map-mark--{}{size}{hollow}", tone(mark.state).name()));
        icon.set_icon_size(Point::new(MARK_PX, MARK_PX));
        let count = kit::texts::counted(mark.subscribers);
        icon.set_html(format!("<i></i><span>{} <b>{count}</b></span>", escaped(&mark.name)));
        let options = MarkerOptions::new();
        let icon: &JsValue = icon.as_ref();
        if let Ok(icon) = library("divIcon", &[icon]) {
            options.set_icon(icon.unchecked_into());
        }
        let (_, word) = crate::words::device_state(mark.state);
        options.set_title(format!("{}, {word}", mark.name));
        options.set_keyboard(true);
        let marker = Marker::new_with_options(&LatLng::new(mark.position.latitude, mark.position.longitude), &options);
        let device = mark.device;
        let handler = Closure::<dyn FnMut()>::new(move || on_select.run(device));
        // Leaflet fires "click" for Enter on a focused mark as well.
        marker.unchecked_ref::<leaflet::Evented>().on("click", handler.as_ref());
        (marker, handler)
    }

    /// Names are data: they must not become markup.
    fn escaped(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    }
}
