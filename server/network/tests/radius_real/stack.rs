//! A throw-away installation: a migrated database, a FreeRADIUS on free ports, two ISPs with a router each.
//! The one rule: nothing here is reached under a fixed name or port, so tests run side by side.

use crate::database::Database;
use gateways::Secret;
use gateways::radius::attribute::Attribute;
use gateways::radius::{AuthMethod, Login, LoginAnswer, NasClient, NasError, Packet};
use network::radius::freeradius::{ConfigDir, RadiusSettings, unprivileged};
use network::radius::{Account, Nas, NasVendor, ProjectionKey, upsert_in, upsert_nas_in};
use platform::cluster::own_folder;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, PgConnection, PgPool};
use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use uuid::Uuid;

pub const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Where the other ISP's router sends from.
pub const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// A child that ends with its test.
pub struct Running(Option<Child>);

impl Running {
    pub fn spawn(mut command: Command, log: &Path) -> Self {
        let log = File::create(log).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        Self(Some(command.spawn().unwrap()))
    }

    pub fn id(&self) -> u32 {
        self.0.as_ref().map_or(0, Child::id)
    }

    /// Lets it outlive this test.
    pub fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(child) = &mut self.0 else { return };
        if let Ok(None) = child.try_wait() {
            kill_process(Pid::from_child(child), Signal::TERM).unwrap();
            child.wait().unwrap();
        }
    }
}

/// One ISP with one router.
pub struct Isp {
    pub tenant: Uuid,
    pub router: Nas,
}

pub struct Stack {
    pub key: ProjectionKey,
    pub home: Isp,
    pub other: Isp,
    pub radius: ConfigDir,
    pub settings: RadiusSettings,
    pub folder: PathBuf,
    pub freeradius: Running,
    pub database: Database,
}

impl Stack {
    pub async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("mtandao-radius-{}", Uuid::now_v7().simple()));
        own_folder(&folder, 0o755, None).unwrap();
        let database = Database::create().await;
        let settings = RadiusSettings {
            db_conninfo: database.conninfo("mtandao_radius"),
            key: ProjectionKey::new(rand::random()),
            bind: HOME,
            auth_port: free_port(),
            acct_port: free_port(),
            status_port: free_port(),
            nas_net: "127.0.0.0/8".parse().unwrap(),
            state_dir: folder.join("radius-state"),
            run_as: unprivileged().unwrap(),
        };
        let radius = ConfigDir::write(&folder.join("radius"), &settings).unwrap();
        let freeradius = Running::spawn(radius.command().unwrap(), &folder.join("radius.log"));
        let mut stack = Self {
            key: settings.key.clone(),
            home: isp(HOME, "home-router-secret"),
            other: isp(ELSEWHERE, "other-router-secret"),
            radius,
            settings,
            freeradius,
            database,
            folder,
        };
        stack.seed().await;
        stack.radius.wait_ready(Duration::from_secs(10)).await.unwrap();
        stack
    }

    async fn seed(&mut self) {
        let mut owner = self.superuser().await;
        for (isp, code) in [(&self.home, "home"), (&self.other, "other")] {
            sqlx::query("INSERT INTO tenant (id, code, name, prefix, data_key) VALUES ($1, $2, $2, 'AB', '\\x00')")
                .bind(isp.tenant)
                .bind(code)
                .execute(&mut owner)
                .await
                .unwrap();
            let mut app = self.app(isp).await;
            upsert_nas_in(&mut app, isp.tenant, &self.key, &isp.router).await.unwrap();
        }
    }

    /// Ends FreeRADIUS and takes everything away. A test that fails does not come here and leaves its folder to be read.
    pub async fn end(self) {
        drop(self.freeradius);
        self.database.remove().await;
        fs::remove_dir_all(&self.folder).unwrap();
    }

    /// A connection that passes every policy, to look at what no application may see.
    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect_with(&self.database.superuser()).await.unwrap()
    }

    /// A connection as one of the installation's roles.
    pub async fn role(&self, role: &str) -> PgConnection {
        PgConnection::connect_with(&self.database.role(role)).await.unwrap()
    }

    /// As [`Self::role`], for a listener.
    pub async fn pool(&self, role: &str) -> PgPool {
        PgPool::connect_with(self.database.role(role)).await.unwrap()
    }

    /// A connection as the application, for one ISP.
    pub async fn app(&self, isp: &Isp) -> PgConnection {
        let mut app = self.role("mtandao_app").await;
        sqlx::query("SELECT set_config('app.tenant_id', $1, false)")
            .bind(isp.tenant.to_string())
            .execute(&mut app)
            .await
            .unwrap();
        app
    }

    /// Writes an account of an ISP and gives it back.
    pub async fn account(&self, isp: &Isp, username: &str, change: impl FnOnce(&mut Account)) -> Account {
        let mut account = Account {
            username: username.to_owned(),
            service_id: Uuid::now_v7(),
            secret: Secret::new("correct horse"),
            enabled: true,
            locked: false,
            mac: None,
            max_sessions: 1,
            rate_limit: "5M/20M".to_owned(),
            walled_rate_limit: "256k/256k".to_owned(),
            framed_ip: Some(Ipv4Addr::new(10, 20, 30, 40)),
            delegated_prefix: Some("2001:db8:12::/48".parse().unwrap()),
            framed_pool: Some("pool1".to_owned()),
            interim_s: 300,
            session_timeout_s: None,
        };
        change(&mut account);
        upsert_in(&mut self.app(isp).await, isp.tenant, &self.key, &account).await.unwrap();
        account
    }

    /// An ISP's router as a client of our FreeRADIUS.
    pub fn router(&self, isp: &Isp) -> NasClient {
        self.client(isp.router.addr, isp.router.secret.clone())
    }

    pub fn client(&self, address: IpAddr, secret: Secret) -> NasClient {
        let server = SocketAddr::new(HOME, self.settings.auth_port);
        let accounting = SocketAddr::new(HOME, self.settings.acct_port);
        NasClient::new(server, accounting, secret, address)
    }
}

/// Logs in by `method` from a device with a fixed MAC address.
pub async fn login(
    router: &NasClient,
    username: &str,
    password: &str,
    method: AuthMethod,
) -> Result<LoginAnswer, NasError> {
    let calling_station = Some("AA:BB:CC:00:00:01");
    router.login(&Login { username, password, method, calling_station, port_id: Some("ether1") }).await
}

pub fn accepted(answer: Result<LoginAnswer, NasError>) -> Packet {
    match answer {
        Ok(LoginAnswer::Accept(packet)) => packet,
        other => panic!("not accepted: {other:?}"),
    }
}

pub fn is_refused(answer: &Result<LoginAnswer, NasError>) -> bool {
    matches!(answer, Ok(LoginAnswer::Reject(_)))
}

pub fn text(packet: &Packet, kind: u8) -> Option<&str> {
    packet.text(kind)
}

pub fn vendor_text(packet: &Packet, kind: u8) -> Option<&str> {
    packet.get_vendor(gateways::radius::attribute::MIKROTIK, kind).and_then(Attribute::as_text)
}

pub fn integer(packet: &Packet, kind: u8) -> Option<u32> {
    packet.get(kind).and_then(Attribute::as_integer)
}

/// A UDP port that was free a moment ago.
pub fn free_port() -> u16 {
    UdpSocket::bind((HOME, 0)).unwrap().local_addr().unwrap().port()
}

fn isp(addr: IpAddr, secret: &str) -> Isp {
    let router = Nas {
        id: Uuid::now_v7(),
        addr,
        name: format!("Router at {addr}"),
        secret: Secret::new(secret),
        require_ma: true,
        vendor: NasVendor::Mikrotik,
        coa_port: free_port(),
    };
    Isp { tenant: Uuid::now_v7(), router }
}
