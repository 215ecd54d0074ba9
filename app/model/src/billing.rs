//! `billing`: types, forms and pure rules of this context.

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
