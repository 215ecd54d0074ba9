//! Double entry. The one rule: the postings of a journal sum to zero, and nothing is corrected but by a reversal.
//!
//! Debits are positive, credits negative. What a subscriber owes is the sum on `Receivable`; the balance that people see
//! is its opposite, so that owing is negative.

use super::tax::TaxSplit;
use crate::account_number::AccountNumber;
use crate::crm::{AccountId, ResellerId};
use crate::time::Timestamp;
use crate::{Currency, Money};
use serde::{Deserialize, Serialize};

crate::codes! {
    /// The accounts of the ledger.
    LedgerCode {
        /// What subscribers owe; one sub-account for each payer.
        Receivable => "receivable",
        CashMpesa => "cash_mpesa",
        CashBank => "cash_bank",
        CashHand => "cash_hand",
        RevenueService => "revenue_service",
        RevenueSetup => "revenue_setup",
        VatPayable => "vat_payable",
        ExcisePayable => "excise_payable",
        /// Money that came in and belongs to nobody yet.
        Suspense => "suspense",
        /// Deposits that subscribers get back.
        Deposits => "deposits",
        CommissionExpense => "commission_expense",
        /// What partners and resellers have earned and not been paid.
        CommissionPayable => "commission_payable",
        /// Balances brought from another system.
        Opening => "opening",
    }
}

crate::codes! {
    /// What a journal records.
    JournalKind {
        InvoiceIssued => "invoice_issued",
        InvoiceVoided => "invoice_voided",
        CreditNote => "credit_note",
        PaymentReceived => "payment_received",
        PaymentToSuspense => "payment_to_suspense",
        SuspenseMatched => "suspense_matched",
        SuspenseUnmatched => "suspense_unmatched",
        PaymentReversed => "payment_reversed",
        Refund => "refund",
        DepositTaken => "deposit_taken",
        DepositReturned => "deposit_returned",
        CommissionEarned => "commission_earned",
        CommissionClawedBack => "commission_clawed_back",
        CommissionPaid => "commission_paid",
        OpeningBalance => "opening_balance",
    }
}

crate::codes! {
    /// Where money comes in or goes out.
    CashAccount { Mpesa => "mpesa", Bank => "bank", Hand => "hand" }
}

impl CashAccount {
    pub const fn ledger(self) -> LedgerCode {
        match self {
            Self::Mpesa => LedgerCode::CashMpesa,
            Self::Bank => LedgerCode::CashBank,
            Self::Hand => LedgerCode::CashHand,
        }
    }
}

/// Whose part of a ledger account a posting is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// Ours alone.
    House,
    Payer(AccountId),
    Reseller(ResellerId),
}

/// One line to be written. Debit is positive, credit negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostingDraft {
    pub ledger: LedgerCode,
    pub holder: Holder,
    pub amount_minor: i64,
}

/// A journal to be written. Only the templates make one, so it always balances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalDraft {
    kind: JournalKind,
    currency: Currency,
    postings: Vec<PostingDraft>,
}

/// What a line of an invoice earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    pub revenue: LedgerCode,
    pub split: TaxSplit,
}

impl JournalDraft {
    /// Postings of zero are left out; equal ledgers are added together, so a journal has one line for each.
    fn new(kind: JournalKind, currency: Currency, lines: impl IntoIterator<Item = (LedgerCode, Holder, i64)>) -> Self {
        let mut postings: Vec<PostingDraft> = Vec::new();
        for (ledger, holder, amount_minor) in lines {
            match postings.iter_mut().find(|posting| posting.ledger == ledger && posting.holder == holder) {
                Some(posting) => posting.amount_minor += amount_minor,
                None => postings.push(PostingDraft { ledger, holder, amount_minor }),
            }
        }
        postings.retain(|posting| posting.amount_minor != 0);
        Self { kind, currency, postings }
    }

    /// Two lines: `amount` from one place to another.
    fn transfer(kind: JournalKind, amount: Money, debit: (LedgerCode, Holder), credit: (LedgerCode, Holder)) -> Self {
        Self::new(kind, amount.currency, [(debit.0, debit.1, amount.minor), (credit.0, credit.1, -amount.minor)])
    }

    pub const fn kind(&self) -> JournalKind {
        self.kind
    }

    pub const fn currency(&self) -> Currency {
        self.currency
    }

    pub fn postings(&self) -> &[PostingDraft] {
        &self.postings
    }

    /// Whether the postings sum to zero. Asserted before a journal is written.
    pub fn is_balanced(&self) -> bool {
        self.postings.iter().map(|posting| i128::from(posting.amount_minor)).sum::<i128>() == 0
    }

    /// The same postings with opposite signs, recorded as `kind`: the only way to correct a journal.
    pub fn reversed(&self, kind: JournalKind) -> Self {
        let postings = self.postings.iter().map(|p| PostingDraft { amount_minor: -p.amount_minor, ..*p }).collect();
        Self { kind, currency: self.currency, postings }
    }

    /// A bill: the payer owes the total; revenue, excise and VAT are earned or owed on.
    pub fn invoice_issued(payer: AccountId, currency: Currency, sales: &[Sale]) -> Self {
        Self::new(JournalKind::InvoiceIssued, currency, Self::sale_lines(payer, sales))
    }

    /// An unpaid bill taken back: the opposite of its issue.
    pub fn invoice_voided(payer: AccountId, currency: Currency, sales: &[Sale]) -> Self {
        Self::invoice_issued(payer, currency, sales).reversed(JournalKind::InvoiceVoided)
    }

    /// A credit for something that was billed: the payer owes less, and so do we to the tax office.
    pub fn credit_note(payer: AccountId, currency: Currency, sales: &[Sale]) -> Self {
        Self::invoice_issued(payer, currency, sales).reversed(JournalKind::CreditNote)
    }

    fn sale_lines(payer: AccountId, sales: &[Sale]) -> Vec<(LedgerCode, Holder, i64)> {
        let total = sales.iter().map(|sale| sale.split.total()).sum();
        let mut lines = vec![(LedgerCode::Receivable, Holder::Payer(payer), total)];
        for Sale { revenue, split } in sales {
            lines.push((*revenue, Holder::House, -split.net));
            lines.push((LedgerCode::ExcisePayable, Holder::House, -split.excise));
            lines.push((LedgerCode::VatPayable, Holder::House, -split.vat));
        }
        lines
    }

    /// Money from a payer whom we know. What is more than owed stays as credit on the same sub-account.
    pub fn payment_received(payer: AccountId, cash: CashAccount, amount: Money) -> Self {
        let credit = (LedgerCode::Receivable, Holder::Payer(payer));
        Self::transfer(JournalKind::PaymentReceived, amount, (cash.ledger(), Holder::House), credit)
    }

    /// Money that came in and cannot be attributed.
    pub fn payment_to_suspense(cash: CashAccount, amount: Money) -> Self {
        let credit = (LedgerCode::Suspense, Holder::House);
        Self::transfer(JournalKind::PaymentToSuspense, amount, (cash.ledger(), Holder::House), credit)
    }

    /// A stray payment that has found its payer.
    pub fn suspense_matched(payer: AccountId, amount: Money) -> Self {
        let credit = (LedgerCode::Receivable, Holder::Payer(payer));
        Self::transfer(JournalKind::SuspenseMatched, amount, (LedgerCode::Suspense, Holder::House), credit)
    }

    /// A match taken back.
    pub fn suspense_unmatched(payer: AccountId, amount: Money) -> Self {
        Self::suspense_matched(payer, amount).reversed(JournalKind::SuspenseUnmatched)
    }

    /// A payment that the provider took back.
    pub fn payment_reversed(payer: AccountId, cash: CashAccount, amount: Money) -> Self {
        Self::payment_received(payer, cash, amount).reversed(JournalKind::PaymentReversed)
    }

    /// Credit given back in money.
    pub fn refund(payer: AccountId, cash: CashAccount, amount: Money) -> Self {
        let debit = (LedgerCode::Receivable, Holder::Payer(payer));
        Self::transfer(JournalKind::Refund, amount, debit, (cash.ledger(), Holder::House))
    }

    /// A deposit becomes due: the payer owes it, and we owe it back one day.
    pub fn deposit_taken(payer: AccountId, amount: Money) -> Self {
        let debit = (LedgerCode::Receivable, Holder::Payer(payer));
        Self::transfer(JournalKind::DepositTaken, amount, debit, (LedgerCode::Deposits, Holder::Payer(payer)))
    }

    /// A deposit becomes credit of its payer.
    pub fn deposit_returned(payer: AccountId, amount: Money) -> Self {
        Self::deposit_taken(payer, amount).reversed(JournalKind::DepositReturned)
    }

    /// A partner or reseller has earned.
    pub fn commission_earned(holder: Holder, amount: Money) -> Self {
        let debit = (LedgerCode::CommissionExpense, Holder::House);
        Self::transfer(JournalKind::CommissionEarned, amount, debit, (LedgerCode::CommissionPayable, holder))
    }

    /// A commission taken back, because its payment was.
    pub fn commission_clawed_back(holder: Holder, amount: Money) -> Self {
        Self::commission_earned(holder, amount).reversed(JournalKind::CommissionClawedBack)
    }

    /// A commission paid out.
    pub fn commission_paid(holder: Holder, cash: CashAccount, amount: Money) -> Self {
        let debit = (LedgerCode::CommissionPayable, holder);
        Self::transfer(JournalKind::CommissionPaid, amount, debit, (cash.ledger(), Holder::House))
    }

    /// What a payer owed (`owed` positive) or had as credit (negative) in the system before us.
    pub fn opening_balance(payer: AccountId, owed: Money) -> Self {
        let debit = (LedgerCode::Receivable, Holder::Payer(payer));
        Self::transfer(JournalKind::OpeningBalance, owed, debit, (LedgerCode::Opening, Holder::House))
    }
}

/// The balance that people see, from the sum of postings on the payer's receivable: negative means owed to us.
pub const fn balance_of(receivable: Money) -> Money {
    receivable.negated()
}

/// One line of a statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementRow {
    pub at: Timestamp,
    pub kind: JournalKind,
    /// The number of the invoice or receipt.
    pub reference: String,
    pub amount: Money,
    /// After this line; negative means owed to us.
    pub balance: Money,
}

/// One posting as a journal shows it. Debit is positive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PostingRow {
    pub ledger: LedgerCode,
    /// The payer, on the accounts that are kept by payer.
    pub account_number: Option<AccountNumber>,
    pub amount: Money,
}

/// One journal with its postings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalRow {
    pub id: super::JournalId,
    pub kind: JournalKind,
    /// The number of the invoice or receipt.
    pub reference: String,
    pub at: Timestamp,
    pub actor: String,
    pub is_reversal: bool,
    pub postings: Vec<PostingRow>,
}

/// What stands on one account of the ledger. Debit is positive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BalanceLine {
    pub ledger: LedgerCode,
    pub balance: Money,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::tax::{RatesOn, split_inclusive};
    use proptest::prelude::*;

    fn sale(total: i64) -> Sale {
        let split = split_inclusive(total, RatesOn { excise: 1500, vat: 1600 });
        Sale { revenue: LedgerCode::RevenueService, split }
    }

    fn on(journal: &JournalDraft, ledger: LedgerCode) -> i64 {
        journal.postings().iter().filter(|p| p.ledger == ledger).map(|p| p.amount_minor).sum()
    }

    #[test]
    fn an_invoice_is_owed_by_the_payer_and_divided_among_revenue_and_taxes() {
        let journal = JournalDraft::invoice_issued(AccountId::new(), Currency::Kes, &[sale(133_400), sale(133_400)]);
        assert_eq!(journal.postings().len(), 4);
        assert_eq!(on(&journal, LedgerCode::Receivable), 266_800);
        assert_eq!(on(&journal, LedgerCode::RevenueService), -200_000);
        assert_eq!(on(&journal, LedgerCode::ExcisePayable), -30_000);
        assert_eq!(on(&journal, LedgerCode::VatPayable), -36_800);
    }

    #[test]
    fn voiding_undoes_the_issue_line_by_line() {
        let payer = AccountId::new();
        let issued = JournalDraft::invoice_issued(payer, Currency::Kes, &[sale(150_000)]);
        let voided = JournalDraft::invoice_voided(payer, Currency::Kes, &[sale(150_000)]);
        assert_eq!(voided, issued.reversed(JournalKind::InvoiceVoided));
        for ledger in LedgerCode::ALL {
            assert_eq!(on(&issued, *ledger) + on(&voided, *ledger), 0);
        }
    }

    #[test]
    fn a_stray_payment_ends_where_a_known_one_does() {
        let (payer, amount) = (AccountId::new(), Money::kes(150_000));
        let stray = JournalDraft::payment_to_suspense(CashAccount::Mpesa, amount);
        let matched = JournalDraft::suspense_matched(payer, amount);
        let known = JournalDraft::payment_received(payer, CashAccount::Mpesa, amount);
        for ledger in LedgerCode::ALL {
            assert_eq!(on(&stray, *ledger) + on(&matched, *ledger), on(&known, *ledger));
        }
    }

    #[test]
    fn an_untaxed_invoice_has_no_empty_lines() {
        let sales = [Sale { revenue: LedgerCode::RevenueSetup, split: TaxSplit { net: 100, excise: 0, vat: 0 } }];
        assert_eq!(JournalDraft::invoice_issued(AccountId::new(), Currency::Kes, &sales).postings().len(), 2);
    }

    #[test]
    fn owing_is_a_negative_balance() {
        assert_eq!(balance_of(Money::kes(150_000)), Money::kes(-150_000));
    }

    proptest! {
        #[test]
        fn every_template_balances(
            totals in prop::collection::vec(-1_000_000_000i64..1_000_000_000, 0..8), minor in 1i64..1_000_000_000,
        ) {
            let payer = AccountId::new();
            let partner = Holder::Reseller(ResellerId::new());
            let sales: Vec<Sale> = totals.into_iter().map(sale).collect();
            let (kes, amount, cash) = (Currency::Kes, Money::kes(minor), CashAccount::Bank);
            let all = [
                JournalDraft::invoice_issued(payer, kes, &sales),
                JournalDraft::invoice_voided(payer, kes, &sales),
                JournalDraft::credit_note(payer, kes, &sales),
                JournalDraft::payment_received(payer, cash, amount),
                JournalDraft::payment_to_suspense(cash, amount),
                JournalDraft::suspense_matched(payer, amount),
                JournalDraft::suspense_unmatched(payer, amount),
                JournalDraft::payment_reversed(payer, cash, amount),
                JournalDraft::refund(payer, cash, amount),
                JournalDraft::deposit_taken(payer, amount),
                JournalDraft::deposit_returned(payer, amount),
                JournalDraft::commission_earned(partner, amount),
                JournalDraft::commission_clawed_back(partner, amount),
                JournalDraft::commission_paid(partner, cash, amount),
                JournalDraft::opening_balance(payer, amount),
            ];
            prop_assert_eq!(all.len(), JournalKind::ALL.len());
            for journal in all {
                prop_assert!(journal.is_balanced(), "{:?}", journal);
                prop_assert!(journal.reversed(JournalKind::Refund).is_balanced());
                prop_assert!(journal.postings().iter().all(|posting| posting.amount_minor != 0));
            }
        }
    }
}
