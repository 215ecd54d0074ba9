//! Payment-to-online: from the first byte of the provider's first report to the router's acknowledgement of the change, of
//! subscribers whose session is in the walled garden. The one rule: the program's own timeline is read, payments come at a
//! fixed rate, and one without a session would be counted apart.

use crate::books::{self, Debtor};
use crate::crash::wait_online;
use crate::door::Person;
use crate::machine::Machine;
use crate::steps::{WALLET_SHILLINGS, press_pay};
use crate::{Found, say, surroundings};
use anyhow::ensure;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use std::path::Path;
use std::time::{Duration, Instant};

/// The goal of the specification.
const GOAL_MS: i64 = 5_000;
/// Business days that pass: enough that whoever does not pay is locked.
const DAYS: &str = "45";
/// A payer takes this long to enter the PIN, and the provider this long to report it.
const PIN_MS: u64 = 300;
const REPORT_MS: u64 = 200;
/// How long the last payments may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// The stages of a payment, in milliseconds from the one before.
#[derive(sqlx::FromRow)]
struct Measured {
    outcome: Option<String>,
    method: Option<String>,
    posted_ms: Option<i64>,
    told_ms: Option<i64>,
    online_ms: Option<i64>,
}

/// Runs the benchmark.
pub async fn measure(program: &Path, payments: usize, subscribers: usize, rate: f64) -> anyhow::Result<Found> {
    ensure!(
        rate > 0.0 && rate <= 5.0,
        "The rate must be above 0 and at most 5 a second: so many prompts M-Pesa takes."
    );
    let machine = Machine::start(program, subscribers).await?;
    let mut sql = machine.sql().await?;
    let settings = json!({
        "callback_delay_ms": REPORT_MS, "auto_pay_after_ms": PIN_MS, "refuse_repeats": false, "one_prompt_per_phone": false,
        "opening_balance_shillings": WALLET_SHILLINGS,
    });
    machine.control("/_control/settings", settings).await?;
    wait_online(&mut sql).await?;
    say(format!("{DAYS} days pass, so that whoever does not pay is locked."));
    ensure!(machine.run_to_end(&["clock", DAYS]).await?, "the clock could not be moved");
    wait_online(&mut sql).await?;
    let debtors: Vec<Debtor> = books::debtors(&mut sql).await?.into_iter().take(payments).collect();
    ensure!(debtors.len() == payments, "only {} subscribers are locked and online", debtors.len());
    let before = surroundings::seen();
    let latest_ms = press_at_a_rate(&machine, &debtors, rate).await?;
    let measured = results(&mut sql, payments).await?;
    let of = |stage: fn(&Measured) -> Option<i64>| {
        let online = measured.iter().filter(|payment| payment.outcome.as_deref() == Some("online"));
        let mut ms: Vec<i64> = online.filter_map(stage).collect();
        ms.sort_unstable();
        ms
    };
    let online = of(|payment| payment.online_ms);
    let count = |outcome: &str| measured.iter().filter(|payment| payment.outcome.as_deref() == Some(outcome)).count();
    let by_coa = measured.iter().filter(|payment| payment.method.as_deref() == Some("coa")).count();
    let faults = books::faults(&mut sql).await?;
    let p95_ms = percentile(&online, 95);
    let ok = faults.is_empty() && online.len() == payments && p95_ms.is_some_and(|ms| ms <= GOAL_MS);
    let figures = json!({
        "payments": payments,
        "online": online.len(),
        "by_coa": by_coa,
        "by_disconnect": online.len() - by_coa.min(online.len()),
        "ready_without_session": count("ready"),
        "p50_ms": percentile(&online, 50),
        "p95_ms": p95_ms,
        "p99_ms": percentile(&online, 99),
        "max_ms": online.last(),
        "goal_p95_ms": GOAL_MS,
        "stages_p95_ms": {
            "report_to_posted": percentile(&of(|payment| payment.posted_ms), 95),
            "posted_to_router_told": percentile(&of(|payment| payment.told_ms), 95),
        },
        "per_second": rate,
        "latest_press_ms": latest_ms,
        "subscribers": subscribers,
        "faults": faults.into_iter().map(|(meaning, found)| json!({ meaning: found })).collect::<Vec<Value>>(),
        "build": if program.components().any(|part| part.as_os_str() == "release") { "release" } else { "debug" },
        "postgres": postgres_version(&mut sql).await?,
        "before": before,
        "after": surroundings::seen(),
    });
    Ok(Found { figures, ok })
}

/// Presses *Pay* for each debtor at its moment; gives by how much the latest press was late.
async fn press_at_a_rate(machine: &Machine, debtors: &[Debtor], rate: f64) -> anyhow::Result<u64> {
    let staff = Person::sign_in(machine, "billing").await?;
    let (began, gap) = (Instant::now(), Duration::from_secs_f64(1.0 / rate));
    let mut latest = Duration::ZERO;
    for (number, debtor) in (0u32..).zip(debtors) {
        let due = began + gap * number;
        tokio::time::sleep_until(due.into()).await;
        latest = latest.max(due.elapsed());
        press_pay(machine, &staff, debtor).await?;
        if number % 20 == 19 {
            say(format!("{} of {} have pressed Pay", number + 1, debtors.len()));
        }
    }
    Ok(u64::try_from(latest.as_millis())?)
}

/// The timelines of this run's payments, once each has ended. What was paid while the demo was made has none.
async fn results(sql: &mut PgConnection, payments: usize) -> anyhow::Result<Vec<Measured>> {
    let until = Instant::now() + PATIENCE;
    loop {
        let measured: Vec<Measured> = sqlx::query_as(
            "SELECT outcome, method, (extract(epoch FROM posted_at - callback_at) * 1000)::bigint AS posted_ms,
               (extract(epoch FROM coa_sent_at - posted_at) * 1000)::bigint AS told_ms,
               (extract(epoch FROM online_at - callback_at) * 1000)::bigint AS online_ms
             FROM payment_timeline WHERE asked_at IS NOT NULL",
        )
        .fetch_all(&mut *sql)
        .await?;
        let ended = measured.iter().filter(|payment| payment.outcome.is_some()).count();
        if ended >= payments || Instant::now() > until {
            return Ok(measured);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// By nearest rank, as the program's own figure is.
fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

async fn postgres_version(sql: &mut PgConnection) -> anyhow::Result<String> {
    Ok(sqlx::query_scalar("SHOW server_version").fetch_one(sql).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values_and_of_nothing_there_is_none() {
        let values: Vec<i64> = (1..=100).collect();
        assert_eq!(
            (percentile(&values, 50), percentile(&values, 95), percentile(&values, 100)),
            (Some(50), Some(95), Some(100))
        );
        assert_eq!(percentile(&[7], 95), Some(7));
        assert_eq!(percentile(&[], 95), None);
    }
}
