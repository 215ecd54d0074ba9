//! The demo: one Kenyan ISP with two towns, and a second small one that must never be seen from the first. Made once,
//! from a seed, by the same verbs that people use; three months of business pass while it is made.

mod history;
mod isp;
pub mod links;
mod people;
mod places;
mod rest;
mod visits;

use crm::buildings::Ground;
use history::History;
use model::crm::BuildingId;
use model::crm::buildings::SaveBuilding;
use model::crm::leads::Coverage;
use model::identity::TenantId;
use model::text::NonBlank;
use people::People;
use places::{Area, TOWNS, Town};
use platform::{App, Op, settings, tenants};
use sqlx::postgres::PgConnectOptions;

/// The story's subscriber: name and phone, as the mockups and the documents call her.
pub const MAMA_NJERI: (&str, &str) = ("Mama Njeri Kamau", "254712345678");

/// The two ISPs' names.
pub const KILELE: &str = "Kilele Fibre";
pub const BAHARI: &str = "Bahari Net";

/// The setting that says that the demo data are whole.
const DONE: &str = "demo.made";

/// Whether the demo data are there and whole; a kill while they were made leaves them half done.
pub async fn is_whole(app: &App) -> anyhow::Result<bool> {
    for tenant in tenants::all(app).await? {
        let mut op = app.begin_as_system(tenant.id, "demo data").await?;
        let done = settings::read_in_op(&mut op, DONE).await?;
        if tenant.is_demo && done.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How many subscribers the first ISP has, unless told otherwise.
pub const SUBSCRIBERS: usize = 400;

/// What the lines used before the demo was begun. Its rows are FreeRADIUS's, and only the owner of the tables may add to them.
const USAGE: &str = include_str!("usage.sql");

/// Makes the demo's two ISPs, the first with so many subscribers. `app` must have no listeners: three months of SMS should
/// not be sent at once. `owner` is the login of the tables' owner.
pub async fn make(app: &App, subscribers: usize, owner: &PgConnectOptions) -> anyhow::Result<()> {
    let (first, second) = (TenantId::new(), TenantId::new());
    println!("Making the demo: an ISP with two towns and three months of business. This takes about a minute, once.");
    // The tenants are as old as their story.
    tenants::move_clock(app, -chrono::Duration::days(history::DAYS)).await?;
    isp::create(app, first, "kilele", "MT", &["localhost", "127.0.0.1"], (KILELE, "0700 000 100")).await?;
    let mut op = app.begin_as_system(first, "demo data").await?;
    for login in isp::STAFF {
        isp::add_login(&mut op, login).await?;
    }
    let plans = isp::plans(&mut op, isp::PLANS).await?;
    let buildings = buildings(&mut op, TOWNS).await?;
    isp::network(&mut op, "BNG-1 Ruiru", [127, 0, 0, 1], "100.64.0.0/20", "2001:db8:100::/44").await?;
    rest::devices(&mut op, TOWNS, &buildings).await?;
    rest::stock(&mut op).await?;
    let reseller = rest::reseller(&mut op).await?;
    op.commit().await?;
    let (for_leads, sold) = (buildings.clone(), plans.clone());
    let story = History {
        app,
        tenant: first,
        people: People::new(254),
        plans,
        buildings,
        reseller: Some(reseller),
        subscribers,
        heroine: Some(MAMA_NJERI),
    };
    story.live().await?;
    rest::sales(app, first, &mut People::starting_at(35, 50_000), &for_leads).await?;
    rest::tickets(app, first).await?;
    let mut op = app.begin_as_system(first, "demo data").await?;
    isp::give_password(&mut op, MAMA_NJERI.1).await?;
    isp::secure_subscriber(&mut op, MAMA_NJERI.1).await?;
    op.commit().await?;
    visits::make(app, first, &mut People::starting_at(36, 60_000), &sold, &for_leads).await?;
    second_isp(app, second).await?;
    for tenant in [first, second] {
        platform::db::run_as_owner(owner, USAGE, tenant, app.clock.now()).await?;
        let mut op = app.begin_as_system(tenant, "demo data").await?;
        settings::write_in_op(&mut op, DONE, Some(true.into())).await?;
        op.commit().await?;
    }
    Ok(())
}

/// The demo's first ISP is at home at the address that was printed, also when a phone of the local network types it.
pub async fn open_at(app: &App, host: &str) -> anyhow::Result<()> {
    if let Some(first) = tenants::all(app).await?.into_iter().find(|tenant| tenant.is_demo) {
        tenants::add_host(app, first.id, host).await?;
    }
    Ok(())
}

/// Gives the demo its operator, unless there is one. An installation with an ISP of its own is no demo: a password that
/// everybody knows would open it.
pub async fn operator(app: &App) -> anyhow::Result<()> {
    let is_demo = tenants::all(app).await?.iter().all(|tenant| tenant.is_demo);
    if is_demo && !platform::operators::exists(app).await? {
        let (name, full_name) = isp::OPERATOR;
        identity::operators::create(app, name, full_name, isp::PASSWORD.into(), Some(isp::TOTP_SEED)).await?;
    }
    Ok(())
}

async fn second_isp(app: &App, id: TenantId) -> anyhow::Result<()> {
    isp::create(app, id, "bahari", "BN", &["second.localhost"], (BAHARI, "0700 000 200")).await?;
    let mut op = app.begin_as_system(id, "demo data").await?;
    isp::add_login(&mut op, &isp::STAFF[0]).await?;
    let plans = isp::plans(&mut op, &isp::PLANS[..2]).await?;
    let buildings = buildings(&mut op, &TOWNS[1..]).await?;
    isp::network(&mut op, "BNG-1 Thika", [127, 0, 0, 2], "100.80.0.0/22", "2001:db8:200::/44").await?;
    op.commit().await?;
    let story = History {
        app,
        tenant: id,
        people: People::new(7),
        plans,
        buildings,
        reseller: None,
        subscribers: 12,
        heroine: None,
    };
    story.live().await
}

type Built = Vec<(&'static Town, &'static Area, BuildingId, String)>;

/// Buildings with twenty units each, on five floors.
async fn buildings(op: &mut Op, towns: &'static [Town]) -> anyhow::Result<Built> {
    let mut built = Vec::new();
    for town in towns {
        for area in town.areas {
            for name in area.buildings {
                let units = ('A'..='E').flat_map(|floor| (1..=4).map(move |door| format!("{floor}{door}")));
                let building = SaveBuilding {
                    name: NonBlank::parse(name)?,
                    area: NonBlank::parse(area.name)?,
                    county: NonBlank::parse(town.county)?,
                    site_id: None,
                    units: units.map(|label| NonBlank::parse(&label)).collect::<Result<_, _>>()?,
                };
                let ground = Ground { coverage: Some(Coverage::Sell), position: Some(area.position_of(name)) };
                let id = crm::buildings::create_in_op(op, building, ground).await?;
                built.push((town, area, id, (*name).to_owned()));
            }
        }
    }
    Ok(built)
}

/// How to get in, printed at start.
pub fn greeting() -> String {
    let names: Vec<&str> = isp::STAFF.iter().map(|l| l.name).collect();
    let people = [
        ("/login", names.join(", ")),
        ("/my/login", format!("0712 345 678 ({}), {}", MAMA_NJERI.0, isp::SECURE_SUBSCRIBER)),
        ("/partner/login", format!("{}, {}", rest::RESELLER_LOGIN, rest::SECURE_RESELLER_LOGIN)),
        ("/platform/login", isp::OPERATOR.0.to_owned()),
    ];
    let rows: String = people.iter().map(|(page, who)| format!("  {page:<17}{who}\n")).collect();
    format!(
        "Sign in with the password \"{}\":\n{rows}\
         secure, {}, {} and {} are also asked for a code; their authenticator seed is {}.\n\
         {BAHARI}, the second ISP, is at the same port of second.localhost; its admin has the same name and password.",
        isp::PASSWORD,
        isp::SECURE_SUBSCRIBER,
        rest::SECURE_RESELLER_LOGIN,
        isp::OPERATOR.0,
        totp_seed_text(),
    )
}

/// The demo's authenticator seed as apps take it.
fn totp_seed_text() -> String {
    identity::mfa::base32(isp::TOTP_SEED)
}
