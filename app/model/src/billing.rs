//! `billing`: types, forms and pure rules of this context. The one rule: every amount is computed here from data, in whole
//! minor units, and the parts always make the whole.

pub mod commissions;
pub mod dunning;
pub mod invoices;
pub mod ledger;
pub mod locks;
pub mod mpesa;
pub mod payments;
pub mod periods;
pub mod policy;
pub mod proration;
pub mod runs;
pub mod stk;
pub mod strays;
pub mod tax;

crate::ids! {
    /// A bill.
    Invoice => InvoiceId,
    /// One line of a bill.
    InvoiceLine => InvoiceLineId,
    /// Money that has come in.
    Payment => PaymentId,
    /// Our asking for money: one payment prompt.
    PaymentAttempt => PaymentAttemptId,
    /// Postings that belong together and sum to zero.
    Journal => JournalId,
    /// One line of a journal.
    Posting => PostingId,
    /// An account of the ledger.
    LedgerAccount => LedgerAccountId,
    /// A reason why a service is off.
    Lock => LockId,
    /// One run over all accounts that are due.
    BillingRun => BillingRunId,
    /// What somebody has earned by a payment.
    Commission => CommissionId,
}

pub mod perm {
    //! What a role may be given in this context.
    crate::permissions! {
        InvoiceRead => "billing.invoice.read": "See invoices",
        InvoiceWrite => "billing.invoice.write": "Issue invoices",
        InvoiceVoid => "billing.invoice.void": "Void an unpaid invoice",
        PaymentRead => "billing.payment.read": "See payments",
        PaymentTake => "billing.payment.take": "Take payments and send payment prompts",
        PaymentReceive => "billing.payment.receive": "Post what payment providers report",
        StrayMatch => "billing.stray.match": "Match stray payments",
        RunRead => "billing.run.read": "See billing runs",
        RunStart => "billing.run.start": "Start billing runs",
        LockRead => "billing.lock.read": "See locks",
        LockWrite => "billing.lock.write": "Set and lift locks",
        LedgerRead => "billing.ledger.read": "Read the ledger",
        CommissionRead => "billing.commission.read": "See commissions",
        MyMoney => "my.money": "See and pay own bills",
        PartnerMoney => "partner.money": "See own commission and wallet",
    }
}
