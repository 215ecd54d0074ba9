//! One PostgreSQL cluster for all tests that run at the same time, and in it a database for each of them.
//! The one rule: the first test that needs the cluster starts it, the last one stops it; under nextest each is a
//! process of its own, so file locks say who is first and last.

use crate::stack::Running;
use platform::cluster::{Cluster, own_folder};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Hexadecimal, as the platform makes it.
const PASSWORD: &str = "7e57ab1e";
const TEMPLATE: &str = "migrated";

/// A database of one test, dropped with it.
pub struct Database {
    name: String,
    cluster: Cluster,
    folder: PathBuf,
    /// Shared with every test that uses the cluster; let go at the end.
    users: File,
}

impl Database {
    /// A copy of the migrated template.
    pub async fn create() -> Self {
        let folder = folder();
        own_folder(&folder, 0o755, None).unwrap();
        let gate = gate(&folder);
        let users = File::create(folder.join("users")).unwrap();
        users.lock_shared().unwrap();
        let cluster = Cluster::init(&folder, PASSWORD).unwrap();
        if cluster.living_server().is_none() {
            start(&cluster, &folder).await;
        }
        drop(gate);
        let name = format!("test_{}", Uuid::now_v7().simple());
        let database = Self { name, cluster, folder, users };
        let create = format!("CREATE DATABASE {} TEMPLATE {TEMPLATE} STRATEGY file_copy", database.name);
        database.administer(&create).await;
        database
    }

    async fn administer(&self, sql: &str) {
        let mut admin = PgConnection::connect_with(&self.cluster.superuser()).await.unwrap();
        admin.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        admin.close().await.unwrap();
    }

    pub fn superuser(&self) -> PgConnectOptions {
        self.cluster.superuser().database(&self.name)
    }

    pub fn role(&self, role: &str) -> PgConnectOptions {
        self.superuser().username(role).password(PASSWORD)
    }

    pub fn conninfo(&self, role: &str) -> String {
        self.cluster.conninfo(&self.name, role, PASSWORD)
    }

    /// Ends every connection and accepts no new one: as seen from FreeRADIUS, the database is down.
    pub async fn go_down(&self) {
        self.administer(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", self.name)).await;
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '";
        self.administer(&format!("{end}{}'", self.name)).await;
    }

    /// Drops the database; its cluster stops when nobody else uses it.
    pub async fn remove(self) {
        self.administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _gate = gate(&self.folder);
        self.users.unlock().unwrap();
        let last = File::create(self.folder.join("users")).unwrap().try_lock().is_ok();
        if let (true, Some(pid)) = (last, self.cluster.living_server().and_then(Pid::from_raw)) {
            kill_process(pid, Signal::INT).unwrap();
            let until = Instant::now() + Duration::from_secs(10);
            while self.cluster.living_server().is_some() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// One at a time decides whether the cluster runs.
fn gate(folder: &Path) -> File {
    let gate = File::create(folder.join("gate")).unwrap();
    gate.lock().unwrap();
    gate
}

/// Starts the cluster and, the first time, makes the template.
async fn start(cluster: &Cluster, folder: &Path) {
    // Throw-away data: nothing is written to the disk in time, and whoever reaches the socket is let in.
    fs::write(folder.join("postgres/pg_hba.conf"), "local all all trust\n").unwrap();
    // The platform's own cluster dies with its parent; this one serves the tests that come after.
    let server = cluster.server().unwrap();
    let mut command = Command::new(server.get_program());
    command.args(server.get_args().filter(|arg| !arg.to_string_lossy().starts_with("--pdeathsig"))).current_dir("/");
    command.args(["-c", "fsync=off", "-c", "shared_buffers=64MB", "-c", "full_page_writes=off"]);
    Running::spawn(command, &folder.join("log")).leave();
    cluster.wait_ready().await.unwrap();
    let ready = folder.join("ready").exists();
    // What failed tests, or a template that was not finished, have left.
    let mut admin = PgConnection::connect_with(&cluster.superuser()).await.unwrap();
    let left: Vec<String> = sqlx::query_scalar(
        "SELECT datname::text FROM pg_database WHERE datname ^@ 'test_' OR (datname = $1 AND NOT $2)",
    )
    .bind(TEMPLATE)
    .bind(ready)
    .fetch_all(&mut admin)
    .await
    .unwrap();
    for name in left {
        admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
    }
    admin.close().await.unwrap();
    if !ready {
        forget_old_clusters();
        platform::db::prepare(&cluster.superuser(), TEMPLATE, PASSWORD).await.unwrap();
        File::create(folder.join("ready")).unwrap();
    }
}

/// Named after the migrations, so that another set of them gets another cluster.
fn folder() -> PathBuf {
    let octets = platform::db::MIGRATOR.iter().flat_map(|migration| migration.checksum.iter());
    // FNV-1a: only to tell sets of migrations apart.
    let sum =
        octets.fold(0xcbf2_9ce4_8422_2325, |sum: u64, octet| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3));
    std::env::temp_dir().join(format!("mtandao-radius-{sum:016x}"))
}

/// Clusters of migrations that nobody has used for a day.
fn forget_old_clusters() {
    for entry in fs::read_dir(std::env::temp_dir()).unwrap().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with("mtandao-radius-");
        let used = fs::metadata(entry.path().join("log")).and_then(|log| log.modified()).ok();
        if ours && used.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > Duration::from_secs(24 * 3600)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
