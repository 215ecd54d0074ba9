//! Setting up one's own second factor. The one rule: it counts from the moment in which the authenticator answered
//! rightly, and seed and recovery codes are readable only until the person says that the codes are kept.

use crate::factor_keeper::{FactorKeeper, Stored};
use crate::mfa::{self, fresh_codes, normal, totp};
use crate::passwords;
use chrono::TimeDelta;
use model::identity::perm::SessionOwn;
use model::identity::second_factor::{Enrolment, ProofForm, SecondFactor, grouped_key};
use model::{AppError, Audience};
use platform::audit::Change;
use platform::sessions::{self, SignedIn};
use platform::throttle::{self, Limit};
use platform::{App, Op, RequestCtx, Tx};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Minutes that a half-made factor, or codes that were not put away, stay readable.
const OPEN_MINUTES: i64 = 30;
/// Minutes after a sign-in in which the password is not asked again.
const FRESH_MINUTES: i64 = 5;
const PER_LOGIN: Limit = Limit { failures_max: 10 };

/// Who sets up: the login or operator, its audience, and whether who this is was proven just now.
#[derive(Debug, Clone, Copy)]
pub struct Me {
    pub login: Uuid,
    pub audience: Audience,
    pub is_fresh: bool,
}

impl Me {
    /// The person who asks: never somebody who views as them, who would see the seed of what is being set up.
    ///
    /// # Errors
    /// `Conflict` for a viewer.
    pub fn of(ctx: &RequestCtx) -> Result<Self, AppError> {
        if ctx.viewer().is_some() {
            return Err(AppError::Conflict(
                "How a person proves who they are is shown to nobody who views as them.".into(),
            ));
        }
        let age = ctx.signed_in.as_ref().map(|signed_in| ctx.app.clock.real_now() - signed_in.at);
        let is_fresh = age.is_some_and(|age| age < TimeDelta::minutes(FRESH_MINUTES));
        Ok(Self { login: ctx.person()?.id, audience: ctx.audience, is_fresh })
    }
}

/// What is sealed while a factor is set up. Without a seed only the recovery codes are new.
#[derive(Serialize, Deserialize)]
struct Sealed {
    seed: Option<String>,
    codes: Vec<String>,
}

/// Whether the ISP wants a second factor of people of this audience. Subscribers may have one and never must: many have
/// no phone that could run an authenticator.
pub(crate) const fn is_asked_of(audience: Audience) -> bool {
    matches!(audience, Audience::Staff | Audience::Partner)
}

/// Keeps what is being set up, sealed, for a while.
async fn put(keeper: &mut impl FactorKeeper, me: Me, sealed: &Sealed, confirmed: bool) -> Result<(), AppError> {
    let plain = serde_json::to_vec(sealed).map_err(platform::internal)?;
    let until = keeper.app().clock.real_now() + TimeDelta::minutes(OPEN_MINUTES);
    keeper.set_enrolment(me, &plain, confirmed, until).await
}

/// What is being set up, and whether the authenticator has answered.
async fn open(keeper: &mut impl FactorKeeper, me: Me) -> Result<Option<(Sealed, bool)>, AppError> {
    let now = keeper.app().clock.real_now();
    let Some((plain, confirmed)) = keeper.enrolment(me, now).await? else { return Ok(None) };
    let sealed = serde_json::from_slice(&plain).map_err(platform::internal)?;
    Ok(Some((sealed, confirmed)))
}

fn seed_of(sealed: &Sealed) -> Option<Vec<u8>> {
    sealed.seed.as_ref().and_then(|seed| hex::decode(seed).ok())
}

/// How the second factor of the person who asks stands.
pub async fn read(keeper: &mut impl FactorKeeper, me: Me) -> Result<SecondFactor, AppError> {
    let stored = keeper.stored(me).await?;
    let codes_left = keeper.codes_left(me).await?;
    let enrolment = match open(keeper, me).await? {
        None => None,
        Some((sealed, true)) => Some(Enrolment::Keep { codes: sealed.codes }),
        Some((sealed, false)) => match seed_of(&sealed) {
            Some(seed) => Some(scan(&stored, &seed)?),
            None => None,
        },
    };
    Ok(SecondFactor {
        is_on: stored.has_factor,
        is_required: stored.is_required,
        codes_left,
        asks_password: stored.has_factor || !me.is_fresh,
        enrolment,
    })
}

fn scan(stored: &Stored, seed: &[u8]) -> Result<Enrolment, AppError> {
    // A colon parts issuer and account in what the authenticator reads.
    let totp = totp(seed, &stored.issuer.replace(':', " "), &stored.name.replace(':', " "))?;
    let url = totp.to_url().map_err(platform::internal)?;
    let drawn = qrcode::QrCode::new(url.as_bytes()).map_err(platform::internal)?;
    let svg = drawn.render::<qrcode::render::svg::Color<'_>>().min_dimensions(208, 208).build();
    // What a page takes begins with the element, not with a line for files.
    let svg = svg.find("<svg").map(|at| svg[at..].to_owned()).unwrap_or(svg);
    Ok(Enrolment::Scan { svg, key: grouped_key(&mfa::base32(seed)) })
}

/// Makes a seed and shows it. An earlier factor stays until the new one has answered. Asks for the password where who
/// this is was not proven just now, and always where a factor would be replaced. A second call makes another seed.
pub async fn begin(keeper: &mut impl FactorKeeper, me: Me, form: ProofForm) -> Result<(), AppError> {
    let stored = keeper.stored(me).await?;
    if stored.has_factor || !me.is_fresh {
        prove(keeper.app(), me, form.proof, stored.password_hash).await?;
    }
    let seed: [u8; 20] = rand::random();
    put(keeper, me, &Sealed { seed: Some(hex::encode(seed)), codes: fresh_codes() }, false).await
}

/// Whether the password is right; slowed down when it is not.
async fn prove(app: &App, me: Me, password: String, hash: Option<String>) -> Result<(), AppError> {
    let key = format!("proof:{}", me.login);
    throttle::take(app, &key, PER_LOGIN).await?;
    match passwords::verify_in_op(me.audience, password, hash).await {
        Ok(true) => throttle::clear(app, &key).await,
        Ok(false) => Err(AppError::invalid("proof", "This is not your password. Check it and try again.")),
        Err(error) => {
            throttle::forgive(app, &key, PER_LOGIN).await?;
            Err(error)
        }
    }
}

/// Takes the authenticator's first answer: from now on the factor counts. A second call with the same form is refused,
/// because a code works once.
///
/// # Errors
/// `Invalid` on `proof`, `Conflict` when nothing is being set up, `TooMany` while throttled.
pub async fn confirm(keeper: &mut impl FactorKeeper, me: Me, form: ProofForm) -> Result<(), AppError> {
    let (app, key) = (keeper.app().clone(), format!("proof:{}", me.login));
    throttle::take(&app, &key, PER_LOGIN).await?;
    let sealed = match open(keeper, me).await? {
        Some((sealed, false)) => sealed,
        _ => return Err(AppError::Conflict("Nothing is being set up. Begin again.".into())),
    };
    let seed = seed_of(&sealed).ok_or(AppError::NotFound)?;
    let Some(step) = totp(&seed, "Mtandao", "login")?.check_current(&normal(&form.proof)) else {
        return Err(AppError::invalid(
            "proof",
            "This code does not fit. Check that the phone's clock is right and enter the code that it shows now.",
        ));
    };
    throttle::clear(&app, &key).await?;
    let step = i64::try_from(step).map_err(platform::internal)?;
    keeper.set_seed(me, &seed, step).await?;
    keeper.set_codes(me, &sealed.codes).await?;
    put(keeper, me, &Sealed { seed: None, codes: sealed.codes }, true).await?;
    keeper.note("identity.mfa.enrol", me);
    Ok(())
}

/// The codes are kept: they are not shown again. Saying so twice succeeds.
pub async fn keep(keeper: &mut impl FactorKeeper, me: Me) -> Result<(), AppError> {
    keeper.forget_confirmed(me).await
}

/// Makes ten new recovery codes and forgets the old ones, for a code of the authenticator.
///
/// # Errors
/// `Invalid` on `proof`, `TooMany` while throttled.
pub async fn renew_codes(keeper: &mut impl FactorKeeper, me: Me, form: ProofForm) -> Result<(), AppError> {
    let (app, key) = (keeper.app().clone(), format!("proof:{}", me.login));
    throttle::take(&app, &key, PER_LOGIN).await?;
    if !keeper.take_step(me, &normal(&form.proof)).await? {
        return Err(AppError::invalid("proof", "This code does not fit, or was used already. Wait for the next one."));
    }
    throttle::clear(&app, &key).await?;
    let codes = fresh_codes();
    keeper.set_codes(me, &codes).await?;
    put(keeper, me, &Sealed { seed: None, codes }, true).await?;
    keeper.note("identity.mfa.renew_codes", me);
    Ok(())
}

/// Switches the second factor off, for the password. Switching off what is off succeeds; `true` when something changed.
///
/// # Errors
/// `Conflict` where the ISP requires one, `Invalid` on `proof`.
pub async fn switch_off(tx: &mut Tx<SessionOwn>, me: Me, form: ProofForm) -> Result<bool, AppError> {
    let stored = tx.stored(me).await?;
    if stored.is_required {
        return Err(AppError::Conflict(
            "Your ISP requires a second factor. Set up a new one instead; it replaces the old one.".into(),
        ));
    }
    if !stored.has_factor {
        return Ok(false);
    }
    prove(Op::app(tx), me, form.proof, stored.password_hash).await?;
    mfa::remove_in_op(tx, me.login).await?;
    tx.audit(Change::new("identity.mfa.switch_off", "login", me.login));
    Ok(true)
}

/// After a change of how one proves who one is: this session gets a new id and all others end.
pub async fn renew_session(ctx: &RequestCtx) -> Result<(), AppError> {
    let (Some(session), Some(signed_in)) = (&ctx.session, ctx.signed_in.clone()) else { return Ok(()) };
    sessions::sign_in(session, &SignedIn { complete: true, at: ctx.app.clock.real_now(), ..signed_in.clone() }).await?;
    crate::sign_in::remember_device(ctx, session).await?;
    sessions::revoke_all(&ctx.app, signed_in.tenant, signed_in.person_id, Some(session)).await.map(drop)
}
