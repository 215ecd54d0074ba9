//! Invoices. The one rule: a service is invoiced once per period, numbers have no gap, and the sum of the lines is the total.

mod draft;
mod issue;
mod settle;
mod views;
mod void;

pub use issue::{issue_again, issue_first_in_op, issue_period_in_op};
pub use settle::{due_in_op, settle_in_op};
pub use views::{counts, get_in_op, list, list_in_op, list_of_account_in_op};
pub use void::void;

pub(crate) use draft::{Draft, Which, billable_in_op, billable_on_in_op, drafts_in_op};
pub(crate) use issue::issue_many_in_op;
pub use views::InvoiceFilter;
