//! How the simulated providers behave.
//! The one rule: a delay is real time. The simulators never wait for the demo clock, as no provider does.

use serde::{Deserialize, Serialize};

/// Behaviour that a test or a person may change while the simulators run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// From the payer's answer to the first post, and between two posts about one payment.
    pub callback_delay_ms: u64,
    /// How late a callback is that was asked to be late.
    pub late_callback_ms: u64,
    /// How long a prompt stays on the phone.
    pub prompt_timeout_ms: u64,
    /// Every prompt is paid by itself after this time.
    pub auto_pay_after_ms: Option<u64>,
    /// The same payer cannot pay the same amount again within two minutes (result 17).
    pub refuse_repeats: bool,
    /// A phone that shows a prompt takes no second one.
    pub one_prompt_per_phone: bool,
    /// Customers' own payments ask the validation address first.
    pub external_validation: bool,
    /// How long validation may take before the registered default applies.
    pub validation_timeout_ms: u64,
    /// Confirmation addresses can be registered only once, as in production.
    pub register_once: bool,
    /// How confirmations write the payer's number; the registered version decides when this is `Registered`.
    pub msisdn_form: MsisdnForm,
    pub token_life_seconds: u64,
    /// From taking an SMS or WhatsApp message to the report that it arrived.
    pub delivery_report_delay_ms: u64,
    /// WhatsApp refuses free text more than 24 hours after the customer's last message.
    pub whatsapp_window: bool,
    /// Numbers that no message reaches.
    pub unreachable: Vec<String>,
    /// What a phone has in its wallet when it is first seen.
    pub opening_balance_shillings: i64,
}

/// How a payer's number is written in a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MsisdnForm {
    /// Version 1 of the registration hashes, version 2 masks.
    Registered,
    Plain,
    Hashed,
    Masked,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            callback_delay_ms: 900,
            late_callback_ms: 20_000,
            prompt_timeout_ms: 60_000,
            auto_pay_after_ms: None,
            refuse_repeats: true,
            one_prompt_per_phone: true,
            external_validation: false,
            validation_timeout_ms: 8_000,
            register_once: false,
            msisdn_form: MsisdnForm::Registered,
            token_life_seconds: 3_599,
            delivery_report_delay_ms: 1_500,
            whatsapp_window: true,
            unreachable: Vec::new(),
            opening_balance_shillings: 50_000,
        }
    }
}

impl Settings {
    /// As by default, without waiting.
    pub fn without_delays() -> Self {
        Self { callback_delay_ms: 0, late_callback_ms: 300, delivery_report_delay_ms: 0, ..Self::default() }
    }
}
