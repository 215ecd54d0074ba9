//! Three months of business: subscribers join, invoices are issued, most people pay in time, some late, a few not at all.
//! Each day is lived by the same daily tasks and verbs as in a real installation.

use super::people::People;
use super::places::{Area, Town};
use billing::payments::{MoneyIn, receive_in_op};
use chrono::{DateTime, Duration, NaiveTime, TimeZone, Utc};
use crm::subscribers::NewSubscriber;
use model::billing::payments::PaymentMethod;
use model::crm::subscribers::{ServiceState, SubscriberKind};
use model::crm::{AccountId, BuildingId, ResellerId, UnitId};
use model::identity::TenantId;
use model::msisdn::Msisdn;
use model::text::NonBlank;
use model::{Lang, Money};
use platform::error::from_sql;
use platform::{App, Op, jobs, tenants};
use std::collections::HashMap;
use uuid::Uuid;

/// How long the story is.
pub const DAYS: i64 = 92;

/// What a subscriber may buy here, with the share of people who do, in twentieths.
#[derive(Clone)]
pub struct Choice {
    pub version: model::catalog::PlanVersionId,
    pub twentieths: u32,
}

/// A place that somebody can move in.
struct Home {
    town: &'static Town,
    area: &'static Area,
    building: BuildingId,
    unit: UnitId,
    label: String,
    building_name: String,
}

/// One ISP's three months.
pub struct History<'a> {
    pub app: &'a App,
    pub tenant: TenantId,
    pub people: People,
    pub plans: Vec<Choice>,
    pub buildings: Vec<(&'static Town, &'static Area, BuildingId, String)>,
    pub reseller: Option<ResellerId>,
    /// Subscribers at the end.
    pub subscribers: usize,
    /// The story's own first subscriber.
    pub heroine: Option<(&'static str, &'static str)>,
}

impl History<'_> {
    /// Lives all days up to the real present.
    pub async fn live(mut self) -> anyhow::Result<()> {
        let mut homes = self.homes().await?;
        let mut made = 0;
        for day in 0..=DAYS {
            let at = moment(DAYS - day, 9);
            tenants::move_clock(self.app, at - Utc::now()).await?;
            jobs::tick(self.app).await?;
            jobs::drain(self.app).await?;
            // Three quarters join in the first four weeks, so that billing days are spread over the month.
            let wanted = if day < 28 {
                self.subscribers * 3 / 4 * (day as usize + 1) / 28
            } else {
                self.subscribers * 3 / 4 + self.subscribers / 4 * (day as usize - 27) / (DAYS as usize - 27)
            };
            while made < wanted {
                let Some(home) = homes.pop() else { break };
                self.join(home, made == 0).await?;
                made += 1;
            }
            self.pay_what_is_due(at).await?;
        }
        tenants::move_clock(self.app, Duration::zero()).await?;
        Ok(())
    }

    async fn homes(&mut self) -> anyhow::Result<Vec<Home>> {
        let mut op = self.app.begin_as_system(self.tenant, "demo data").await?;
        let mut homes = Vec::new();
        for (town, area, building, name) in &self.buildings {
            let units: Vec<(Uuid, String)> =
                sqlx::query_as("SELECT id, label FROM unit WHERE building_id = $1 ORDER BY label")
                    .bind(building.uuid())
                    .fetch_all(op.conn())
                    .await?;
            homes.extend(units.into_iter().map(|(id, label)| Home {
                town,
                area,
                building: *building,
                unit: UnitId::from_uuid(id),
                label,
                building_name: name.clone(),
            }));
        }
        op.rollback().await?;
        // Shuffled, so that each building fills slowly.
        for i in (1..homes.len()).rev() {
            homes.swap(i, self.people.below(i + 1));
        }
        Ok(homes)
    }

    async fn join(&mut self, home: Home, is_first: bool) -> anyhow::Result<()> {
        let heroine = self.heroine.filter(|_| is_first);
        let (name, is_business) = heroine.map_or_else(|| self.people.name(), |(name, _)| (name.to_owned(), false));
        let phone = heroine.map_or_else(|| self.people.phone(), |(_, phone)| phone.to_owned());
        let version = if is_first { self.plans.first().map(|p| p.version) } else { self.choose_plan() };
        let Some(plan_version_id) = version else { anyhow::bail!("the demo has no plan") };
        let position = self.people.near(home.area.at, 0.004);
        let reseller_id = self.reseller.filter(|_| !is_first && home.town.name == "Thika" && self.people.chance(1, 4));
        let mut op = self.app.begin_as_system(self.tenant, "demo data").await?;
        let at = op.now();
        let made = crm::subscribers::create_in_op(
            &mut op,
            NewSubscriber {
                name: NonBlank::parse(&name)?,
                kind: if is_business { SubscriberKind::Business } else { SubscriberKind::Residential },
                phone: Msisdn::parse(&phone)?,
                email: None,
                lang: if self.people.chance(1, 3) && !is_first { Lang::Sw } else { Lang::En },
                lead_id: None,
                reseller_id,
                plan_version_id,
                address: format!("{}, {}", home.building_name, home.label),
                building_id: Some(home.building),
                unit_id: Some(home.unit),
                county: home.town.county.into(),
                area: home.area.name.into(),
                position: Some(position),
                at,
                username: is_first.then(|| "mnjeri".to_owned()).filter(|_| heroine.is_some()),
            },
        )
        .await?;
        for state in [ServiceState::Approved, ServiceState::Installing, ServiceState::Active] {
            crm::services::set_state_in_op(&mut op, made.service_id, state, None).await?;
        }
        network::pools::reserve_in_op(&mut op, made.service_id).await?;
        network::projection::project_in_op(&mut op, made.service_id).await?;
        billing::invoices::issue_first_in_op(&mut op, made.service_id).await?;
        op.commit().await?;
        Ok(())
    }

    fn choose_plan(&mut self) -> Option<model::catalog::PlanVersionId> {
        let mut draw = self.people.below(20) as u32;
        for plan in &self.plans {
            if draw < plan.twentieths {
                return Some(plan.version);
            }
            draw -= plan.twentieths;
        }
        self.plans.first().map(|p| p.version)
    }

    /// Whoever decided to pay on this day does: everything that is owed, by pay bill.
    async fn pay_what_is_due(&mut self, day: DateTime<Utc>) -> anyhow::Result<()> {
        let mut op = self.app.begin_as_system(self.tenant, "demo data").await?;
        let owing: Vec<(Uuid, String, i64, String, String, DateTime<Utc>)> = sqlx::query_as(
            "SELECT a.id, a.number, b.balance_minor, s.msisdn, s.full_name, min(i.due_at)
             FROM account a JOIN account_balance b ON b.tenant_id = a.tenant_id AND b.account_id = a.id AND b.balance_minor > 0
             JOIN subscriber s ON s.tenant_id = a.tenant_id AND s.id = a.subscriber_id
             JOIN invoice i ON i.tenant_id = a.tenant_id AND i.account_id = a.id AND i.status = 'issued'
             GROUP BY a.id, a.number, b.balance_minor, s.msisdn, s.full_name ORDER BY a.number",
        )
        .fetch_all(op.conn())
        .await
        .map_err(from_sql)?;
        let mut habits: HashMap<Uuid, i64> = HashMap::new();
        for (account, number, owed_minor, msisdn, name, due_at) in owing {
            let habit = *habits.entry(account).or_insert_with(|| days_after_due(account_serial(&number)));
            if (day - due_at).num_days() < habit || habit > 40 {
                continue;
            }
            self.pay(&mut op, AccountId::from_uuid(account), &number, owed_minor, &msisdn, &name).await?;
        }
        op.commit().await?;
        Ok(())
    }

    async fn pay(
        &mut self,
        op: &mut Op,
        account: AccountId,
        number: &str,
        owed_minor: i64,
        msisdn: &str,
        name: &str,
    ) -> anyhow::Result<()> {
        let shillings_up = Money::kes(owed_minor).whole_units_up();
        let receipt = self.receipt();
        receive_in_op(
            op,
            MoneyIn {
                method: PaymentMethod::MpesaC2b,
                reference: Some(receipt),
                amount: Money::kes(shillings_up * 100),
                payer_phone: Some(msisdn.to_owned()),
                payer_name: Some(name.to_owned()),
                bill_reference: Some(number.to_owned()),
                paid_at: op.now(),
                callback_at: None,
                attempt: None,
                to: Ok(account),
            },
        )
        .await?;
        Ok(())
    }

    /// Ten characters as M-Pesa writes them.
    fn receipt(&mut self) -> String {
        const SIGNS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let tail: String = (0..8).map(|_| char::from(SIGNS[self.people.below(SIGNS.len())])).collect();
        format!("UK{tail}")
    }
}

/// A full hour in Nairobi, so many days ago; what would still be to come is now.
pub(super) fn moment(days_ago: i64, hour: u32) -> DateTime<Utc> {
    let today = Utc::now().with_timezone(&chrono_tz::Africa::Nairobi).date_naive() - Duration::days(days_ago);
    let local = today.and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default());
    // East Africa Time has no gaps: the first answer is the only one.
    let at = chrono_tz::Africa::Nairobi.from_local_datetime(&local).earliest();
    at.map_or_else(Utc::now, |at| at.with_timezone(&Utc).min(Utc::now()))
}

/// The running number in an account number.
fn account_serial(number: &str) -> u64 {
    number.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or_default()
}

/// When somebody pays, in days after the due date: most before, some on the day, a few late, one in thirty never.
fn days_after_due(serial: u64) -> i64 {
    match serial.wrapping_mul(2_654_435_761) % 30 {
        0 => i64::MAX,
        1..=2 => 6,
        3..=8 => 0,
        _ => -1,
    }
}
