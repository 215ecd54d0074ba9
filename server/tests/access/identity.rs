//! The doors of identity.

use super::{Door, needs, open};

const SIGN_IN: &str = "the way in; throttled";
const HALF_WAY: &str = "the second factor of a half-open session; refuses by itself without one; throttled";
const SIGN_OUT: &str = "ends the caller's own session, if there is one";
const SHELL: &str = "strangers get the ISP's name for the sign-in page, nothing else";
const FORGOTTEN: &str = "asks for a link; the same answer to everybody; throttled";
const LINK: &str = "the token of the link is the proof; throttled";
const TICKET: &str = "the ticket is the proof: once, within a minute";
const LEAVE: &str = "ends the view that the caller is in, if there is one";
const SETUP: &str = "the first start; closed for ever once an ISP exists";

pub const DOORS: &[Door] = &[
    open("/rpc/staff/identity/shell", SHELL),
    open("/rpc/my/identity/shell", SHELL),
    open("/rpc/staff/identity/sign_in", SIGN_IN),
    open("/rpc/partner/identity/sign_in", SIGN_IN),
    open("/rpc/staff/identity/mfa", HALF_WAY),
    open("/rpc/partner/identity/mfa", HALF_WAY),
    open("/rpc/staff/identity/sign_out", SIGN_OUT),
    open("/rpc/staff/identity/setup", SETUP),
    open("/rpc/staff/identity/setup_is_open", SETUP),
    needs("/rpc/staff/identity/sessions/list", "identity.session.own"),
    needs("/rpc/staff/identity/sessions/revoke", "identity.session.own"),
    needs("/rpc/partner/identity/sessions/list", "identity.session.own"),
    needs("/rpc/partner/identity/sessions/revoke", "identity.session.own"),
    needs("/rpc/partner/identity/password/change", "identity.session.own"),
    needs("/rpc/staff/identity/second_factor/read", "identity.session.own"),
    needs("/rpc/staff/identity/second_factor/begin", "identity.session.own"),
    needs("/rpc/staff/identity/second_factor/confirm", "identity.session.own"),
    needs("/rpc/staff/identity/second_factor/keep", "identity.session.own"),
    needs("/rpc/staff/identity/second_factor/renew", "identity.session.own"),
    needs("/rpc/staff/identity/second_factor/switch_off", "identity.session.own"),
    needs("/rpc/my/identity/second_factor/read", "identity.session.own"),
    needs("/rpc/my/identity/second_factor/begin", "identity.session.own"),
    needs("/rpc/my/identity/second_factor/confirm", "identity.session.own"),
    needs("/rpc/my/identity/second_factor/keep", "identity.session.own"),
    needs("/rpc/my/identity/second_factor/renew", "identity.session.own"),
    needs("/rpc/my/identity/second_factor/switch_off", "identity.session.own"),
    needs("/rpc/partner/identity/second_factor/read", "identity.session.own"),
    needs("/rpc/partner/identity/second_factor/begin", "identity.session.own"),
    needs("/rpc/partner/identity/second_factor/confirm", "identity.session.own"),
    needs("/rpc/partner/identity/second_factor/keep", "identity.session.own"),
    needs("/rpc/partner/identity/second_factor/renew", "identity.session.own"),
    needs("/rpc/partner/identity/second_factor/switch_off", "identity.session.own"),
    needs("/rpc/staff/identity/password/change", "identity.session.own"),
    open("/rpc/staff/identity/password/ask", FORGOTTEN),
    open("/rpc/staff/identity/password/choose", LINK),
    open("/rpc/partner/identity/password/ask", FORGOTTEN),
    open("/rpc/partner/identity/password/choose", LINK),
    needs("/rpc/staff/identity/staff/list", "identity.staff.read"),
    needs("/rpc/staff/identity/staff/get", "identity.staff.read"),
    needs("/rpc/staff/identity/staff/invite", "identity.staff.write"),
    needs("/rpc/staff/identity/staff/set_contact", "identity.staff.write"),
    needs("/rpc/staff/identity/staff/set_roles", "identity.staff.write"),
    needs("/rpc/staff/identity/staff/set_blocked", "identity.staff.write"),
    needs("/rpc/staff/identity/staff/send_link", "identity.staff.write"),
    needs("/rpc/staff/identity/staff/reset_second_factor", "identity.staff.write"),
    needs("/rpc/staff/identity/staff/sign_out_everywhere", "identity.staff.write"),
    needs("/rpc/staff/identity/roles/list", "identity.role.read"),
    needs("/rpc/staff/identity/roles/get", "identity.role.read"),
    needs("/rpc/staff/identity/roles/copy", "identity.role.write"),
    needs("/rpc/staff/identity/roles/save", "identity.role.write"),
    needs("/rpc/staff/identity/roles/remove", "identity.role.write"),
    needs("/rpc/staff/identity/audit/list", "identity.audit.read"),
    needs("/rpc/staff/identity/audit/verify", "identity.audit.read"),
    needs("/rpc/staff/identity/settings/get", "identity.setting.read"),
    needs("/rpc/staff/identity/settings/save", "identity.setting.write"),
    needs("/rpc/staff/identity/jobs/list", "identity.job.read"),
    needs("/rpc/staff/identity/jobs/retry", "identity.job.write"),
    needs("/rpc/staff/identity/jobs/drop", "identity.job.write"),
    needs("/rpc/staff/identity/view_as/choice", "identity.impersonation.start"),
    needs("/rpc/staff/identity/view_as/begin", "identity.impersonation.start"),
    open("/rpc/my/identity/view_as/enter", TICKET),
    open("/rpc/my/identity/view_as/leave", LEAVE),
];
