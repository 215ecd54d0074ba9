//! The program's HTTP doors, as a browser uses them: a session's cookie and forms. The one rule: a refusal is an error here,
//! and a door that is closed at the moment is tried again, as a person does.

use crate::machine::Machine;
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::time::{Duration, Instant};

/// How the demo's people sign in.
const PASSWORD: &str = "karibu mtandao demo";
/// A person tries again for so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody who is signed in.
pub struct Person {
    cookie: String,
}

impl Person {
    /// Signs a member of the demo's staff in.
    pub async fn sign_in(machine: &Machine, name: &str) -> anyhow::Result<Self> {
        let form = form(&[("form[name]", name), ("form[password]", PASSWORD), ("form[next]", "/")]);
        let request = machine.http.post(format!("{}/rpc/staff/identity/sign_in", machine.url()));
        let answer = request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(form)
            .send()
            .await?;
        let cookie = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let cookie =
            cookie.filter_map(|value| value.split(';').next()).find(|value| value.starts_with("__Host-staff="));
        let cookie = cookie.map(str::to_owned).with_context(|| format!("{name} could not sign in"))?;
        Ok(Self { cookie })
    }

    /// Sends a form to a door once.
    async fn send(&self, machine: &Machine, door: &str, fields: &[(&str, &str)]) -> anyhow::Result<(u16, String)> {
        let answer = machine
            .http
            .post(format!("{}/rpc/staff/{door}", machine.url()))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .header("cookie", &self.cookie)
            .body(form(fields))
            .send()
            .await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// Sends a form to a door and gives its answer.
    ///
    /// # Errors
    /// A refusal with its sentence; a door that stays closed for half a minute.
    pub async fn post(&self, machine: &Machine, door: &str, fields: &[(&str, &str)]) -> anyhow::Result<Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.send(machine, door, fields).await {
                Ok((200..300, text)) => return Ok(serde_json::from_str(&text).unwrap_or(Value::Null)),
                Ok((status, text)) if status < 500 => bail!("{door} refused ({status}): {text}"),
                closed => ensure!(Instant::now() < until, "{door} stays closed: {closed:?}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
