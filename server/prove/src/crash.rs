//! The crash proof: `kill -9` of server, PostgreSQL and FreeRADIUS at every step of the money part of the story, and counting
//! afterwards. The one rule: nobody helps; the server is started again, as systemd does it, and the rest happens by itself.

use crate::activation::{self, Visit};
use crate::books::{self, Debtor};
use crate::door::Person;
use crate::machine::{Machine, Victim, finished};
use crate::steps::{Step, WALLET_SHILLINGS, enter_all_pins, kill_at, press_pay};
use crate::{Found, say, surroundings};
use anyhow::ensure;
use serde_json::{Map, Value, json};
use sqlx::postgres::PgConnection;
use std::path::Path;
use std::time::{Duration, Instant};

/// Business days that pass: enough that whoever does not pay is locked.
const DAYS: i64 = 45;
/// Each step is killed at the moment it is reached and a little later: the work between two commits takes milliseconds.
const DELAYS_MS: [u64; 2] = [0, 7];
/// How long everything may take to come to rest after the last kill.
const REST_PATIENCE: Duration = Duration::from_secs(170);
/// A payer whose phone did not ring presses *Pay* again after this time; before it, the first attempt is still believed.
const PRESS_AGAIN: Duration = Duration::from_secs(65);

/// Runs the proof.
pub async fn prove(program: &Path, subscribers: usize) -> anyhow::Result<Found> {
    let began = Instant::now();
    let mut machine = Machine::start(program, subscribers).await?;
    let mut sql = machine.sql().await?;
    // No waiting in the simulator, and no rule of it that would keep a second debtor from paying.
    let settings = json!({ "callback_delay_ms": 0, "refuse_repeats": false, "prompt_timeout_ms": 600_000, "opening_balance_shillings": WALLET_SHILLINGS });
    machine.control("/_control/settings", settings).await?;
    wait_online(&mut sql).await?;
    let mut proof = Proof { kills: Map::new(), slowest: Duration::ZERO, paying: Vec::new(), visits: Vec::new() };
    proof.time(&mut machine).await?;
    proof.money(&mut machine).await?;
    proof.activations(&mut machine).await?;
    say("Everything was killed at every step. Waiting for rest, then counting.");
    let faults = proof.rest(&machine).await?;
    let audit = machine.run_to_end(&["audit"]).await?;
    let answers = books::answers(&mut machine.sql().await?).await?;
    let ok = faults.is_empty() && audit;
    for (meaning, found) in &faults {
        say(format!("FAULT {meaning}: {found}"));
    }
    for complaint in machine.complaints().iter().filter(|_| !ok).take(20) {
        say(complaint);
    }
    let figures = json!({
        "kills": proof.kills.values().filter_map(Value::as_u64).sum::<u64>(),
        "kills_at": proof.kills,
        "payments": proof.paying.len(),
        "network_answers": answers.into_iter().map(|(answer, payments)| (answer, json!(payments))).collect::<Map<_, _>>(),
        "activations": proof.visits.len(),
        "slowest_return_ms": u64::try_from(proof.slowest.as_millis())?,
        "audit_unbroken": audit,
        "faults": faults.into_iter().map(|(meaning, found)| (meaning, json!(found))).collect::<Map<_, _>>(),
        "seconds": began.elapsed().as_secs(),
        "surroundings": surroundings::seen(),
    });
    Ok(Found { figures, ok })
}

type Faults = Vec<(String, Value)>;

struct Proof {
    /// How many, by victim and step.
    kills: Map<String, Value>,
    slowest: Duration,
    paying: Vec<(Debtor, Instant)>,
    visits: Vec<Visit>,
}

/// Waits until no earlier move of the clock is under way: the next would be refused, and the earlier one may be at its
/// last day, after which nothing happens any more.
async fn clock_at_rest(sql: &mut PgConnection) -> anyhow::Result<()> {
    let until = Instant::now() + Duration::from_secs(180);
    let moves = "SELECT count(*) FROM job WHERE kind = 'portal.move_clock' AND state IN ('ready', 'running')";
    while books::count(sql, moves).await? > 0 {
        ensure!(Instant::now() < until, "an earlier move of the clock does not end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

impl Proof {
    /// Notes a kill and waits until the victim is back.
    async fn back(&mut self, machine: &mut Machine, killed: crate::machine::Killed, step: &str) -> anyhow::Result<()> {
        let took = machine.back(killed).await?;
        say(format!("killed {} at {step}: back after {} ms", killed.victim.name(), took.as_millis()));
        let key = format!("{}:{step}", killed.victim.name());
        let kills = self.kills.get(&key).and_then(Value::as_u64).unwrap_or_default();
        self.kills.insert(key, json!(kills + 1));
        self.slowest = self.slowest.max(took);
        Ok(())
    }

    /// Lets time pass; kills in the middle of a billing run and of a move of the clock.
    async fn time(&mut self, machine: &mut Machine) -> anyhow::Result<()> {
        for (step, query) in [
            ("billing_run", "SELECT count(*) FROM invoice"),
            ("clock_move", "SELECT offset_ms FROM platform.business_clock"),
        ] {
            for victim in Victim::ALL {
                let mut sql = machine.sql().await?;
                clock_at_rest(&mut sql).await?;
                let before = books::count(&mut sql, query).await?;
                let clock = machine.run(&["clock", "7"])?;
                let until = Instant::now() + Duration::from_secs(60);
                while books::count(&mut sql, query).await? == before {
                    ensure!(Instant::now() < until, "nothing happened that {step} waits for");
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                let killed = machine.kill(victim)?;
                drop(sql);
                self.back(machine, killed, step).await?;
                // It fails with its database, and the rest of its days is made up below.
                finished(clock).await?;
            }
        }
        let mut sql = machine.sql().await?;
        let passed_ms = books::count(&mut sql, "SELECT offset_ms FROM platform.business_clock").await?;
        let left = DAYS - passed_ms / 86_400_000;
        if left > 0 {
            ensure!(machine.run_to_end(&["clock", &left.to_string()]).await?, "the clock could not be moved on");
        }
        wait_online(&mut sql).await
    }

    /// Debtors pay; kills at each step of each payment.
    async fn money(&mut self, machine: &mut Machine) -> anyhow::Result<()> {
        let mut sql = machine.sql().await?;
        let mut debtors = books::debtors(&mut sql).await?;
        let wanted = Step::ALL.len() * Victim::ALL.len() * DELAYS_MS.len();
        ensure!(debtors.len() >= wanted, "only {} subscribers are locked and online, {wanted} must pay", debtors.len());
        let staff = Person::sign_in(machine, "billing").await?;
        let victims =
            || Victim::ALL.into_iter().flat_map(|victim| DELAYS_MS.map(|ms| (victim, Duration::from_millis(ms))));
        for step in Step::ALL {
            for (victim, delay) in victims() {
                let Some(debtor) = debtors.pop() else { break };
                let mut sql = machine.sql().await?;
                let killed = kill_at(machine, &mut sql, &staff, &debtor, step, victim, delay).await?;
                drop(sql);
                self.paying.push((debtor, Instant::now()));
                self.back(machine, killed, step.name()).await?;
            }
        }
        Ok(())
    }

    /// New services are activated; kills after different steps of the saga.
    async fn activations(&mut self, machine: &mut Machine) -> anyhow::Result<()> {
        let (admin, technician) = (Person::sign_in(machine, "admin").await?, Person::sign_in(machine, "tech").await?);
        let mut sql = machine.sql().await?;
        let plan = [(Victim::Server, 2), (Victim::Server, 4), (Victim::Postgres, 3), (Victim::Freeradius, 5)];
        let mut visits = Vec::new();
        for number in 0..plan.len() {
            visits.push(activation::prepare(machine, &mut sql, &admin, &technician, number).await?);
        }
        for ((victim, steps), visit) in plan.into_iter().zip(visits) {
            let mut sql = machine.sql().await?;
            activation::complete(machine, &technician, &visit).await?;
            activation::wait_for_steps(&mut sql, visit.service, steps).await?;
            let killed = machine.kill(victim)?;
            drop(sql);
            self.visits.push(visit);
            self.back(machine, killed, &format!("activation_after_step_{steps}")).await?;
        }
        Ok(())
    }

    /// Waits until nothing is wrong any more, and gives what still is when patience ends.
    async fn rest(&mut self, machine: &Machine) -> anyhow::Result<Faults> {
        let staff = Person::sign_in(machine, "billing").await?;
        let mut sql = machine.sql().await?;
        let until = Instant::now() + REST_PATIENCE;
        loop {
            enter_all_pins(machine).await?;
            self.press_again(machine, &mut sql, &staff).await?;
            let faults = self.faults(machine, &mut sql).await?;
            if faults.is_empty() || Instant::now() > until {
                return Ok(faults);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// A payer whose phone never rang presses the button once more.
    async fn press_again(&mut self, machine: &Machine, sql: &mut PgConnection, staff: &Person) -> anyhow::Result<()> {
        let payments = machine.look("/daraja/_control/payments").await?;
        for (debtor, pressed) in self.paying.iter_mut().filter(|(_, pressed)| pressed.elapsed() > PRESS_AGAIN) {
            let has_paid = payments.iter().any(|payment| payment["reference"] == debtor.number);
            if !has_paid && books::payments_of(sql, debtor).await? == 0 {
                say(format!("{}'s phone never rang; pressing Pay again", debtor.number));
                press_pay(machine, staff, debtor).await?;
                *pressed = Instant::now();
            }
        }
        Ok(())
    }

    async fn faults(&self, machine: &Machine, sql: &mut PgConnection) -> anyhow::Result<Faults> {
        let mut faults: Faults =
            books::faults(sql).await?.into_iter().map(|(meaning, found)| (meaning.to_owned(), json!(found))).collect();
        let mut fault = |meaning: &str, who: &str| faults.push((format!("{meaning}:{who}"), json!(1)));
        for payment in machine.look("/daraja/_control/payments").await? {
            let (receipt, number) = (payment["receipt"].as_str().unwrap_or_default(), payment["reference"].as_str());
            let shillings = payment["amount_shillings"].as_i64().unwrap_or_default();
            if !books::is_booked_once(sql, receipt, number.unwrap_or_default(), shillings).await? {
                fault("money_not_booked_once", receipt);
            }
        }
        let Some(tenant) = self.paying.first().map(|(debtor, _)| debtor.tenant) else { return Ok(faults) };
        let lines = machine.look(&format!("/_control/routers/{tenant}/lines")).await?;
        for (debtor, _) in &self.paying {
            if books::payments_of(sql, debtor).await? != 1 {
                fault("not_paid_once", &debtor.number);
            }
            let locks = "SELECT count(*) FROM service_lock WHERE lifted_at IS NULL AND service_id = ";
            if books::count(sql, &format!("{locks}'{}'", debtor.service)).await? != 0 {
                fault("still_locked", &debtor.number);
            }
            // The router's own word: online, and not in the walled garden.
            let line = lines.iter().find(|line| line["username"] == debtor.username);
            if !line.is_some_and(|line| line["state"] == "online" && line["address_list"] != "walled-garden") {
                fault("not_online", &debtor.number);
            }
        }
        let unanswered = "SELECT count(*) FROM payment_timeline WHERE outcome IS NULL";
        if books::count(sql, unanswered).await? != 0 {
            fault("network_did_not_answer", "payment_timeline");
        }
        for visit in &self.visits {
            let online = "SELECT count(*) FROM activation WHERE state = 'online' AND service_id = ";
            if books::count(sql, &format!("{online}'{}'", visit.service)).await? != 1 {
                fault("activation_not_finished_once", &visit.service.to_string());
            }
            let first = "SELECT count(*) FROM invoice WHERE status <> 'void' AND service_id = ";
            if books::count(sql, &format!("{first}'{}'", visit.service)).await? != 1 {
                fault("not_one_first_invoice", &visit.service.to_string());
            }
        }
        Ok(faults)
    }
}

/// Waits until nearly every simulated router has its session.
pub async fn wait_online(sql: &mut PgConnection) -> anyhow::Result<()> {
    let wanted = books::may_dial(sql).await?;
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let online = books::sessions(sql).await?;
        if online * 100 >= wanted * 97 && books::waiting_jobs(sql).await? == 0 {
            return Ok(());
        }
        ensure!(Instant::now() < until, "only {online} of {wanted} subscribers came online");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
