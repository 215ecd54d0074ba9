//! The demo's two ISPs with their staff, plans and books. The second must never be seen from the first.

use super::history::Choice;
use identity::logins::NewLogin;
use model::catalog::plans::{BillingMode, PlanForm, TaxTreatment};
use model::identity::{LoginId, TenantId};
use model::network::nas::{NasSecret, NasVendor, SaveNas};
use model::network::pools::PoolForm;
use model::text::NonBlank;
use model::{Audience, Currency, FieldErrors, Lang};
use platform::tenants::NewTenant;
use platform::{App, Op};
use std::net::IpAddr;

/// The password of every demo login. It is printed at start and opens nothing but the demo.
pub const PASSWORD: &str = "karibu mtandao demo";

/// The seed of the logins that show the second factor, in ASCII; printed in base 32.
pub const TOTP_SEED: &[u8] = b"mtandao-demo-totp-01";

/// The first phone that the demo gives away: this subscriber's sign-in asks for a code.
pub const SECURE_SUBSCRIBER: &str = "254799900001";

/// A demo login: name, full name, role, and whether it asks for a second factor.
pub struct DemoLogin {
    pub audience: Audience,
    pub name: &'static str,
    pub full_name: &'static str,
    pub role: &'static str,
    pub mfa: bool,
}

const fn staff(name: &'static str, full_name: &'static str, role: &'static str) -> DemoLogin {
    DemoLogin { audience: Audience::Staff, name, full_name, role, mfa: false }
}

/// Everybody who can sign in at the first ISP, but for subscribers and resellers.
pub const STAFF: &[DemoLogin] = &[
    staff("admin", "Wanjiru Muthoni", "isp_admin"),
    staff("sales", "Brian Otieno", "sales"),
    staff("billing", "Faith Njoki", "billing"),
    staff("noc", "Kevin Mutua", "noc"),
    staff("support", "Amina Hassan", "support"),
    staff("tech", "Baraka Otieno", "technician"),
    staff("stores", "Lucy Wairimu", "infrastructure"),
    staff("auditor", "Esther Chebet", "auditor"),
    DemoLogin { mfa: true, ..staff("secure", "Daniel Kiprotich", "isp_admin") },
];

/// The demo's operator: login and name. Operators always have a second factor.
pub const OPERATOR: (&str, &str) = ("platform", "Njoki Wambui");

/// Makes an ISP with roles, chart of accounts and tax rates.
pub async fn create(
    app: &App,
    id: TenantId,
    code: &str,
    prefix: &str,
    hosts: &[&str],
    (name, phone): (&str, &str),
) -> anyhow::Result<()> {
    platform::tenants::create(
        app,
        &NewTenant {
            id,
            code: code.into(),
            name: name.into(),
            prefix: prefix.into(),
            currency: Currency::Kes,
            time_zone: chrono_tz::Africa::Nairobi,
            lang: Lang::En,
            phone: Some(phone.into()),
            hosts: hosts.iter().map(|h| (*h).to_owned()).collect(),
            is_demo: true,
            mfa_required: false,
        },
    )
    .await?;
    let mut op = app.begin_as_system(id, "demo data").await?;
    identity::roles::seed_in_op(&mut op).await?;
    billing::ledger::seed_in_op(&mut op).await?;
    catalog::taxes::seed_in_op(&mut op, &catalog::taxes::kenyan_rates()).await?;
    op.commit().await?;
    Ok(())
}

/// A plan of the demo: name, megabits down and up, shillings, and how many in twenty choose it.
pub struct DemoPlan {
    name: &'static str,
    mbps: (&'static str, &'static str),
    shillings: &'static str,
    twentieths: u32,
}

pub const PLANS: &[DemoPlan] = &[
    DemoPlan { name: "Home 20", mbps: ("20", "20"), shillings: "1500", twentieths: 9 },
    DemoPlan { name: "Home 10", mbps: ("10", "10"), shillings: "1000", twentieths: 5 },
    DemoPlan { name: "Home 40", mbps: ("40", "40"), shillings: "2999", twentieths: 4 },
    DemoPlan { name: "Business 60", mbps: ("60", "60"), shillings: "6499", twentieths: 1 },
    DemoPlan { name: "Business 100", mbps: ("100", "100"), shillings: "11600", twentieths: 1 },
];

/// Makes the plans, each with a version from the first day of the story.
pub async fn plans(op: &mut Op, plans: &[DemoPlan]) -> anyhow::Result<Vec<Choice>> {
    let day = op.today();
    let mut choices = Vec::new();
    for plan in plans {
        let form = PlanForm {
            name: plan.name.into(),
            kind: "fibre".into(),
            speed_down: plan.mbps.0.into(),
            speed_up: plan.mbps.1.into(),
            price: plan.shillings.into(),
            setup_fee: "2000".into(),
            price_includes_tax: "true".into(),
            tax: TaxTreatment::ExciseAndVat.code().into(),
            mode: BillingMode::PostpaidMonthly.code().into(),
            mode_count: "1".into(),
            ..PlanForm::default()
        };
        let save = form.parse(Currency::Kes).map_err(refused)?;
        let id = catalog::plans::create_in_op(op, save).await?;
        let version = catalog::plans::version_on_in_op(op, id, day).await?;
        let version = version.ok_or_else(|| anyhow::anyhow!("the plan {} has no version", plan.name))?;
        choices.push(Choice { version: version.id, twentieths: plan.twentieths });
    }
    Ok(choices)
}

/// The secret that the demo's router shares with RADIUS.
pub const NAS_SECRET: &str = "demo-nas-secret-2026";

/// The router and its addresses.
pub async fn network(op: &mut Op, name: &str, address: [u8; 4], v4: &str, v6: &str) -> anyhow::Result<()> {
    network::nas::save_in_op(
        op,
        &SaveNas {
            id: None,
            name: NonBlank::parse(name)?,
            address: IpAddr::from(address),
            vendor: NasVendor::MikroTik,
            secret: Some(NasSecret::parse(NAS_SECRET).map_err(anyhow::Error::msg)?),
            coa_port: model::network::nas::COA_PORT,
            site_id: None,
            requires_message_authenticator: true,
        },
    )
    .await?;
    for (name, kind, network) in [("Subscribers v4", "v4", v4), ("Subscribers v6", "v6_delegated", v6)] {
        let form = PoolForm {
            name: name.into(),
            kind: kind.into(),
            network: network.into(),
            delegated_length: "56".into(),
            ..PoolForm::default()
        };
        network::pools::create_in_op(op, &form.parse().map_err(refused)?).await?;
    }
    Ok(())
}

/// Makes one demo login.
pub async fn add_login(op: &mut Op, login: &DemoLogin) -> anyhow::Result<LoginId> {
    let id = identity::logins::create_in_op(
        op,
        NewLogin {
            id: LoginId::new(),
            audience: login.audience,
            name: login.name.into(),
            full_name: login.full_name.into(),
            phone: None,
            email: None,
            lang: None,
            password: Some(PASSWORD.into()),
            role_codes: vec![login.role],
            reseller_id: None,
        },
    )
    .await?;
    if login.mfa {
        identity::mfa::enrol_in_op(op, id.uuid(), Some(TOTP_SEED.to_vec())).await?;
    }
    Ok(id)
}

/// Gives the first subscriber who is not the story's own the demo password and the demo's authenticator, to show the
/// second step at `/my`.
pub async fn secure_subscriber(op: &mut Op, but: &str) -> anyhow::Result<()> {
    let (id, phone): (uuid::Uuid, String) = sqlx::query_as(
        "SELECT id, name FROM login WHERE audience = 'my' AND name <> $1 ORDER BY name = $2 DESC, name LIMIT 1",
    )
    .bind(but)
    .bind(SECURE_SUBSCRIBER)
    .fetch_one(op.conn())
    .await?;
    anyhow::ensure!(phone == SECURE_SUBSCRIBER, "the demo has no subscriber {SECURE_SUBSCRIBER}");
    give_password(op, &phone).await?;
    identity::mfa::enrol_in_op(op, id, Some(TOTP_SEED.to_vec())).await?;
    Ok(())
}

/// Gives a subscriber's portal login the demo password.
pub async fn give_password(op: &mut Op, msisdn: &str) -> anyhow::Result<()> {
    let hash = identity::passwords::hash(Audience::My, PASSWORD.into()).await?;
    let given = sqlx::query("UPDATE login SET password_hash = $2 WHERE audience = 'my' AND name = $1")
        .bind(msisdn)
        .bind(hash)
        .execute(op.conn())
        .await?;
    anyhow::ensure!(given.rows_affected() == 1, "the portal login {msisdn} is missing");
    Ok(())
}

/// A refused form of the demo's is our own mistake: say which field.
fn refused(errors: FieldErrors) -> anyhow::Error {
    let fields: Vec<String> = errors.0.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
    anyhow::anyhow!("The demo data were refused: {}", fields.join("; "))
}
