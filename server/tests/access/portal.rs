//! The doors of portal.

use super::{Door, needs, open, signed_in};

const SIGN_IN: &str = "the way in; throttled";
const SIGN_OUT: &str = "ends the caller's own session, if there is one";
const FIRST_PASSWORD: &str =
    "by a code that is sent to the phone on record; throttled, the same answer for all numbers";
const FORGOTTEN: &str = "asks for a link; the same answer to everybody; throttled";
const LINK: &str = "the token of the link is the proof; throttled";
const SECTIONS: &str = "everybody's first page: without portal.dashboard.read the answer is empty";

pub const DOORS: &[Door] = &[
    needs("/rpc/staff/portal/clock", "identity.session.own"),
    needs("/rpc/staff/portal/clock/move", "identity.demo.use"),
    needs("/rpc/staff/portal/clock/moving", "identity.demo.use"),
    needs("/rpc/staff/portal/subscribers/page", "crm.subscriber.read"),
    needs("/rpc/staff/portal/payments/prompt", "billing.payment.take"),
    needs("/rpc/staff/portal/payments/attempt", "billing.payment.take"),
    needs("/rpc/staff/portal/payments/counter", "billing.payment.take"),
    needs("/rpc/staff/portal/locks/set", "billing.lock.write"),
    needs("/rpc/staff/portal/locks/lift", "billing.lock.write"),
    needs("/rpc/staff/portal/tickets/open", "comms.ticket.write"),
    needs("/rpc/staff/portal/sessions/disconnect", "network.session.disconnect"),
    needs("/rpc/staff/portal/search", "portal.search.use"),
    signed_in("/rpc/staff/portal/dashboard", SECTIONS),
    needs("/rpc/partner/portal/home", "partner.home"),
    open("/rpc/partner/portal/sign_out", SIGN_OUT),
    needs("/rpc/my/portal/clock", "identity.session.own"),
    needs("/rpc/my/portal/home", "my.home"),
    needs("/rpc/my/portal/pay_form", "my.money"),
    needs("/rpc/my/portal/pay", "my.money"),
    needs("/rpc/my/portal/attempt", "my.money"),
    needs("/rpc/my/portal/have_paid", "my.money"),
    needs("/rpc/my/portal/receipt", "my.money"),
    needs("/rpc/my/portal/bills", "my.money"),
    needs("/rpc/my/portal/bill", "my.money"),
    needs("/rpc/my/portal/usage", "my.home"),
    needs("/rpc/my/portal/profile", "identity.session.own"),
    needs("/rpc/my/portal/end_session", "identity.session.own"),
    open("/rpc/my/portal/sign_in", SIGN_IN),
    open("/rpc/my/portal/confirm", SIGN_IN),
    open("/rpc/my/portal/sign_out", SIGN_OUT),
    open("/rpc/my/portal/ask_code", FIRST_PASSWORD),
    open("/rpc/my/portal/set_password", FIRST_PASSWORD),
    open("/rpc/my/portal/ask_link", FORGOTTEN),
    open("/rpc/my/portal/choose_password", LINK),
];
