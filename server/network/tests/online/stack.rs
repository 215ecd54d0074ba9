//! A FreeRADIUS on the test's own database, a subscriber behind it, and a router that takes commands.

use crate::common::{SECRET, World};
use gateways::Secret;
use gateways::radius::attribute as attr;
use gateways::radius::das::DynAuthKind;
use gateways::radius::{
    AcctRecord, AcctStatus, AuthMethod, DynAuth, ErrorCause, Login, LoginAnswer, NasClient, Packet,
};
use model::billing::PaymentId;
use model::billing::locks::LockReason;
use model::network::activation::ActivationState;
use model::network::{NasId, perm};
use network::radius::ProjectionKey;
use network::radius::freeradius::{ConfigDir, RadiusSettings, unprivileged};
use network::{activation, sessions};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::PgConnectOptions;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

pub const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How a router takes commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Obeys,
    /// It ends sessions but does not change them, as old ones do.
    CannotChange,
    /// It has no such session.
    KnowsNothing,
    /// It gives no answer.
    Silent,
}

/// A router that keeps what it was told.
pub struct Router {
    client: NasClient,
    told: Arc<Mutex<Vec<(DynAuthKind, Packet)>>>,
    mood: Arc<Mutex<Mood>>,
}

impl Router {
    pub fn told(&self) -> Vec<DynAuthKind> {
        self.told.lock().unwrap().iter().map(|(kind, _)| *kind).collect()
    }

    pub fn last_list(&self) -> Option<String> {
        let told = self.told.lock().unwrap();
        let packet = &told.last()?.1;
        Some(packet.get_vendor(attr::MIKROTIK, attr::MIKROTIK_ADDRESS_LIST)?.as_text()?.to_owned())
    }

    pub async fn dial(&self, password: &str) -> Packet {
        let login = Login {
            username: "amina",
            password,
            method: AuthMethod::Chap,
            calling_station: Some("AA:BB:CC:00:00:01"),
            port_id: None,
        };
        match self.client.login(&login).await {
            Ok(LoginAnswer::Accept(packet)) => packet,
            other => panic!("not accepted: {other:?}"),
        }
    }

    pub async fn report(&self, status: AcctStatus, session: &str) {
        self.report_after(status, session, 0).await;
    }

    /// A report about a session that is so many seconds old.
    pub async fn report_after(&self, status: AcctStatus, session: &str, session_seconds: u32) {
        let record = AcctRecord {
            calling_station: Some("AA:BB:CC:00:00:01"),
            session_seconds,
            ..AcctRecord::new(status, session, "amina")
        };
        self.client.account(&record).await.unwrap();
    }

    /// A report by a router whose clock is an hour slow.
    pub async fn report_slowly(&self, status: AcctStatus, session: &str) {
        let hour_ago = chrono::Utc::now().timestamp() - 3600;
        let record = AcctRecord {
            calling_station: Some("AA:BB:CC:00:00:01"),
            at: u32::try_from(hour_ago).ok(),
            ..AcctRecord::new(status, session, "amina")
        };
        self.client.account(&record).await.unwrap();
    }

    pub fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }
}

async fn obey(socket: UdpSocket, mood: Arc<Mutex<Mood>>, told: Arc<Mutex<Vec<(DynAuthKind, Packet)>>>) {
    let das = DynAuth::new(Secret::new(SECRET));
    let mut buffer = [0; 4096];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        let Ok(request) = das.decode(&buffer[..length]) else { continue };
        let mood = *mood.lock().unwrap();
        let answer = match (mood, request.kind) {
            (Mood::Silent, _) => continue,
            (Mood::KnowsNothing, _) => das.nak(&request, ErrorCause::SESSION_NOT_FOUND),
            (Mood::CannotChange, DynAuthKind::Coa) => das.nak(&request, ErrorCause(405)),
            (Mood::CannotChange | Mood::Obeys, _) => das.ack(&request),
        };
        told.lock().unwrap().push((request.kind, request.packet.clone()));
        socket.send_to(&answer.unwrap(), from).await.unwrap();
    }
}

/// FreeRADIUS on the test's own database.
struct FreeRadius {
    child: Child,
    folder: PathBuf,
    auth: SocketAddr,
    accounting: SocketAddr,
}

impl Drop for FreeRadius {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

pub fn free_port() -> u16 {
    std::net::UdpSocket::bind((HOME, 0)).unwrap().local_addr().unwrap().port()
}

async fn freeradius(world: &World, key: &ProjectionKey) -> FreeRadius {
    let mut op = world.app.op(world.app.first).await;
    let database: String = sqlx::query_scalar("SELECT current_database()").fetch_one(op.conn()).await.unwrap();
    drop(op);
    let cluster = cluster();
    let host = cluster.get_socket().map_or_else(|| cluster.get_host().to_owned(), |s| s.display().to_string());
    let folder = std::env::temp_dir().join(format!("mtandao-online-{}", uuid::Uuid::now_v7().simple()));
    platform::cluster::own_folder(&folder, 0o755, None).unwrap();
    let settings = RadiusSettings {
        db_conninfo: format!(
            "host={host} port={} dbname={database} user=mtandao_radius password=0123456789abcdef",
            cluster.get_port()
        ),
        key: key.clone(),
        bind: HOME,
        auth_port: free_port(),
        acct_port: free_port(),
        status_port: free_port(),
        nas_net: "127.0.0.0/8".parse().unwrap(),
        state_dir: folder.join("state"),
        run_as: unprivileged().unwrap(),
    };
    let config = ConfigDir::write(&folder.join("radius"), &settings).unwrap();
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let mut command = config.command().unwrap();
    let child = command.stdout(Stdio::from(log.try_clone().unwrap())).stderr(log).spawn().unwrap();
    let radius = FreeRadius {
        child,
        folder,
        auth: SocketAddr::new(HOME, settings.auth_port),
        accounting: SocketAddr::new(HOME, settings.acct_port),
    };
    config.wait_ready(Duration::from_secs(15)).await.unwrap();
    radius
}

/// Where the test's databases are, as `testkit` finds it.
fn cluster() -> PgConnectOptions {
    let from_env = ["MTANDAO_TEST_PG", "DATABASE_URL"].into_iter().find_map(|name| std::env::var(name).ok());
    let from_file = || {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.env")).ok()?;
        text.lines().find_map(|line| line.strip_prefix("DATABASE_URL=").map(str::to_owned))
    };
    PgConnectOptions::from_str(&from_env.or_else(from_file).unwrap()).unwrap()
}

pub struct Stack {
    pub world: World,
    _radius: FreeRadius,
    pub nas: NasId,
    pub coa_port: u16,
    pub router: Router,
    pub made: crm::subscribers::Made,
    pub password: String,
    stop: CancellationToken,
}

impl Stack {
    /// An activated subscriber whose router may dial.
    pub async fn start(mood: Mood) -> Self {
        let socket = UdpSocket::bind((HOME, 0)).await.unwrap();
        let coa_port = socket.local_addr().unwrap().port();
        let (told, mood): (Arc<_>, _) = (Arc::default(), Arc::new(Mutex::new(mood)));
        tokio::spawn(obey(socket, Arc::clone(&mood), Arc::clone(&told)));
        Self::start_beside(coa_port, told, mood).await
    }

    /// The same beside somebody else's program that takes the commands.
    pub async fn start_with_commands_at(coa_port: u16) -> Self {
        Self::start_beside(coa_port, Arc::default(), Arc::new(Mutex::new(Mood::Silent))).await
    }

    async fn start_beside(coa_port: u16, told: Arc<Mutex<Vec<(DynAuthKind, Packet)>>>, mood: Arc<Mutex<Mood>>) -> Self {
        let key = ProjectionKey::new(rand::random());
        let world = World::start_with(key.clone(), |builder| builder).await;
        let radius = freeradius(&world, &key).await;
        let tenant = world.app.first;
        let nas = world.nas(tenant, HOME, coa_port).await.unwrap();
        world.pools(tenant).await;
        let made = world.subscriber("amina").await;
        let stop = CancellationToken::new();
        tokio::spawn(platform::live::listen(world.app.app.clone(), stop.clone()));
        tokio::spawn(sessions::watch(world.app.app.clone(), stop.clone()));
        let client = NasClient::new(radius.auth, radius.accounting, Secret::new(SECRET), HOME);
        let mut op = world.app.op(tenant).await;
        let password = crm::services::access_of_in_op(&mut op, made.service_id).await.unwrap().remove(0).secret;
        activation::start_in_op(&mut op, made.service_id).await.unwrap();
        op.commit().await.unwrap();
        world.app.drain().await;
        let router = Router { client, told, mood };
        Self { world, _radius: radius, nas, coa_port, router, made, password, stop }
    }

    pub async fn lock(&self) {
        let mut op = self.world.app.op(self.world.app.first).await;
        billing::locks::set_in_op(&mut op, self.made.service_id, LockReason::Overdue, "").await.unwrap();
        op.commit().await.unwrap();
        self.world.app.drain().await;
    }

    /// A payment that was reported a moment ago lifts the lock.
    pub async fn pay(&self) -> PaymentId {
        let id = PaymentId::new();
        let mut op = self.world.app.op(self.world.app.first).await;
        let (tenant, account) = (op.tenant().uuid(), self.made.account_id.uuid());
        for text in [
            "INSERT INTO payment (tenant_id, id, number, account_id, gateway, gateway_reference, amount_minor, currency, state,
               paid_at, taken_by) VALUES ($1, $2, 'RCT-1', $3, 'mpesa', 'UK7AB12CD3', 350000, 'KES', 'posted', now(), 'test')",
            "INSERT INTO payment_timeline (tenant_id, payment_id, account_id, callback_at, posted_at, unlocked_at)
             VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp(), clock_timestamp())",
        ] {
            sqlx::query(text).bind(tenant).bind(id.uuid()).bind(account).execute(op.conn()).await.unwrap();
        }
        billing::locks::lift_in_op(&mut op, self.made.service_id, LockReason::Overdue, Some(id)).await.unwrap();
        op.commit().await.unwrap();
        self.world.app.drain().await;
        id
    }

    pub async fn timeline(&self, payment: PaymentId) -> (Option<String>, Option<String>, Option<i64>) {
        let mut op = self.world.app.op(self.world.app.first).await;
        sqlx::query_as(
            "SELECT outcome, method, (extract(epoch FROM online_at - callback_at) * 1000)::bigint FROM payment_timeline
             WHERE payment_id = $1",
        )
        .bind(payment.uuid())
        .fetch_one(op.conn())
        .await
        .unwrap()
    }

    /// As long ago as the routers fell silent for it, the session has not been heard of.
    pub async fn forget_reports(&self) {
        let mut owner = self.world.app.superuser().await;
        sqlx::query("UPDATE radius.acct_open SET updated_at = now() - interval '20 minutes'")
            .execute(&mut owner)
            .await
            .unwrap();
    }

    pub async fn open_sessions(&self) -> i64 {
        let mut op = self.world.app.op(self.world.app.first).await;
        sqlx::query_scalar("SELECT count(*) FROM radius.acct_open").fetch_one(op.conn()).await.unwrap()
    }

    pub async fn activation_state(&self) -> ActivationState {
        let mut tx = self.world.app.tx::<perm::ActivationRead>(self.world.app.first).await;
        activation::list(&mut tx, &[], None).await.unwrap().rows.remove(0).state
    }

    /// Asks until it is so; what is awaited comes by a note of the database.
    pub async fn until<T: PartialEq + std::fmt::Debug>(&self, wanted: T, ask: impl AsyncFn(&Self) -> T) {
        for _ in 0..100 {
            if ask(self).await == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(ask(self).await, wanted);
    }

    pub async fn finish(self) {
        self.stop.cancel();
        drop(self._radius);
        self.world.app.drain().await;
        self.world.app.finish().await;
    }
}
