//! Payments. The one rule: what a provider reports is stored before anything is done with it, and money is posted once per
//! receipt, whatever the channel, the order and the number of reports.

pub mod callbacks;
mod commissions;
mod counter;
pub mod daraja;
mod figures;
pub mod mpesa;
pub mod prompts;
mod receive;
pub mod reconcile;
pub mod strays;
mod timeline;
mod unanswered;
mod views;

pub use counter::{sheet, take};
pub use figures::{MoneyFigures, figures};
pub use receive::{MoneyIn, Received, receive_in_op};
pub use timeline::{NetworkAnswer, coa_sent_in_op, online_in_op, timeline_in_op};
pub(crate) use views::method_of;
pub use views::{PaymentFilter, attempt_in_op, list, list_of_account_in_op, receipt_in_op};
