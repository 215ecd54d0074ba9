//! The doors of identity.

use super::{Door, needs, open};

const SIGN_IN: &str = "the way in; throttled";
const HALF_WAY: &str = "the second factor of a half-open session; refuses by itself without one; throttled";
const SIGN_OUT: &str = "ends the caller's own session, if there is one";
const SHELL: &str = "strangers get the ISP's name for the sign-in page, nothing else";
const SETUP: &str = "the first start; closed for ever once an ISP exists";

pub const DOORS: &[Door] = &[
    open("/rpc/staff/identity/shell", SHELL),
    open("/rpc/my/identity/shell", SHELL),
    open("/rpc/staff/identity/sign_in", SIGN_IN),
    open("/rpc/my/identity/sign_in", SIGN_IN),
    open("/rpc/partner/identity/sign_in", SIGN_IN),
    open("/rpc/staff/identity/mfa", HALF_WAY),
    open("/rpc/my/identity/mfa", HALF_WAY),
    open("/rpc/partner/identity/mfa", HALF_WAY),
    open("/rpc/staff/identity/sign_out", SIGN_OUT),
    open("/rpc/my/identity/sign_out", SIGN_OUT),
    open("/rpc/partner/identity/sign_out", SIGN_OUT),
    open("/rpc/staff/identity/setup", SETUP),
    open("/rpc/staff/identity/setup_is_open", SETUP),
    needs("/rpc/staff/identity/sessions/list", "identity.session.own"),
    needs("/rpc/staff/identity/sessions/revoke", "identity.session.own"),
];
