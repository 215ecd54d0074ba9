//! The codes of billing in the reader's words, with the tone that says what they mean.

use crate::t;
use kit::tone::Tone;
use model::billing::invoices::{InvoiceBadge, InvoiceTab, LineKind};
use model::billing::ledger::{JournalKind, LedgerCode};
use model::billing::payments::{PaymentMethod, PaymentStage, PaymentState, PaymentTab};
use model::billing::runs::RunState;
use model::billing::stk::{AttemptReason, AttemptState};
use model::billing::strays::{MatchReason, StrayReason};

pub(crate) fn badge(value: InvoiceBadge) -> &'static str {
    match value {
        InvoiceBadge::Draft => t::badge_draft(),
        InvoiceBadge::Open => t::badge_open(),
        InvoiceBadge::PartPaid => t::badge_part_paid(),
        InvoiceBadge::Overdue => t::badge_overdue(),
        InvoiceBadge::OverduePartPaid => t::badge_overdue_part_paid(),
        InvoiceBadge::Paid => t::badge_paid(),
        InvoiceBadge::Void => t::badge_void(),
    }
}

pub(crate) fn invoice_tab(value: InvoiceTab) -> &'static str {
    match value {
        InvoiceTab::Open => t::tab_open(),
        InvoiceTab::Overdue => t::tab_overdue(),
        InvoiceTab::Draft => t::tab_draft(),
        InvoiceTab::Paid => t::tab_paid(),
        InvoiceTab::Void => t::tab_void(),
        InvoiceTab::All => t::tab_all(),
    }
}

pub(crate) fn method(value: PaymentMethod) -> &'static str {
    match value {
        PaymentMethod::MpesaStk => t::method_mpesa_stk(),
        PaymentMethod::MpesaC2b => t::method_mpesa_c2b(),
        PaymentMethod::Cash => t::method_cash(),
        PaymentMethod::Bank => t::method_bank(),
    }
}

pub(crate) fn stage(value: PaymentStage) -> &'static str {
    match value {
        PaymentStage::Sent => t::stage_sent(),
        PaymentStage::Received => t::stage_received(),
        PaymentStage::Posted => t::stage_posted(),
        PaymentStage::LockLifted => t::stage_lock_lifted(),
        PaymentStage::RouterTold => t::stage_router_told(),
        PaymentStage::Online => t::stage_online(),
    }
}

pub(crate) fn payment_tab(value: PaymentTab) -> &'static str {
    match value {
        PaymentTab::All => t::tab_all(),
        PaymentTab::Matched => t::tab_matched(),
        PaymentTab::Stray => t::tab_stray(),
    }
}

pub(crate) fn run_state(value: RunState) -> &'static str {
    match value {
        RunState::Running => t::run_state_running(),
        RunState::Done => t::run_state_done(),
        RunState::Undone => t::run_state_undone(),
        RunState::Failed => t::run_state_failed(),
    }
}

pub(crate) fn attempt(value: AttemptState) -> &'static str {
    match value {
        AttemptState::Created => t::prompt_created(),
        AttemptState::Sent => t::prompt_sent(),
        AttemptState::Unknown => t::prompt_unknown(),
        AttemptState::Refused => t::prompt_refused(),
        AttemptState::Cancelled => t::prompt_cancelled(),
        AttemptState::TimedOut => t::prompt_timed_out(),
        AttemptState::Failed => t::prompt_failed(),
        AttemptState::Paid => t::prompt_paid(),
    }
}

pub(crate) fn attempt_reason(value: AttemptReason) -> &'static str {
    match value {
        AttemptReason::Cancelled => t::prompt_why_cancelled(),
        AttemptReason::NoAnswer => t::prompt_why_no_answer(),
        AttemptReason::WrongPin => t::prompt_why_wrong_pin(),
        AttemptReason::TooLittleMoney => t::prompt_why_too_little_money(),
        AttemptReason::OverLimit => t::prompt_why_over_limit(),
        AttemptReason::Busy => t::prompt_why_busy(),
        AttemptReason::SameAmountTooSoon => t::prompt_why_same_amount_too_soon(),
        AttemptReason::Expired => t::prompt_why_expired(),
        AttemptReason::PhoneBlocked => t::prompt_why_phone_blocked(),
        AttemptReason::OurSetting => t::prompt_why_our_setting(),
        AttemptReason::Other => t::prompt_why_other(),
    }
}

pub(crate) fn stray_reason(value: StrayReason) -> &'static str {
    match value {
        StrayReason::UnknownRequest => t::stray_why_unknown_request(),
        StrayReason::RequestDiffers => t::stray_why_request_differs(),
        StrayReason::AmountDiffers => t::stray_why_amount_differs(),
        StrayReason::PhoneDiffers => t::stray_why_phone_differs(),
        StrayReason::ShortCodeDiffers => t::stray_why_short_code_differs(),
        StrayReason::UnknownAccount => t::stray_why_unknown_account(),
        StrayReason::NoReference => t::stray_why_no_reference(),
        StrayReason::Unmatched => t::stray_why_unmatched(),
    }
}

pub(crate) fn match_reason(value: MatchReason) -> &'static str {
    match value {
        MatchReason::ReferenceIsAlias => t::match_why_reference_is_alias(),
        MatchReason::ReferenceIsPhone => t::match_why_reference_is_phone(),
        MatchReason::PhonePaidBefore => t::match_why_phone_paid_before(),
        MatchReason::PayerPhone => t::match_why_payer_phone(),
        MatchReason::ReferenceOneOff => t::match_why_reference_one_off(),
        MatchReason::NameAlike => t::match_why_name_alike(),
        MatchReason::AmountIsDue => t::match_why_amount_is_due(),
    }
}

pub(crate) fn ledger(value: LedgerCode) -> &'static str {
    match value {
        LedgerCode::Receivable => t::code_receivable(),
        LedgerCode::CashMpesa => t::code_cash_mpesa(),
        LedgerCode::CashBank => t::code_cash_bank(),
        LedgerCode::CashHand => t::code_cash_hand(),
        LedgerCode::RevenueService => t::code_revenue_service(),
        LedgerCode::RevenueSetup => t::code_revenue_setup(),
        LedgerCode::VatPayable => t::code_vat_payable(),
        LedgerCode::ExcisePayable => t::code_excise_payable(),
        LedgerCode::Suspense => t::code_suspense(),
        LedgerCode::Deposits => t::code_deposits(),
        LedgerCode::CommissionExpense => t::code_commission_expense(),
        LedgerCode::CommissionPayable => t::code_commission_payable(),
        LedgerCode::Opening => t::code_opening(),
    }
}

pub(crate) fn journal(value: JournalKind) -> &'static str {
    match value {
        JournalKind::InvoiceIssued => t::journal_invoice_issued(),
        JournalKind::InvoiceVoided => t::journal_invoice_voided(),
        JournalKind::CreditNote => t::journal_credit_note(),
        JournalKind::PaymentReceived => t::journal_payment_received(),
        JournalKind::PaymentToSuspense => t::journal_payment_to_suspense(),
        JournalKind::SuspenseMatched => t::journal_suspense_matched(),
        JournalKind::SuspenseUnmatched => t::journal_suspense_unmatched(),
        JournalKind::PaymentReversed => t::journal_payment_reversed(),
        JournalKind::Refund => t::journal_refund(),
        JournalKind::DepositTaken => t::journal_deposit_taken(),
        JournalKind::DepositReturned => t::journal_deposit_returned(),
        JournalKind::CommissionEarned => t::journal_commission_earned(),
        JournalKind::CommissionClawedBack => t::journal_commission_clawed_back(),
        JournalKind::CommissionPaid => t::journal_commission_paid(),
        JournalKind::OpeningBalance => t::journal_opening_balance(),
    }
}

/// What a line of an invoice is for, with the plan's name.
pub(crate) fn line(kind: LineKind, plan: &str) -> String {
    match kind {
        LineKind::Service => t::line_service(plan),
        LineKind::Setup => t::line_setup(plan),
        LineKind::Equipment => t::line_equipment(plan),
        LineKind::Deposit => t::line_deposit(plan),
        LineKind::Discount => t::line_discount(plan),
        LineKind::Credit => t::line_credit(plan),
    }
}

pub(crate) const fn badge_tone(badge: InvoiceBadge) -> Tone {
    match badge {
        InvoiceBadge::Paid => Tone::Ok,
        InvoiceBadge::Open | InvoiceBadge::PartPaid => Tone::Info,
        InvoiceBadge::Overdue | InvoiceBadge::OverduePartPaid => Tone::Danger,
        InvoiceBadge::Draft | InvoiceBadge::Void => Tone::Off,
    }
}

pub(crate) fn payment_state(state: PaymentState) -> (&'static str, Tone) {
    match state {
        PaymentState::Matched => (t::tab_matched(), Tone::Ok),
        PaymentState::Stray => (t::tab_stray(), Tone::Danger),
        PaymentState::Reversed => (t::journal_payment_reversed(), Tone::Off),
    }
}

pub(crate) const fn run_tone(state: RunState) -> Tone {
    match state {
        RunState::Running => Tone::Info,
        RunState::Done => Tone::Ok,
        RunState::Undone => Tone::Off,
        RunState::Failed => Tone::Danger,
    }
}

pub(crate) const fn attempt_tone(state: AttemptState) -> Tone {
    match state {
        AttemptState::Paid => Tone::Ok,
        AttemptState::Created | AttemptState::Sent => Tone::Info,
        AttemptState::Unknown => Tone::Warn,
        AttemptState::Refused | AttemptState::Cancelled | AttemptState::TimedOut | AttemptState::Failed => Tone::Danger,
    }
}
