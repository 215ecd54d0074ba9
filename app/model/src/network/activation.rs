//! Activation: the steps from an installed service to an online one. The one rule: steps run in order, and when one cannot
//! be done the steps before it are taken back in the opposite order.

use super::ActivationId;
use crate::crm::{ServiceId, SubscriberId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

crate::codes! {
    /// The steps, in order.
    ActivationStep {
        Approve => "approve",
        ReserveAddress => "reserve_address",
        RadiusAccount => "radius_account",
        FirstInvoice => "first_invoice",
        WelcomeSms => "welcome_sms",
        Online => "online",
    }
}

impl ActivationStep {
    /// Whether it can be taken back. An approval is a person's word, a message cannot be unsent, and being online ends
    /// by itself when its account is gone.
    pub const fn can_undo(self) -> bool {
        matches!(self, Self::ReserveAddress | Self::RadiusAccount | Self::FirstInvoice)
    }

    /// The step after it.
    pub fn next(self) -> Option<Self> {
        Self::ALL.iter().copied().find(|step| *step > self)
    }
}

crate::codes! {
    /// Where a step stands.
    StepState {
        Waiting => "waiting",
        Running => "running",
        Done => "done",
        Failed => "failed",
        Undone => "undone",
    }
}

crate::codes! {
    /// Where an activation stands.
    ActivationState {
        Running => "running",
        /// A step failed; it may be tried again.
        Failed => "failed",
        /// Everything was taken back.
        Undone => "undone",
        /// All is ready; the subscriber's router has not dialled yet.
        Ready => "ready",
        Online => "online",
    }
}

/// The first step that is not done.
pub fn next_step(done: &[ActivationStep]) -> Option<ActivationStep> {
    ActivationStep::ALL.iter().copied().find(|step| !done.contains(step))
}

/// What is to be taken back, in this order: of the done steps those that can be, the last first.
pub fn to_undo(done: &[ActivationStep]) -> Vec<ActivationStep> {
    ActivationStep::ALL.iter().rev().copied().filter(|step| step.can_undo() && done.contains(step)).collect()
}

/// The state of an activation, from the states of its steps.
pub fn state_of(steps: &[(ActivationStep, StepState)]) -> ActivationState {
    let has = |state| steps.iter().any(|(_, s)| *s == state);
    let is_done = |step| steps.contains(&(step, StepState::Done));
    if has(StepState::Failed) {
        ActivationState::Failed
    } else if has(StepState::Undone) {
        ActivationState::Undone
    } else if is_done(ActivationStep::Online) {
        ActivationState::Online
    } else if is_done(ActivationStep::WelcomeSms) {
        ActivationState::Ready
    } else {
        ActivationState::Running
    }
}

/// One step as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepView {
    pub step: ActivationStep,
    pub state: StepState,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub tries: i32,
    /// What happened: the address, the invoice number, or why it failed.
    pub note: Option<String>,
}

/// An activation as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivationView {
    pub id: ActivationId,
    pub service_id: ServiceId,
    pub subscriber_id: SubscriberId,
    pub subscriber: String,
    pub state: ActivationState,
    pub steps: Vec<StepView>,
    pub started_at: Timestamp,
    pub online_at: Option<Timestamp>,
}

/// Tries a failed activation again, from the step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RetryActivationForm {
    pub id: ActivationId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use ActivationStep::*;

    #[test]
    fn steps_run_in_order() {
        let mut done = Vec::new();
        while let Some(step) = next_step(&done) {
            done.push(step);
        }
        assert_eq!(done, ActivationStep::ALL);
        assert_eq!((Approve.next(), Online.next()), (Some(ReserveAddress), None));
    }

    #[test]
    fn what_was_done_is_taken_back_in_the_opposite_order() {
        assert_eq!(to_undo(ActivationStep::ALL), [FirstInvoice, RadiusAccount, ReserveAddress]);
        assert_eq!(to_undo(&[Approve, ReserveAddress]), [ReserveAddress]);
        assert_eq!(to_undo(&[]), []);
    }

    #[test]
    fn an_activation_is_ready_before_it_is_online() {
        let until = |last: usize| -> Vec<_> {
            let state = |at| if at <= last { StepState::Done } else { StepState::Waiting };
            ActivationStep::ALL.iter().enumerate().map(|(at, step)| (*step, state(at))).collect()
        };
        assert_eq!(state_of(&until(0)), ActivationState::Running);
        assert_eq!(state_of(&until(4)), ActivationState::Ready);
        assert_eq!(state_of(&until(5)), ActivationState::Online);
        let mut failed = until(2);
        failed[3].1 = StepState::Failed;
        assert_eq!(state_of(&failed), ActivationState::Failed);
        assert_eq!(state_of(&[(ReserveAddress, StepState::Undone)]), ActivationState::Undone);
    }
}
