//! New subscribers up to the moment at which their service is activated: lead, conversion, approval, equipment, visit. The
//! one rule: each step is the door that a person uses.

use crate::door::Person;
use crate::machine::Machine;
use anyhow::{Context, ensure};
use serde_json::Value;
use sqlx::postgres::PgConnection;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A work order whose technician is on site.
pub struct Visit {
    pub order: Uuid,
    pub service: Uuid,
    serial: String,
}

/// Takes a new subscriber as far as the visit.
pub async fn prepare(
    machine: &Machine,
    sql: &mut PgConnection,
    admin: &Person,
    technician: &Person,
    number: usize,
) -> anyhow::Result<Visit> {
    let (name, phone) = (format!("Halima Abdi {number}"), format!("07990000{number:02}"));
    let plan: String =
        sqlx::query_scalar("SELECT id::text FROM plan ORDER BY created_at, id LIMIT 1").fetch_one(&mut *sql).await?;
    let lead = [
        ("form[name]", name.as_str()),
        ("form[phone]", &phone),
        ("form[email]", ""),
        ("form[building_id]", ""),
        ("form[unit]", ""),
        ("form[place]", "Acacia Lane, house 7"),
        ("form[plan_id]", &plan),
        ("form[source]", ""),
        ("form[note]", ""),
    ];
    let made = admin.post(machine, "crm/leads/create", &lead).await?;
    let lead_id = text(&made)?;
    let convert = [
        ("form[id]", lead_id.as_str()),
        ("form[name]", &name),
        ("form[phone]", &phone),
        ("form[plan_id]", &plan),
        ("form[place]", "Acacia Lane, house 7"),
    ];
    let subscriber: Uuid = text(&admin.post(machine, "crm/leads/convert", &convert).await?)?.parse()?;
    let service: Uuid = sqlx::query_scalar(
        "SELECT s.id FROM service s JOIN account a ON a.id = s.account_id WHERE a.subscriber_id = $1",
    )
    .bind(subscriber)
    .fetch_one(&mut *sql)
    .await?;
    admin.post(machine, "crm/services/approve", &[("id", &service.to_string())]).await?;
    let order = order_of(sql, service).await?;
    let (order_id, technician_id) = (order.to_string(), technician_id(sql).await?);
    let (day, hour) = (format!("20{:02}-01-15", 40 + number), "09:00");
    let slot = [
        ("form[id]", order_id.as_str()),
        ("form[technician_id]", &technician_id),
        ("form[day]", &day),
        ("form[from]", hour),
        ("form[hours]", "2"),
    ];
    admin.post(machine, "field/work_orders/schedule", &slot).await?;
    let serial: String = sqlx::query_scalar(
        "SELECT serial FROM stock_item WHERE state = 'in_stock' AND kind = 'onu' ORDER BY serial LIMIT 1",
    )
    .fetch_optional(&mut *sql)
    .await?
    .context("the demo's stock has no ONU left")?;
    let reserve = [("form[work_order_id]", order_id.as_str()), ("form[serial]", &serial)];
    admin.post(machine, "field/work_orders/reserve", &reserve).await?;
    for to in ["en_route", "on_site"] {
        let progress = [("form[id]", order_id.as_str()), ("form[to]", to), ("form[note]", "")];
        technician.post(machine, "field/own/progress", &progress).await?;
    }
    Ok(Visit { order, service, serial })
}

/// The technician completes the visit, and the activation begins.
pub async fn complete(machine: &Machine, technician: &Person, visit: &Visit) -> anyhow::Result<()> {
    let order = visit.order.to_string();
    let form = [
        ("form[id]", order.as_str()),
        ("form[serial]", &visit.serial),
        ("form[signal]", "-20.8"),
        ("form[no_photo_reason]", "The camera is broken"),
        ("form[signed_name]", "Halima Abdi"),
        ("form[note]", ""),
    ];
    technician.post(machine, "field/own/complete", &form).await?;
    Ok(())
}

/// Waits until this many steps of the activation are done.
pub async fn wait_for_steps(sql: &mut PgConnection, service: Uuid, steps: i64) -> anyhow::Result<()> {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let done: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM activation_step p JOIN activation v ON v.id = p.activation_id
             WHERE v.service_id = $1 AND p.state = 'done'",
        )
        .bind(service)
        .fetch_one(&mut *sql)
        .await?;
        if done >= steps {
            return Ok(());
        }
        ensure!(Instant::now() < until, "the activation did not reach step {steps}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The installation that an approved service gets by a job.
async fn order_of(sql: &mut PgConnection, service: Uuid) -> anyhow::Result<Uuid> {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let order: Option<Uuid> =
            sqlx::query_scalar("SELECT id FROM work_order WHERE service_id = $1 AND kind = 'installation'")
                .bind(service)
                .fetch_optional(&mut *sql)
                .await?;
        if let Some(order) = order {
            return Ok(order);
        }
        ensure!(Instant::now() < until, "an approved service got no work order");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn technician_id(sql: &mut PgConnection) -> anyhow::Result<String> {
    let query = "SELECT id::text FROM login WHERE name = 'tech' AND audience = 'staff' ORDER BY created_at LIMIT 1";
    Ok(sqlx::query_scalar(query).fetch_one(sql).await?)
}

fn text(value: &Value) -> anyhow::Result<String> {
    value.as_str().map(str::to_owned).with_context(|| format!("an id was expected, and {value} came"))
}
