//! Providers of messages and payments, as an ISP is their customer.

crate::codes! {
    /// Which of a provider's two worlds: real messages and money, or its own trial.
    Environment { Live => "live", Sandbox => "sandbox" }
}
