//! What an ISP has besides subscribers and bills: leads on the board, partners, sites and devices, stock, tickets, a
//! reseller with its own portal.

use super::history::moment;
use super::isp::{PASSWORD, TOTP_SEED};
use super::people::People;
use super::places::{Area, Town};
use super::visits::acting;
use chrono::{Duration, Utc};
use crm::leads::Spot;
use identity::logins::NewLogin;
use model::billing::commissions::CommissionRule;
use model::comms::tickets::{OpenTicket, TicketForm};
use model::crm::leads::{LeadSource, LeadStatus, LostReason, MoveLead, SaveLead};
use model::crm::partners::SavePartner;
use model::crm::{BuildingId, ResellerId};
use model::field::stock::ReceiveStockForm;
use model::identity::perm::SessionOwn;
use model::identity::{LoginId, TenantId};
use model::msisdn::Msisdn;
use model::network::devices::{DeviceKind, LinkKind, Position};
use model::network::sites::{SaveDevice, SaveSite};
use model::text::NonBlank;
use model::{AppError, Audience, Permission};
use network::monitoring::Reported;
use platform::error::from_sql;
use platform::{App, Op, tenants};
use uuid::Uuid;

type Buildings = [(&'static Town, &'static Area, BuildingId, String)];

/// The demo's reseller and the one who signs in for it at `/partner/login`.
pub const RESELLER: &str = "Chania Wireless";
pub const RESELLER_LOGIN: &str = "chania";
/// The reseller's login that is also asked for a code.
pub const SECURE_RESELLER_LOGIN: &str = "chania-secure";

/// How many leads came in the last two weeks.
const LEADS: usize = 22;

/// Makes the reseller with its tree and its login.
pub async fn reseller(op: &mut Op) -> anyhow::Result<ResellerId> {
    let (id, tenant) = (ResellerId::new(), op.tenant().uuid());
    sqlx::query(
        "INSERT INTO reseller (tenant_id, id, name, msisdn, commission_bps) VALUES ($1, $2, $3, '254722000111', 1000)",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(RESELLER)
    .execute(op.conn())
    .await?;
    sqlx::query("INSERT INTO reseller_closure (tenant_id, ancestor_id, descendant_id, depth) VALUES ($1, $2, $2, 0)")
        .bind(tenant)
        .bind(id.uuid())
        .execute(op.conn())
        .await?;
    let people = [
        (RESELLER_LOGIN, "Zawadi Muriithi", Some("254722000111"), "reseller_admin"),
        (SECURE_RESELLER_LOGIN, "Hassan Omar", None, "reseller_read_only"),
    ];
    for (name, full_name, phone, role) in people {
        let login = NewLogin {
            id: LoginId::new(),
            audience: Audience::Partner,
            name: name.into(),
            full_name: full_name.into(),
            phone: phone.map(str::to_owned),
            email: None,
            lang: None,
            password: Some(PASSWORD.into()),
            role_codes: vec![role],
            reseller_id: Some(id.uuid()),
        };
        let login = identity::logins::create_in_op(op, login).await?;
        if name == SECURE_RESELLER_LOGIN {
            identity::mfa::enrol_in_op(op, login.uuid(), Some(TOTP_SEED.to_vec())).await?;
        }
    }
    Ok(id)
}

/// A partner, and leads of the last two weeks in every column. The clock stands in the present before and after.
pub async fn sales(app: &App, tenant: TenantId, people: &mut People, buildings: &Buildings) -> anyhow::Result<()> {
    let Some(first) = buildings.first() else { return Ok(()) };
    let mut op = app.begin_as_system(tenant, "demo data").await?;
    let plans = catalog::plans::choices_in_op(&mut op).await?;
    let partner = SavePartner {
        name: NonBlank::parse("Mzee Karanja")?,
        phone: Msisdn::parse("0722 555 010")?,
        building_id: Some(first.2),
        rule: CommissionRule::Flat { amount_minor: 50_000 },
    };
    crm::partners::create_in_op(&mut op, partner).await?;
    op.commit().await?;
    let sources = [LeadSource::WhatsApp, LeadSource::Sms, LeadSource::Call, LeadSource::WalkIn, LeadSource::Website];
    for number in 0..LEADS {
        let (_, _, building, _) = &buildings[people.below(buildings.len())];
        let lead = SaveLead {
            name: NonBlank::parse(&people.name().0)?,
            phone: Msisdn::parse(&people.phone())?,
            email: None,
            building_id: Some(*building),
            unit: None,
            place: None,
            plan_id: plans.get(number % plans.len().max(1)).map(|plan| plan.id),
            source: sources[number % sources.len()],
            note: None,
        };
        // The oldest first, the youngest this morning.
        let days_ago = i64::try_from((LEADS - 1 - number) * 2 / 3)?;
        let hour = 8 + u32::try_from(number * 5 % 9)?;
        tenants::move_clock(app, moment(days_ago, hour) - Utc::now()).await?;
        let mut op = app.begin_as_system(tenant, "demo data").await?;
        let id = crm::leads::create_in_op(&mut op, lead).await?;
        op.commit().await?;
        let to = match number % 8 {
            0..=2 => continue,
            3 | 4 => LeadStatus::Contacted,
            5 => LeadStatus::Qualified,
            6 => LeadStatus::Quoted,
            _ => LeadStatus::Lost,
        };
        tenants::move_clock(app, moment(days_ago, hour + 2) - Utc::now()).await?;
        let lost_reason = (to == LeadStatus::Lost).then_some(LostReason::Price);
        let mut op = app.begin_as_system(tenant, "demo data").await?;
        crm::leads::move_to_in_op(&mut op, MoveLead { id, to, lost_reason }, Spot { after: None, seen: None }).await?;
        op.commit().await?;
    }
    tenants::move_clock(app, Duration::zero()).await?;
    Ok(())
}

/// A core router, an OLT for each town, a splitter for each building; every service hangs on its building's.
pub async fn devices(op: &mut Op, towns: &[Town], buildings: &Buildings) -> anyhow::Result<()> {
    let device = |name: &str, kind, site_id, parent_id, at: (f64, f64)| -> anyhow::Result<SaveDevice> {
        Ok(SaveDevice {
            id: None,
            name: NonBlank::parse(name)?,
            kind,
            site_id,
            parent_id,
            address: None,
            position: Some(Position { latitude: at.0, longitude: at.1 }),
        })
    };
    let mut made = Vec::new();
    let mut core = None;
    for town in towns {
        let middle = town.areas.last().map_or((0.0, 0.0), |area| area.at);
        let position = Some(Position { latitude: middle.0, longitude: middle.1 });
        let site = SaveSite {
            id: None,
            name: NonBlank::parse(&format!("{} POP", town.name))?,
            county: NonBlank::parse(town.county)?,
            position,
        };
        let site = network::devices::save_site_in_op(op, &site).await?;
        let router = device(&format!("BNG {}", town.name), DeviceKind::Router, Some(site), core, middle)?;
        let router = network::devices::save_device_in_op(op, &router).await?;
        if let Some(core) = core {
            network::devices::connect_in_op(op, LinkKind::Fibre, core, router).await?;
        }
        core.get_or_insert(router);
        made.push(router);
        let olt = device(&format!("OLT {}", town.name), DeviceKind::Olt, Some(site), Some(router), middle)?;
        let olt = network::devices::save_device_in_op(op, &olt).await?;
        network::devices::connect_in_op(op, LinkKind::Fibre, router, olt).await?;
        made.push(olt);
        for (_, area, building, name) in buildings.iter().filter(|(t, ..)| t.name == town.name) {
            let splitter =
                device(&format!("Splitter {name}"), DeviceKind::Splitter, None, Some(olt), area.position_of(name))?;
            let splitter = network::devices::save_device_in_op(op, &splitter).await?;
            network::devices::connect_in_op(op, LinkKind::Fibre, olt, splitter).await?;
            network::devices::hang_building_in_op(op, *building, splitter).await?;
            made.push(splitter);
        }
    }
    // All is well on the first day; the monitoring webhook says what changes.
    for device in made {
        let at = op.now();
        network::monitoring::report_in_op(op, device, Reported::Up, at, "demo").await?;
    }
    Ok(())
}

/// ONUs and routers in the store.
pub async fn stock(op: &mut Op) -> anyhow::Result<()> {
    let store = field::stock::add_warehouse_in_op(op, "Ruiru store").await?;
    for (kind, product, start) in
        [("onu", "Huawei EG8145V5", "HWTC4A91B3"), ("router", "TP-Link XC220-G3v", "2239F1A004")]
    {
        for number in 0..20 {
            let form = ReceiveStockForm {
                serial: format!("{start}{number:02}"),
                kind: kind.into(),
                product: product.into(),
                mac: String::new(),
                warehouse_id: store.to_string(),
            };
            field::stock::receive_in_op(op, form).await?;
        }
    }
    Ok(())
}

/// Two open questions of subscribers, of yesterday evening and the day before. The clock stands in the present before and
/// after.
pub async fn tickets(app: &App, tenant: TenantId) -> anyhow::Result<()> {
    let mut op = app.begin_as_system(tenant, "demo data").await?;
    let accounts: Vec<(Uuid, Uuid, String)> = sqlx::query_as(
        "SELECT a.id, s.id, s.full_name FROM account a
         JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id ORDER BY a.number LIMIT 2",
    )
    .fetch_all(op.conn())
    .await
    .map_err(from_sql)?;
    op.rollback().await?;
    let words = [
        (2, "slow", "Slow in the evening", "It is fast in the morning but slow after seven."),
        (1, "other", "Please change my Wi-Fi password", "My neighbours know it."),
    ];
    for ((account, subscriber, name), (days_ago, topic, subject, text)) in accounts.into_iter().zip(words) {
        let form =
            TicketForm { topic: topic.into(), subject: subject.into(), text: text.into(), ..TicketForm::default() };
        let ticket: OpenTicket = form.parse().map_err(AppError::Invalid)?;
        tenants::move_clock(app, moment(days_ago, 19) - Utc::now()).await?;
        let subscriber = acting(app, tenant, Audience::My, (subscriber, name), SessionOwn::CODE);
        let mut tx = subscriber.begin::<SessionOwn>().await?;
        comms::tickets::open_in_op(&mut tx, account.into(), ticket, comms::tickets::Author::Subscriber).await?;
        tx.commit().await?;
    }
    tenants::move_clock(app, Duration::zero()).await?;
    Ok(())
}
