//! The steps of a payment at which somebody is killed. The one rule: a step is reached by watching, never by waiting a while
//! and hoping.

use crate::books::{self, Debtor};
use crate::door::Person;
use crate::machine::{Killed, Machine, Victim};
use anyhow::ensure;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use std::time::{Duration, Instant};

/// What each phone has in its wallet: more than any debtor of the demo owes.
pub const WALLET_SHILLINGS: i64 = 200_000;
/// How long a step may take to be reached.
const PATIENCE: Duration = Duration::from_secs(30);

/// When the kill happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// *Pay* was pressed and the door has answered; the prompt may not have been sent.
    Pressed,
    /// The phone shows the prompt; the PIN is entered while the victim is away.
    Prompted,
    /// The PIN is entered, and the report is on its way to us.
    Reporting,
    /// The report was answered; its work has hardly begun.
    Reported,
    /// The money is posted; the router, which is busy, has not acknowledged the change.
    Posted,
}

impl Step {
    pub const ALL: [Self; 5] = [Self::Pressed, Self::Prompted, Self::Reporting, Self::Reported, Self::Posted];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pressed => "before_the_prompt_is_sent",
            Self::Prompted => "prompt_on_the_phone",
            Self::Reporting => "report_being_answered",
            Self::Reported => "report_answered_before_its_job",
            Self::Posted => "between_posting_and_coa",
        }
    }
}

/// Presses *Pay* for a debtor, by the staff's door.
pub async fn press_pay(machine: &Machine, staff: &Person, debtor: &Debtor) -> anyhow::Result<()> {
    let (account, amount) = (debtor.account.to_string(), debtor.due_shillings().to_string());
    let fields = [("form[account_id]", account.as_str()), ("form[phone]", &debtor.phone), ("form[amount]", &amount)];
    staff.post(machine, "billing/payments/prompt", &fields).await?;
    Ok(())
}

/// Lets a debtor pay and kills the victim so long after the step is reached.
pub async fn kill_at(
    machine: &mut Machine,
    sql: &mut PgConnection,
    staff: &Person,
    debtor: &Debtor,
    step: Step,
    victim: Victim,
    delay: Duration,
) -> anyhow::Result<Killed> {
    if step == Step::Posted {
        machine.control(&format!("/_control/routers/{}/silence", debtor.tenant), json!({ "ms": 1_200 })).await?;
    }
    press_pay(machine, staff, debtor).await?;
    if step == Step::Pressed {
        tokio::time::sleep(delay).await;
        return machine.kill(victim);
    }
    wait_for_prompt(machine, debtor).await?;
    if step == Step::Prompted {
        let killed = machine.kill(victim)?;
        enter_pin(machine, debtor).await?;
        return Ok(killed);
    }
    enter_pin(machine, debtor).await?;
    match step {
        Step::Reported => wait_for_report(machine, debtor).await?,
        Step::Posted => wait_for_posting(sql, debtor).await?,
        // The report was begun with the answer to the PIN.
        _ => {}
    }
    tokio::time::sleep(delay).await;
    machine.kill(victim)
}

async fn wait_for_prompt(machine: &Machine, debtor: &Debtor) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    while open_prompts(machine).await?.iter().all(|prompt| prompt["reference"] != debtor.number) {
        ensure!(Instant::now() < until, "no prompt reached {}", debtor.phone);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

async fn wait_for_report(machine: &Machine, debtor: &Debtor) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    let is_answered =
        |post: &Value| post["phone"] == debtor.phone && post["kind"] == "STK callback" && post["outcome"] == "HTTP 200";
    while !machine.look("/daraja/_control/posts").await?.iter().any(is_answered) {
        ensure!(Instant::now() < until, "the report about {} was not answered", debtor.phone);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

async fn wait_for_posting(sql: &mut PgConnection, debtor: &Debtor) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    while books::payments_of(sql, debtor).await? == 0 {
        ensure!(Instant::now() < until, "the payment of {} was not posted", debtor.number);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// The prompts that phones show.
pub async fn open_prompts(machine: &Machine) -> anyhow::Result<Vec<Value>> {
    machine.look("/daraja/_control/prompts").await
}

async fn enter_pin(machine: &Machine, debtor: &Debtor) -> anyhow::Result<()> {
    machine.control("/daraja/_control/answer", json!({ "phone": debtor.phone, "answer": "pin" })).await?;
    Ok(())
}

/// Answers whatever prompts are open, as their owners do.
pub async fn enter_all_pins(machine: &Machine) -> anyhow::Result<()> {
    for prompt in open_prompts(machine).await? {
        let answer = json!({ "checkout_request_id": prompt["checkout_request_id"], "answer": "pin" });
        // One that has just ended by itself is not there any more.
        let _ = machine.control("/daraja/_control/answer", answer).await;
    }
    Ok(())
}
