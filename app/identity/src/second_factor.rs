//! One's own second factor on screen: scan, confirm, keep the recovery codes; new codes; off. The same panel for each
//! audience, around that audience's doors.

use crate::api::operators::{
    BeginFactorPlatform, ConfirmFactorPlatform, KeepCodesPlatform, RenewCodesPlatform, read_factor_platform,
};
use crate::api::second_factor::{
    BeginFactorMy, BeginFactorPartner, BeginFactorStaff, ConfirmFactorMy, ConfirmFactorPartner, ConfirmFactorStaff,
    KeepCodesMy, KeepCodesPartner, KeepCodesStaff, RenewCodesMy, RenewCodesPartner, RenewCodesStaff, SwitchOffFactorMy,
    SwitchOffFactorPartner, SwitchOffFactorStaff, read_factor_my, read_factor_partner, read_factor_staff,
};
use crate::login::Frame;
use crate::t;
use kit::prelude::*;
use kit::qr::QrCode;
use leptos::prelude::*;
use model::identity::second_factor::{Enrolment, SecondFactor};
use model::{AppError, Audience};

/// The forms of one audience, each around its own server function.
#[derive(Clone)]
struct Forms {
    begin: ViewFn,
    begin_with_password: ViewFn,
    confirm: ViewFn,
    keep: ViewFn,
    renew: ViewFn,
    /// Operators cannot switch theirs off.
    switch_off: Option<ViewFn>,
    /// Who wants one of everybody, in words.
    must: &'static str,
}

/// Declares the form that switches one audience's factor off.
macro_rules! switch_off {
    ($off:ty) => {{
        let off = ServerAction::<$off>::new();
        let form = ViewFn::from(move || {
            view! { <Form action=off><PasswordField/><Submit look=Look::Danger>{t::factor_off()}</Submit></Form> }
        });
        (Signal::derive(move || off.version().get()), form)
    }};
}

/// Declares the state and the forms of one audience. The doors differ by type only, which no function can take.
macro_rules! panel {
    ($read:path, $begin:ty, $confirm:ty, $keep:ty, $renew:ty, $off:expr, $must:expr, $home:literal) => {{
        let begin = ServerAction::<$begin>::new();
        let confirm = ServerAction::<$confirm>::new();
        let keep = ServerAction::<$keep>::new();
        let renew = ServerAction::<$renew>::new();
        let (offs, switch_off): (Option<Signal<usize>>, Option<ViewFn>) = Option::unzip($off);
        let versions = move || {
            [
                begin.version().get(),
                confirm.version().get(),
                keep.version().get(),
                renew.version().get(),
                offs.map_or(0, |offs| offs.get()),
            ]
        };
        let state = Resource::new(versions, |_| $read());
        let forms = Forms {
            begin: ViewFn::from(move || {
                view! { <Form action=begin><input type="hidden" name="form[proof]" value=""/><Submit>{t::factor_begin()}</Submit></Form> }
            }),
            begin_with_password: ViewFn::from(move || {
                view! { <Form action=begin><PasswordField/><Submit>{t::factor_begin()}</Submit></Form> }
            }),
            confirm: ViewFn::from(move || {
                view! { <Form action=confirm><CodeField/><Submit>{t::factor_confirm()}</Submit></Form> }
            }),
            keep: ViewFn::from(move || view! { <Form action=keep><Submit>{t::factor_kept()}</Submit></Form> }),
            renew: ViewFn::from(move || {
                view! { <Form action=renew><CodeField/><Submit look=Look::Plain>{t::factor_renew()}</Submit></Form> }
            }),
            switch_off,
            must: $must,
        };
        view! { <Panel state forms home=$home/> }
    }};
}

/// `/second-factor`
#[component]
pub fn StaffFactorPage() -> impl IntoView {
    view! {
        <PageFrame>
            <PageHeader title=t::factor_title() crumbs=vec![Crumb::to(t::profile_title(), "/profile"), Crumb::here(t::factor_title())]/>
            <PageBody>
                {panel!(
                    read_factor_staff,
                    BeginFactorStaff,
                    ConfirmFactorStaff,
                    KeepCodesStaff,
                    RenewCodesStaff,
                    Some(switch_off!(SwitchOffFactorStaff)),
                    t::factor_must(),
                    "/"
                )}
            </PageBody>
        </PageFrame>
    }
}

/// `/partner/second-factor`
#[component]
pub fn PartnerFactorPage() -> impl IntoView {
    view! {
        <Frame audience=Audience::Partner title=t::factor_title() lead=t::factor_lead()>
            {panel!(
                read_factor_partner,
                BeginFactorPartner,
                ConfirmFactorPartner,
                KeepCodesPartner,
                RenewCodesPartner,
                Some(switch_off!(SwitchOffFactorPartner)),
                t::factor_must(),
                "/partner"
            )}
        </Frame>
    }
}

/// `/platform/second-factor`
#[component]
pub fn PlatformFactorPage() -> impl IntoView {
    view! {
        <Frame audience=Audience::Platform title=t::factor_title() lead=t::factor_lead()>
            {panel!(
                read_factor_platform,
                BeginFactorPlatform,
                ConfirmFactorPlatform,
                KeepCodesPlatform,
                RenewCodesPlatform,
                None,
                t::factor_must_operator(),
                "/platform"
            )}
        </Frame>
    }
}

/// `/my/second-factor`
#[component]
pub fn MyFactorPage() -> impl IntoView {
    view! {
        <leptos_meta::Title text=t::factor_title()/>
        <section class="my-card">
            <h1 class="my-state">{t::factor_title()}</h1>
            {panel!(
                read_factor_my,
                BeginFactorMy,
                ConfirmFactorMy,
                KeepCodesMy,
                RenewCodesMy,
                Some(switch_off!(SwitchOffFactorMy)),
                t::factor_must(),
                "/my/me"
            )}
        </section>
    }
}

#[component]
fn PasswordField() -> impl IntoView {
    view! {
        <Field name="form[proof]" label=t::factor_password() kind=Kind::Password autocomplete="current-password"/>
    }
}

#[component]
fn CodeField() -> impl IntoView {
    view! { <Field name="form[proof]" label=t::mfa_code() kind=Kind::Code autocomplete="one-time-code"/> }
}

#[component]
fn Panel(state: Resource<Result<SecondFactor, AppError>>, forms: Forms, home: &'static str) -> impl IntoView {
    view! {
        <Transition>
            {move || {
                let forms = forms.clone();
                Suspend::new(async move {
                    match state.await {
                        Ok(state) => view! { <Steps state forms home/> }.into_any(),
                        Err(error) => view! { <ErrorState error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Steps(state: SecondFactor, forms: Forms, home: &'static str) -> impl IntoView {
    match state.enrolment.clone() {
        Some(Enrolment::Scan { svg, key }) => view! { <Scan svg key forms/> }.into_any(),
        Some(Enrolment::Keep { codes }) => view! { <Keep codes forms/> }.into_any(),
        None => view! { <Standing state forms home/> }.into_any(),
    }
}

/// The authenticator reads the code, or a person types the key.
#[component]
fn Scan(svg: String, key: String, forms: Forms) -> impl IntoView {
    view! {
        <div class="factor">
            <p>{t::factor_scan()}</p>
            <QrCode svg label=t::factor_qr()/>
            <p class="small muted">{t::factor_type_key()}</p>
            <p><Copy value=key what=t::factor_key() mono=true/></p>
            {forms.confirm.run()}
        </div>
    }
}

/// The recovery codes, shown until they are said to be kept.
#[component]
fn Keep(codes: Vec<String>, forms: Forms) -> impl IntoView {
    let all = codes.join("\n");
    let list = codes.into_iter().map(|code| view! { <li class="mono">{code}</li> }).collect_view();
    view! {
        <div class="factor">
            <Note tone=Tone::Ok>{t::factor_works()}</Note>
            <p>{t::factor_codes()}</p>
            <ol class="factor__codes">{list}</ol>
            <div class="row factor__no-print">
                <CopyAll all/>
                <Button icon=icondata_lu::LuPrinter on:click=move |_| print_page()>{t::factor_print()}</Button>
            </div>
            <div class="factor__no-print">{forms.keep.run()}</div>
        </div>
    }
}

#[component]
fn CopyAll(all: String) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        kit::values::copy_to_clipboard(&all);
        copied.set(true);
    };
    view! {
        <Button icon=icondata_lu::LuCopy on:click=copy>
            {move || if copied.get() { t::factor_copied() } else { t::factor_copy() }}
        </Button>
    }
}

/// The browser's own print dialog.
#[cfg(feature = "hydrate")]
fn print_page() {
    // It refuses where there is no printer to choose: then the codes are still on the screen.
    let _ = window().print();
}

#[cfg(not(feature = "hydrate"))]
fn print_page() {}

#[component]
fn Standing(state: SecondFactor, forms: Forms, home: &'static str) -> impl IntoView {
    let begin = if state.asks_password { &forms.begin_with_password } else { &forms.begin };
    if !state.is_on {
        let must = state.is_required.then(|| view! { <Note tone=Tone::Warn>{forms.must}</Note> });
        return view! { <div class="factor">{must}<p>{t::factor_why()}</p>{begin.run()}</div> }.into_any();
    }
    let off = forms.switch_off.filter(|_| !state.is_required).map(|form| {
        view! { <details><summary>{t::factor_off()}</summary>{form.run()}</details> }
    });
    view! {
        <div class="factor">
            <p><State tone=Tone::Ok>{t::factor_is_on()}</State></p>
            <p class="muted">{t::factor_codes_left(state.codes_left)}</p>
            <p><a class="btn btn--primary" href=home rel="external">{t::factor_go_on()}</a></p>
            <details><summary>{t::factor_renew()}</summary>{forms.renew.run()}</details>
            <details><summary>{t::factor_replace()}</summary>{begin.run()}</details>
            {off}
        </div>
    }
    .into_any()
}
