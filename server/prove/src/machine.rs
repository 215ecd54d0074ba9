//! The program under proof with all that it runs on, in a scratch folder: simulators of their own, server, PostgreSQL,
//! FreeRADIUS. The one rule: whatever happens, dropping it ends every process and removes the folder.

use crate::say;
use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Executor};
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A demo is made in this time even on a slow machine.
const START_PATIENCE: Duration = Duration::from_secs(300);
/// After a kill: a database that repairs itself, and the children's own patience.
const BACK_PATIENCE: Duration = Duration::from_secs(60);

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    Server,
    Postgres,
    Freeradius,
}

impl Victim {
    pub const ALL: [Self; 3] = [Self::Server, Self::Postgres, Self::Freeradius];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Postgres => "postgres",
            Self::Freeradius => "freeradius",
        }
    }
}

pub struct Machine {
    program: PathBuf,
    folder: PathBuf,
    subscribers: usize,
    port: u16,
    pub simulators: String,
    simulating: Option<Child>,
    server: Option<Child>,
    pub http: reqwest::Client,
}

impl Machine {
    /// Starts simulators and the demo; the demo's data are made first.
    pub async fn start(program: &Path, subscribers: usize) -> anyhow::Result<Self> {
        let program =
            program.canonicalize().with_context(|| format!("{} is not there; build it first", program.display()))?;
        let folder = std::env::temp_dir().join(format!("mtandao-prove.{}", uuid::Uuid::now_v7().simple()));
        fs::create_dir(&folder)?;
        // Started by root, PostgreSQL runs as another user, who must be able to enter.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
        let simulators = format!("http://{}", free_address()?);
        let mut machine = Self {
            program,
            folder,
            subscribers,
            port: free_address()?.port(),
            simulators,
            simulating: None,
            server: None,
            http: reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?,
        };
        machine.simulate().await?;
        say(format!("Starting a demo with {subscribers} subscribers; the log is {}", machine.log("server").display()));
        machine.serve(START_PATIENCE).await?;
        Ok(machine)
    }

    /// The address of the program's doors.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    /// The program with the environment of this proof alone, its output in a log, and its end tied to ours.
    fn command(&self, log: &str) -> anyhow::Result<Command> {
        let output = File::options().create(true).append(true).open(self.log(log))?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT", "--"]).arg(&self.program);
        command.env_remove("DATABASE_URL").env("MTANDAO_STATE", self.folder.join("state"));
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        Ok(command)
    }

    async fn simulate(&mut self) -> anyhow::Result<()> {
        let http = self.simulators.trim_start_matches("http://").to_owned();
        let smtp = free_address()?.to_string();
        let child = self.command("simulators")?.args(["simulate", "--http", &http, "--smtp", &smtp]).spawn()?;
        self.simulating = Some(child);
        let until = Instant::now() + BACK_PATIENCE;
        while self.http.get(format!("{}/_control/places", self.simulators)).send().await.is_err() {
            ensure!(Instant::now() < until, "The simulators did not start; see {}", self.log("simulators").display());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn serve(&mut self, patience: Duration) -> anyhow::Result<()> {
        let listen = format!("127.0.0.1:{}", self.port);
        let subscribers = self.subscribers.to_string();
        let mut command = self.command("server")?;
        command.args(["serve", "--demo", "--listen", &listen, "--subscribers", &subscribers]);
        command.args(["--simulators", &self.simulators]);
        self.server = Some(command.spawn()?);
        self.wait_ready(patience).await
    }

    async fn wait_ready(&mut self, patience: Duration) -> anyhow::Result<()> {
        let until = Instant::now() + patience;
        loop {
            if let Some(server) = &mut self.server
                && let Some(status) = server.try_wait()?
            {
                bail!("The server ended ({status}): {}", last_lines(&self.log("server")));
            }
            let answer = self.http.get(format!("{}/readyz", self.url())).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            ensure!(Instant::now() < until, "The server is not ready: {}", last_lines(&self.log("server")));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The process id of a victim that lives.
    fn pid(&self, victim: Victim) -> anyhow::Result<i32> {
        match victim {
            Victim::Server => {
                let server = self.server.as_ref().context("no server runs")?;
                Ok(i32::try_from(server.id())?)
            }
            child => {
                let note = self.folder.join("state/children").join(child.name());
                Ok(fs::read_to_string(note)?.trim().parse()?)
            }
        }
    }

    /// `kill -9`, at once.
    pub fn kill(&mut self, victim: Victim) -> anyhow::Result<Killed> {
        let pid = self.pid(victim)?;
        let target = Pid::from_raw(pid).context("no such process")?;
        kill_process(target, Signal::KILL).with_context(|| format!("{} could not be killed", victim.name()))?;
        Ok(Killed { victim, pid, at: Instant::now() })
    }

    /// Waits until what was killed is back: the server by a new start, as systemd makes one; its children by its own doing.
    /// Gives how long it took.
    pub async fn back(&mut self, killed: Killed) -> anyhow::Result<Duration> {
        match killed.victim {
            Victim::Server => {
                if let Some(mut server) = self.server.take() {
                    server.wait()?;
                }
                self.serve(BACK_PATIENCE).await?;
            }
            child => {
                let until = Instant::now() + BACK_PATIENCE;
                while self.pid(child).is_ok_and(|pid| pid == killed.pid || !is_alive(pid)) {
                    ensure!(Instant::now() < until, "{} was not started again", child.name());
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                self.wait_ready(BACK_PATIENCE).await?;
                if child == Victim::Postgres {
                    self.sql().await?;
                }
            }
        }
        Ok(killed.at.elapsed())
    }

    /// A connection that sees all rows.
    pub async fn sql(&self) -> anyhow::Result<PgConnection> {
        let state = self.folder.join("state");
        let secrets: Value = serde_json::from_str(&fs::read_to_string(state.join("secrets.json"))?)?;
        let options = PgConnectOptions::new_without_pgpass()
            .socket(state.join("run"))
            .username("postgres")
            .password(secrets["superuser_password"].as_str().unwrap_or_default())
            .database("mtandao");
        let until = Instant::now() + BACK_PATIENCE;
        loop {
            match PgConnection::connect_with(&options).await {
                Ok(mut connection) => {
                    connection.execute("SET search_path = public").await?;
                    return Ok(connection);
                }
                Err(error) if Instant::now() > until => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// Another command of the program beside the server.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<Child> {
        Ok(self.command("commands")?.args(arguments).spawn()?)
    }

    /// The same, to its end; whether it succeeded.
    pub async fn run_to_end(&self, arguments: &[&str]) -> anyhow::Result<bool> {
        finished(self.run(arguments)?).await
    }

    /// What stands last in the server's log.
    pub fn complaints(&self) -> Vec<String> {
        let log = fs::read_to_string(self.log("server")).unwrap_or_default();
        let grave = log.lines().filter(|line| line.contains("ERROR") && !line.contains("ended unexpectedly"));
        grave.map(str::to_owned).collect()
    }

    /// A control of the simulators.
    pub async fn control(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let answer = self.http.post(format!("{}{path}", self.simulators)).json(&body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "the simulators refused {path} ({status}): {text}");
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// What the simulators know.
    pub async fn look(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let answer = self.http.get(format!("{}{path}", self.simulators)).send().await?.error_for_status()?;
        match answer.json().await? {
            Value::Array(rows) => Ok(rows),
            other => bail!("the simulators answered {path} with {other}"),
        }
    }
}

/// A kill that happened.
#[derive(Debug, Clone, Copy)]
pub struct Killed {
    pub victim: Victim,
    pid: i32,
    at: Instant,
}

/// Waits for a command without holding up the rest.
pub async fn finished(mut child: Child) -> anyhow::Result<bool> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(4)..].join(" / ")
}

/// An address of the loopback that is free now.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Drop for Machine {
    fn drop(&mut self) {
        let children: Vec<i32> =
            [Victim::Postgres, Victim::Freeradius].into_iter().filter_map(|child| self.pid(child).ok()).collect();
        for child in [self.server.as_mut(), self.simulating.as_mut()].into_iter().flatten() {
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            if let Some(pid) = pid {
                let _ = kill_process(pid, Signal::INT);
            }
            let until = Instant::now() + Duration::from_secs(30);
            while matches!(child.try_wait(), Ok(None)) && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        // Of a server that was killed, PostgreSQL and FreeRADIUS end by their death signal.
        let until = Instant::now() + Duration::from_secs(20);
        while children.iter().any(|pid| is_ours(*pid, &self.folder)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        for pid in children.into_iter().filter(|pid| is_ours(*pid, &self.folder)) {
            if let Some(pid) = Pid::from_raw(pid) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        match std::env::var_os("MTANDAO_PROVE_KEEP") {
            Some(_) => say(format!("The scratch folder stays: {}", self.folder.display())),
            None => drop(fs::remove_dir_all(&self.folder)),
        }
    }
}

/// Whether a process lives and works in our folder.
fn is_ours(pid: i32, folder: &Path) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let ours = folder.as_os_str().as_encoded_bytes();
    line.windows(ours.len()).any(|part| part == ours)
}
