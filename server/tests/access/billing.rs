//! The doors of billing.

use super::{Door, needs};

pub const DOORS: &[Door] = &[
    needs("/rpc/staff/billing/invoices/list", "billing.invoice.read"),
    needs("/rpc/staff/billing/invoices/get", "billing.invoice.read"),
    needs("/rpc/staff/billing/invoices/void", "billing.invoice.void"),
    needs("/rpc/staff/billing/invoices/issue_again", "billing.invoice.write"),
    needs("/rpc/staff/billing/payments/list", "billing.payment.read"),
    needs("/rpc/staff/billing/payments/get", "billing.payment.read"),
    needs("/rpc/staff/billing/payments/take", "billing.payment.take"),
    needs("/rpc/staff/billing/payments/prompt", "billing.payment.take"),
    needs("/rpc/staff/billing/prompts/get", "billing.payment.take"),
    needs("/rpc/staff/billing/strays/list", "billing.stray.match"),
    needs("/rpc/staff/billing/strays/match", "billing.stray.match"),
    needs("/rpc/staff/billing/strays/match_number", "billing.stray.match"),
    needs("/rpc/staff/billing/strays/unmatch", "billing.stray.match"),
    needs("/rpc/staff/billing/payments/for", "billing.payment.take"),
    needs("/rpc/staff/billing/runs/list", "billing.run.read"),
    needs("/rpc/staff/billing/runs/start", "billing.run.start"),
    needs("/rpc/staff/billing/locks/soon", "billing.lock.read"),
    needs("/rpc/staff/billing/locks/set", "billing.lock.write"),
    needs("/rpc/staff/billing/locks/lift", "billing.lock.write"),
    needs("/rpc/staff/billing/ledger/read", "billing.ledger.read"),
    needs("/rpc/staff/billing/policy/get", "identity.setting.read"),
    needs("/rpc/staff/billing/policy/save", "identity.setting.write"),
    needs("/rpc/my/billing/balance", "my.money"),
    needs("/rpc/my/billing/invoices/list", "my.money"),
    needs("/rpc/my/billing/invoices/get", "my.money"),
    needs("/rpc/my/billing/pay", "my.money"),
    needs("/rpc/my/billing/attempts/get", "my.money"),
];
