//! The words for stored codes, in the reader's language.

use crate::t;
use kit::tone::Tone;
use model::billing::invoices::{InvoiceBadge, InvoiceStatus, LineKind};
use model::billing::ledger::JournalKind;
use model::billing::locks::LockReason;
use model::billing::payments::{PaymentMethod, PaymentState};
use model::billing::stk::AttemptReason;
use model::comms::notices::{DeliveryState, NoticeKind};
use model::comms::tickets::{TicketStatus, TicketTopic};
use model::crm::leads::LeadStatus;
use model::crm::subscribers::{Badge, ServiceState};
use model::field::stock::StockState;
use model::field::work_orders::{WorkOrderKind, WorkOrderStatus};
use model::network::activation::ActivationStep;
use model::network::devices::DeviceState;
use model::network::offline::{EvidenceKind, OfflineCause, OpticalState, RejectReason};
use model::portal::search::HitKind;
use model::portal::timeline::TimelineKind;

pub(crate) fn badge(badge: Badge) -> (Tone, &'static str) {
    match badge {
        Badge::Pending => (Tone::Off, t::badge_pending()),
        Badge::Approved => (Tone::Info, t::badge_approved()),
        Badge::Installing => (Tone::Info, t::badge_installing()),
        Badge::Active => (Tone::Ok, t::badge_active()),
        Badge::Suspended => (Tone::Warn, t::badge_suspended()),
        Badge::Disconnected => (Tone::Off, t::badge_disconnected()),
    }
}

pub(crate) fn lock(reason: LockReason) -> &'static str {
    match reason {
        LockReason::Overdue => t::lock_overdue(),
        LockReason::Prepaid => t::lock_prepaid(),
        LockReason::Fup => t::lock_fup(),
        LockReason::CustomerHold => t::lock_customer_hold(),
        LockReason::Admin => t::lock_admin(),
        LockReason::Fraud => t::lock_fraud(),
        LockReason::System => t::lock_system(),
    }
}

pub(crate) fn invoice(badge: InvoiceBadge) -> (Tone, &'static str) {
    match badge {
        InvoiceBadge::Draft => (Tone::Off, t::money_draft()),
        InvoiceBadge::Open => (Tone::Info, t::money_status_open()),
        InvoiceBadge::PartPaid => (Tone::Info, t::money_status_part_paid()),
        InvoiceBadge::Overdue => (Tone::Danger, t::money_status_overdue()),
        InvoiceBadge::OverduePartPaid => (Tone::Danger, t::money_status_overdue_part_paid()),
        InvoiceBadge::Paid => (Tone::Ok, t::money_status_paid()),
        InvoiceBadge::Void => (Tone::Off, t::money_status_void()),
    }
}

/// What a line of a bill is for, with the plan's name.
pub(crate) fn line(kind: LineKind, plan: &str) -> String {
    match kind {
        LineKind::Service => plan.to_owned(),
        LineKind::Setup => t::bills_line_setup(plan),
        LineKind::Equipment => t::bills_line_equipment(plan),
        LineKind::Deposit => t::bills_line_deposit(plan),
        LineKind::Discount => t::bills_line_discount(plan),
        LineKind::Credit => t::bills_line_credit(plan),
    }
}

pub(crate) fn method(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::MpesaStk => t::money_method_mpesa_stk(),
        PaymentMethod::MpesaC2b => t::money_method_mpesa_c2b(),
        PaymentMethod::Cash => t::money_method_cash(),
        PaymentMethod::Bank => t::money_method_bank(),
    }
}

pub(crate) fn journal(kind: JournalKind) -> &'static str {
    match kind {
        JournalKind::InvoiceIssued => t::money_journal_invoice_issued(),
        JournalKind::InvoiceVoided => t::money_journal_invoice_voided(),
        JournalKind::CreditNote => t::money_journal_credit_note(),
        JournalKind::PaymentReceived => t::money_journal_payment_received(),
        JournalKind::SuspenseMatched => t::money_journal_suspense_matched(),
        JournalKind::SuspenseUnmatched => t::money_journal_suspense_unmatched(),
        JournalKind::PaymentReversed => t::money_journal_payment_reversed(),
        _ => t::money_journal_other(),
    }
}

/// Why a prompt did not end in a payment, as a sentence.
pub(crate) fn attempt_reason(reason: Option<AttemptReason>) -> &'static str {
    match reason {
        Some(AttemptReason::Cancelled) => t::reason_cancelled(),
        Some(AttemptReason::NoAnswer) => t::reason_no_answer(),
        Some(AttemptReason::WrongPin) => t::reason_wrong_pin(),
        Some(AttemptReason::TooLittleMoney) => t::reason_too_little_money(),
        Some(AttemptReason::OverLimit) => t::reason_over_limit(),
        Some(AttemptReason::Busy) => t::reason_busy(),
        Some(AttemptReason::SameAmountTooSoon) => t::reason_same_amount_too_soon(),
        Some(AttemptReason::Expired) => t::reason_expired(),
        Some(AttemptReason::PhoneBlocked) => t::reason_phone_blocked(),
        Some(AttemptReason::OurSetting) => t::reason_our_setting(),
        Some(AttemptReason::Other) | None => t::reason_other(),
    }
}

pub(crate) fn ticket(status: TicketStatus) -> (Tone, &'static str) {
    match status {
        TicketStatus::Open => (Tone::Warn, t::tickets_open()),
        TicketStatus::InProgress => (Tone::Info, t::tickets_in_progress()),
        TicketStatus::Waiting => (Tone::Off, t::tickets_waiting()),
        TicketStatus::Resolved => (Tone::Ok, t::tickets_resolved()),
        TicketStatus::Closed => (Tone::Off, t::tickets_closed()),
    }
}

pub(crate) fn topic(topic: TicketTopic) -> &'static str {
    match topic {
        TicketTopic::NoInternet => t::tickets_topic_no_internet(),
        TicketTopic::Slow => t::tickets_topic_slow(),
        TicketTopic::Billing => t::tickets_topic_billing(),
        TicketTopic::Moving => t::tickets_topic_moving(),
        TicketTopic::PlanChange => t::tickets_topic_plan_change(),
        TicketTopic::Other => t::tickets_topic_other(),
    }
}

pub(crate) fn work_kind(kind: WorkOrderKind) -> &'static str {
    match kind {
        WorkOrderKind::Installation => t::work_kind_installation(),
        WorkOrderKind::Repair => t::work_kind_repair(),
        WorkOrderKind::Relocation => t::work_kind_relocation(),
        WorkOrderKind::Removal => t::work_kind_removal(),
        WorkOrderKind::Survey => t::work_kind_survey(),
    }
}

pub(crate) fn work_status(status: WorkOrderStatus) -> (Tone, &'static str) {
    match status {
        WorkOrderStatus::Pending => (Tone::Off, t::work_status_pending()),
        WorkOrderStatus::Scheduled => (Tone::Info, t::work_status_scheduled()),
        WorkOrderStatus::EnRoute => (Tone::Info, t::work_status_en_route()),
        WorkOrderStatus::OnSite => (Tone::Info, t::work_status_on_site()),
        WorkOrderStatus::WaitingParts => (Tone::Warn, t::work_status_waiting_parts()),
        WorkOrderStatus::WaitingCustomer => (Tone::Warn, t::work_status_waiting_customer()),
        WorkOrderStatus::Completed => (Tone::Ok, t::work_status_completed()),
        WorkOrderStatus::FollowUp => (Tone::Warn, t::work_status_follow_up()),
        WorkOrderStatus::Cancelled => (Tone::Off, t::work_status_cancelled()),
    }
}

pub(crate) fn delivery(state: DeliveryState) -> (Tone, &'static str) {
    match state {
        DeliveryState::Queued => (Tone::Info, t::messages_queued()),
        DeliveryState::Unknown => (Tone::Warn, t::messages_unknown()),
        DeliveryState::Sent => (Tone::Info, t::messages_sent()),
        DeliveryState::Failed => (Tone::Danger, t::messages_failed()),
        DeliveryState::Delivered => (Tone::Ok, t::messages_delivered()),
        DeliveryState::Read => (Tone::Ok, t::messages_read()),
    }
}

pub(crate) fn cause(cause: OfflineCause) -> &'static str {
    match cause {
        OfflineCause::NoService => t::cause_no_service(),
        OfflineCause::NotActive => t::cause_not_active(),
        OfflineCause::Locked => t::cause_locked(),
        OfflineCause::Online => t::cause_online(),
        OfflineCause::NoAccount => t::cause_no_account(),
        OfflineCause::Incident => t::cause_incident(),
        OfflineCause::NasSilent => t::cause_nas_silent(),
        OfflineCause::PowerOff => t::cause_power_off(),
        OfflineCause::LossOfSignal => t::cause_loss_of_signal(),
        OfflineCause::WrongPassword => t::cause_wrong_password(),
        OfflineCause::WrongDevice => t::cause_wrong_device(),
        OfflineCause::AlreadyConnected => t::cause_already_connected(),
        OfflineCause::LowSignal => t::cause_low_signal(),
        OfflineCause::NeverDialled => t::cause_never_dialled(),
        OfflineCause::SwitchedOff => t::cause_switched_off(),
        OfflineCause::Unknown => t::cause_unknown(),
    }
}

pub(crate) fn evidence(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Service => t::evidence_service(),
        EvidenceKind::Locks => t::evidence_locks(),
        EvidenceKind::Account => t::evidence_account(),
        EvidenceKind::Session => t::evidence_session(),
        EvidenceKind::Incident => t::evidence_incident(),
        EvidenceKind::Nas => t::evidence_nas(),
        EvidenceKind::Optical => t::evidence_optical(),
        EvidenceKind::Signal => t::evidence_signal(),
        EvidenceKind::Reject => t::evidence_reject(),
        EvidenceKind::LastSession => t::evidence_last_session(),
    }
}

/// A value of evidence, in words where it is one of our codes.
pub(crate) fn found(about: EvidenceKind, value: String) -> String {
    let word = match about {
        EvidenceKind::Service => value.parse().ok().map(service_state),
        EvidenceKind::Locks => {
            let names = value.split(", ").map(|code| code.parse().map(lock)).collect::<Result<Vec<_>, _>>();
            return names.map_or(value, |names| names.join(", "));
        }
        EvidenceKind::Optical => value.parse().ok().map(optical),
        EvidenceKind::Reject => value.parse().ok().map(reject),
        _ => None,
    };
    word.map_or(value, str::to_owned)
}

fn service_state(state: ServiceState) -> &'static str {
    match state {
        ServiceState::Pending => t::badge_pending(),
        ServiceState::Approved => t::badge_approved(),
        ServiceState::Installing => t::badge_installing(),
        ServiceState::Active => t::badge_active(),
        ServiceState::Disconnected => t::badge_disconnected(),
    }
}

fn optical(state: OpticalState) -> &'static str {
    match state {
        OpticalState::Working => t::network_good(),
        OpticalState::LossOfSignal => t::cause_loss_of_signal(),
        OpticalState::DyingGasp => t::cause_power_off(),
        OpticalState::Unknown => t::network_unknown(),
    }
}

fn reject(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::WrongPassword | RejectReason::UnknownUser => t::cause_wrong_password(),
        RejectReason::WrongMac => t::cause_wrong_device(),
        RejectReason::TooManySessions => t::cause_already_connected(),
        RejectReason::Other => t::network_bad(),
    }
}

/// What tells a hit of the search from its neighbours: its codes in words, names and numbers as they are.
pub(crate) fn hit(kind: HitKind, detail: &str) -> String {
    detail.split(" · ").map(|part| code_of_hit(kind, part).unwrap_or(part)).collect::<Vec<_>>().join(" · ")
}

fn code_of_hit(kind: HitKind, part: &str) -> Option<&'static str> {
    match kind {
        HitKind::Subscriber => part.parse().ok().map(|found| badge(found).1),
        HitKind::Lead => part.parse().ok().map(lead_status),
        HitKind::Invoice => part.parse().ok().map(invoice_status),
        HitKind::Payment => part.parse().ok().map(payment_state),
        HitKind::Device => part.parse().ok().map(device_state),
        HitKind::Stock => part.parse().ok().map(stock_state),
        HitKind::Ticket => part.parse().ok().map(|status| ticket(status).1),
        HitKind::WorkOrder => {
            let status = || part.parse().ok().map(|status| work_status(status).1);
            part.parse().ok().map(work_kind).or_else(status)
        }
        HitKind::Session => None,
    }
}

fn lead_status(status: LeadStatus) -> &'static str {
    match status {
        LeadStatus::New => t::lead_status_new(),
        LeadStatus::Contacted => t::lead_status_contacted(),
        LeadStatus::Qualified => t::lead_status_qualified(),
        LeadStatus::Quoted => t::lead_status_quoted(),
        LeadStatus::Converted => t::lead_status_converted(),
        LeadStatus::Lost => t::lead_status_lost(),
    }
}

fn invoice_status(status: InvoiceStatus) -> &'static str {
    match status {
        InvoiceStatus::Draft => t::money_draft(),
        InvoiceStatus::Issued => t::money_status_open(),
        InvoiceStatus::Paid => t::money_status_paid(),
        InvoiceStatus::Void => t::money_status_void(),
    }
}

fn payment_state(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Matched => t::payment_state_matched(),
        PaymentState::Stray => t::payment_state_stray(),
        PaymentState::Reversed => t::payment_state_reversed(),
    }
}

fn device_state(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Up => t::device_state_up(),
        DeviceState::Degraded => t::device_state_degraded(),
        DeviceState::Down => t::device_state_down(),
        DeviceState::Unreachable => t::device_state_unreachable(),
        DeviceState::Maintenance => t::device_state_maintenance(),
        DeviceState::Unknown => t::device_state_unknown(),
    }
}

fn stock_state(state: StockState) -> &'static str {
    match state {
        StockState::InStock => t::stock_state_in_stock(),
        StockState::Assigned => t::stock_state_assigned(),
        StockState::Installed => t::stock_state_installed(),
        StockState::Returned => t::stock_state_returned(),
        StockState::Repair => t::stock_state_repair(),
        StockState::Retired => t::stock_state_retired(),
    }
}

pub(crate) fn step(step: ActivationStep) -> &'static str {
    match step {
        ActivationStep::Approve => t::step_approve(),
        ActivationStep::ReserveAddress => t::step_reserve_address(),
        ActivationStep::RadiusAccount => t::step_radius_account(),
        ActivationStep::FirstInvoice => t::step_first_invoice(),
        ActivationStep::WelcomeSms => t::step_welcome_sms(),
        ActivationStep::Online => t::step_online(),
    }
}

pub(crate) fn notice(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::LeadUnderstood => t::notice_lead_understood(),
        NoticeKind::Welcome => t::notice_welcome(),
        NoticeKind::InvoiceIssued => t::notice_invoice_issued(),
        NoticeKind::Reminder => t::notice_reminder(),
        NoticeKind::Locked => t::notice_locked(),
        NoticeKind::Receipt => t::notice_receipt(),
        NoticeKind::IncidentNotice => t::notice_incident_notice(),
        NoticeKind::IncidentOver => t::notice_incident_over(),
        NoticeKind::TechnicianComing => t::notice_technician_coming(),
        NoticeKind::PasswordReset => t::notice_password_reset(),
        NoticeKind::TicketAnswer => t::notice_ticket_answer(),
        NoticeKind::Reply => t::notice_reply(),
    }
}

/// Icon and words of what happened.
pub(crate) fn happened(kind: TimelineKind) -> (kit::icon::IconData, &'static str) {
    match kind {
        TimelineKind::LeadReceived => (icondata_lu::LuUserPlus, t::timeline_lead_received()),
        TimelineKind::Converted => (icondata_lu::LuHandshake, t::timeline_converted()),
        TimelineKind::Approved => (icondata_lu::LuCheck, t::timeline_approved()),
        TimelineKind::WorkOrder => (icondata_lu::LuWrench, t::timeline_work_order()),
        TimelineKind::Activated => (icondata_lu::LuPower, t::timeline_activated()),
        TimelineKind::Online => (icondata_lu::LuWifi, t::timeline_online()),
        TimelineKind::Offline => (icondata_lu::LuWifiOff, t::timeline_offline()),
        TimelineKind::Invoice => (icondata_lu::LuReceiptText, t::timeline_invoice()),
        TimelineKind::Payment => (icondata_lu::LuBanknote, t::timeline_payment()),
        TimelineKind::LockSet => (icondata_lu::LuLock, t::timeline_lock_set()),
        TimelineKind::LockLifted => (icondata_lu::LuLockOpen, t::timeline_lock_lifted()),
        TimelineKind::Message => (icondata_lu::LuMessageSquare, t::timeline_message()),
        TimelineKind::Ticket => (icondata_lu::LuLifeBuoy, t::timeline_ticket()),
        TimelineKind::Incident => (icondata_lu::LuTriangleAlert, t::timeline_incident()),
        TimelineKind::PlanChanged => (icondata_lu::LuGauge, t::timeline_plan_changed()),
        TimelineKind::Disconnected => (icondata_lu::LuUnplug, t::timeline_disconnected()),
        TimelineKind::Note => (icondata_lu::LuStickyNote, t::timeline_note()),
    }
}

/// Milliseconds as seconds with one decimal: `3.8`.
pub(crate) fn seconds(ms: i64) -> String {
    let tenths = (ms.max(0) + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}
