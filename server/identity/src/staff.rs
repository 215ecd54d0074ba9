//! The ISP's people: inviting, blocking, roles, the way back in. The one rule: nobody hands out or touches more than
//! they have themselves, and one administrator who can sign in always stays.

mod sql;

use crate::links;
use crate::logins::{self, NewLogin};
use crate::mfa;
use model::identity::links::{LinkPurpose, LinkWay};
use model::identity::perm::{StaffRead, StaffWrite};
use model::identity::staff::{
    Contact, ContactForm, InviteForm, RoleChoice, StaffRolesForm, StaffRow, StaffSheet, StaffState,
};
use model::identity::{LoginId, RoleId};
use model::{AppError, Audience, PermissionSet};
use platform::audit::Change;
use platform::error::{from_sql, violated};
use platform::{Op, Tx, sessions};
use serde_json::json;
use uuid::Uuid;

/// Who gives: their id and what they may do.
#[derive(Debug, Clone)]
pub struct Giver {
    pub id: Uuid,
    pub permissions: PermissionSet,
}

impl Giver {
    /// The person who asks.
    pub fn of(ctx: &platform::RequestCtx) -> Result<Self, AppError> {
        let person = ctx.person()?;
        Ok(Self { id: person.id, permissions: person.permissions.clone() })
    }

    /// Refuses what the giver does not have: whoever could hand it out would have it the next minute.
    pub(crate) fn ensure_has<'a>(&self, codes: impl IntoIterator<Item = &'a str>) -> Result<(), AppError> {
        match codes.into_iter().find(|code| !self.permissions.has(code)) {
            None => Ok(()),
            Some(_) => Err(AppError::Conflict(
                "This asks for more than your own roles allow. Ask an administrator to do it.".into(),
            )),
        }
    }
}

/// The ISP's people by name. `q` looks in name and login name, `state` narrows.
pub async fn list(tx: &mut Tx<StaffRead>, q: &str, state: &str) -> Result<Vec<StaffRow>, AppError> {
    let wanted = StaffState::from_code(state);
    let people = sql::people(tx.conn(), q.trim(), None).await.map_err(from_sql)?;
    let rows = with_sessions(tx, people).await?;
    Ok(rows.into_iter().filter(|row| wanted.is_none_or(|state| state == row.state)).collect())
}

async fn with_sessions(op: &mut Op, people: Vec<sql::Person>) -> Result<Vec<StaffRow>, AppError> {
    let ids: Vec<Uuid> = people.iter().map(|person| person.id).collect();
    let seen = sessions::seen(op.app(), op.tenant(), &ids).await?;
    let row = |person: sql::Person| {
        let (sessions, seen_at) = seen.get(&person.id).map_or((0, None), |(n, at)| (*n, Some(*at)));
        StaffRow {
            id: LoginId::from_uuid(person.id),
            name: person.name,
            full_name: person.full_name,
            roles: person.roles,
            state: StaffState::of(person.is_blocked, person.has_password),
            has_second_factor: person.has_second_factor,
            sessions,
            seen_at,
        }
    };
    Ok(people.into_iter().map(row).collect())
}

/// One person in full.
pub async fn get(tx: &mut Tx<StaffRead>, reader: &Giver, id: LoginId) -> Result<StaffSheet, AppError> {
    let people = sql::people(tx.conn(), "", Some(id.uuid())).await.map_err(from_sql)?;
    let row = with_sessions(tx, people).await?.pop().ok_or(AppError::NotFound)?;
    let contact = sql::contact(tx.conn(), id.uuid()).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let roles = sql::role_choices(tx.conn(), Some(id.uuid())).await.map_err(from_sql)?;
    Ok(StaffSheet {
        row,
        phone: contact.phone.and_then(|phone| phone.parse().ok()),
        email: contact.email,
        lang: contact.lang.and_then(|lang| lang.parse().ok()),
        roles,
        is_self: reader.id == id.uuid(),
        can_write: reader.permissions.can::<StaffWrite>(),
    })
}

/// The roles that people of the staff may have, none chosen.
pub async fn roles_to_give(tx: &mut Tx<StaffWrite>) -> Result<Vec<RoleChoice>, AppError> {
    sql::role_choices(tx.conn(), None).await.map_err(from_sql)
}

/// Makes a login without a password and sends the link to choose one, by SMS where there is a phone, else by e-mail.
///
/// # Errors
/// `Invalid` names the fields, also a login name that is taken; `Conflict` for a role that allows more than the giver has;
/// `NotFound` for a role that is not there or not for staff.
pub async fn invite(tx: &mut Tx<StaffWrite>, giver: &Giver, form: InviteForm) -> Result<LoginId, AppError> {
    let invite = form.parse().map_err(AppError::Invalid)?;
    let Contact { full_name, email, phone, lang } = invite.person.clone();
    let name = invite.person.login_name().ok_or_else(|| AppError::invalid("email", "Enter an e-mail address."))?;
    let id = LoginId::new();
    let field = if email.is_some() { "email" } else { "phone" };
    let new = NewLogin {
        id,
        audience: Audience::Staff,
        name,
        full_name: full_name.into_string(),
        phone: phone.map(model::msisdn::Msisdn::canonical),
        email: email.map(|email| email.as_str().to_lowercase()),
        lang,
        password: None,
        role_codes: vec![],
        reseller_id: None,
    };
    logins::create_in_op(tx, new).await.map_err(|error| match error.fields() {
        Some(fields) => AppError::invalid(field, fields.0.first().map_or_else(String::new, |f| f.message.clone())),
        None => error,
    })?;
    give_roles(tx, giver, id, &invite.roles).await?;
    links::issue_in_op(tx, id, LinkPurpose::Invite, LinkWay::Phone).await?;
    Ok(id)
}

/// Gives a person exactly these roles. They count at the person's next request. The same roles again change nothing.
///
/// # Errors
/// `NotFound` for a person or role that is not there; `Conflict` for one's own login, for more than the giver has, and
/// for the last administrator.
pub async fn set_roles(tx: &mut Tx<StaffWrite>, giver: &Giver, form: StaffRolesForm) -> Result<(), AppError> {
    if form.roles.is_empty() {
        return Err(AppError::invalid("roles", "Choose at least one role, or block the login instead."));
    }
    ensure_may_touch(tx, giver, form.id).await?;
    let guard = AdminGuard::watch(tx).await?;
    give_roles(tx, giver, form.id, &form.roles).await?;
    guard.check(tx).await
}

async fn give_roles(op: &mut Op, giver: &Giver, id: LoginId, roles: &[RoleId]) -> Result<(), AppError> {
    let wanted: Vec<Uuid> = roles.iter().map(|role| role.uuid()).collect();
    let before = sql::role_names(op.conn(), id.uuid()).await.map_err(from_sql)?;
    let found = sql::staff_roles(op.conn(), &wanted).await.map_err(from_sql)?;
    if wanted.iter().any(|id| !found.contains(id)) {
        return Err(AppError::NotFound);
    }
    let codes = sql::permissions_of_roles(op.conn(), &wanted).await.map_err(from_sql)?;
    giver.ensure_has(codes.iter().map(String::as_str))?;
    let tenant = op.tenant().uuid();
    sql::set_roles(op.conn(), tenant, id.uuid(), &wanted).await.map_err(from_sql)?;
    let after = sql::role_names(op.conn(), id.uuid()).await.map_err(from_sql)?;
    if before != after {
        let change = Change::new("identity.login.set_roles", "login", id);
        op.audit(change.before(json!({ "roles": before })).after(json!({ "roles": after })));
    }
    Ok(())
}

/// Blocks a login or opens it again. A blocked one is out at its next request; the door also ends the sessions. Blocking
/// a blocked one changes nothing.
///
/// # Errors
/// As `set_roles`.
pub async fn set_blocked(
    tx: &mut Tx<StaffWrite>,
    giver: &Giver,
    id: LoginId,
    is_blocked: bool,
) -> Result<(), AppError> {
    ensure_may_touch(tx, giver, id).await?;
    let guard = AdminGuard::watch(tx).await?;
    let state = if is_blocked { "blocked" } else { "active" };
    if let Some(before) = sql::set_state(tx.conn(), id.uuid(), state).await.map_err(from_sql)?
        && before != state
    {
        let change = Change::new("identity.login.set_state", "login", id);
        tx.audit(change.before(json!({ "state": before })).after(json!({ "state": state })));
    }
    guard.check(tx).await
}

/// Corrects name, phone, e-mail and language. The login name stays: people know it.
///
/// # Errors
/// `Invalid` names the fields; `NotFound`; `Conflict` for more than the giver has.
pub async fn set_contact(tx: &mut Tx<StaffWrite>, giver: &Giver, form: ContactForm) -> Result<(), AppError> {
    let (id, person) = form.parse().map_err(AppError::Invalid)?;
    // A new address gets the next link, so this is as much as setting the password.
    ensure_not_above(tx, giver, id).await?;
    let before = sql::contact(tx.conn(), id.uuid()).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    let after = sql::ContactRow {
        full_name: person.full_name.into_string(),
        phone: person.phone.map(model::msisdn::Msisdn::canonical),
        email: person.email.map(|email| email.as_str().to_lowercase()),
        lang: person.lang.map(|lang| lang.code().to_owned()),
    };
    sql::set_contact(tx.conn(), id.uuid(), &after).await.map_err(|error| match violated(&error) {
        Some("login_full_name_check") => AppError::invalid("full_name", "Enter a name of at most 120 characters."),
        _ => from_sql(error),
    })?;
    if before != after {
        tx.audit(Change::new("identity.login.set_contact", "login", id).before(json!(before)).after(json!(after)));
    }
    Ok(())
}

/// Sends a new link to choose a password; the password of now works until it is used.
///
/// # Errors
/// `NotFound`; `Conflict` for a blocked login, one without phone and e-mail, or more than the giver has.
pub async fn send_link(tx: &mut Tx<StaffWrite>, giver: &Giver, id: LoginId) -> Result<(), AppError> {
    ensure_not_above(tx, giver, id).await?;
    let person =
        sql::people(tx.conn(), "", Some(id.uuid())).await.map_err(from_sql)?.pop().ok_or(AppError::NotFound)?;
    let contact = sql::contact(tx.conn(), id.uuid()).await.map_err(from_sql)?.ok_or(AppError::NotFound)?;
    if person.is_blocked {
        return Err(AppError::Conflict("This login is blocked. Open it again first.".into()));
    }
    if contact.phone.is_none() && contact.email.is_none() {
        return Err(AppError::Conflict(
            "There is no phone and no e-mail address to send it to. Enter one first.".into(),
        ));
    }
    let purpose = if person.has_password { LinkPurpose::Reset } else { LinkPurpose::Invite };
    links::issue_in_op(tx, id, purpose, LinkWay::Phone).await
}

/// Takes a person's second factor away, for the day phone and recovery codes are lost. Where the ISP requires one, the
/// person sets up a new one at the next sign-in. Doing it twice succeeds.
///
/// # Errors
/// As `set_roles`.
pub async fn reset_second_factor(tx: &mut Tx<StaffWrite>, giver: &Giver, id: LoginId) -> Result<(), AppError> {
    ensure_may_touch(tx, giver, id).await?;
    mfa::remove_in_op(tx, id.uuid()).await?;
    tx.audit(Change::new("identity.mfa.reset", "login", id));
    Ok(())
}

/// Notes that a person is signed out everywhere; the door ends the sessions after the commit.
///
/// # Errors
/// `NotFound`; `Conflict` for more than the giver has.
pub async fn sign_out_everywhere(tx: &mut Tx<StaffWrite>, giver: &Giver, id: LoginId) -> Result<(), AppError> {
    ensure_not_above(tx, giver, id).await?;
    tx.audit(Change::new("identity.sessions.end_all", "login", id));
    Ok(())
}

/// Another person of the staff who has nothing that the giver lacks.
async fn ensure_may_touch(op: &mut Op, giver: &Giver, id: LoginId) -> Result<(), AppError> {
    if giver.id == id.uuid() {
        return Err(AppError::Conflict("This is your own login. Ask another administrator to do it.".into()));
    }
    ensure_not_above(op, giver, id).await
}

async fn ensure_not_above(op: &mut Op, giver: &Giver, id: LoginId) -> Result<(), AppError> {
    if !sql::is_staff(op.conn(), id.uuid()).await.map_err(from_sql)? {
        return Err(AppError::NotFound);
    }
    let codes = sql::permissions_of(op.conn(), id.uuid()).await.map_err(from_sql)?;
    giver.ensure_has(codes.iter().map(String::as_str))
}

/// Watches that a change does not take the last administrator who can sign in: one who may change staff and roles.
pub(crate) struct AdminGuard {
    before: i64,
}

impl AdminGuard {
    /// Counts before the change; two changes at once wait for one another.
    pub(crate) async fn watch(op: &mut Op) -> Result<Self, AppError> {
        sql::lock_administrators(op.conn()).await.map_err(from_sql)?;
        Ok(Self { before: sql::administrators(op.conn()).await.map_err(from_sql)? })
    }

    /// Refuses the change when nobody would be left.
    pub(crate) async fn check(self, op: &mut Op) -> Result<(), AppError> {
        if self.before > 0 && sql::administrators(op.conn()).await.map_err(from_sql)? == 0 {
            return Err(AppError::Conflict(
                "This would leave nobody who can change staff and roles. Make another administrator first.".into(),
            ));
        }
        Ok(())
    }
}
