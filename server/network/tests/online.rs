//! End to end on a real FreeRADIUS: activated, dialled, locked, walled by CoA, paid, unlocked, and the payment's clock
//! stopped by the router's answer; and the same through a Disconnect for a router that cannot change a session.

mod common;

use common::{SECRET, World};
use gateways::Secret;
use gateways::radius::Attribute;
use gateways::radius::attribute as attr;
use gateways::radius::das::DynAuthKind;
use gateways::radius::{
    AcctRecord, AcctStatus, AuthMethod, DynAuth, ErrorCause, Login, LoginAnswer, NasClient, Packet,
};
use model::billing::PaymentId;
use model::billing::locks::LockReason;
use model::network::activation::ActivationState;
use model::network::perm;
use network::radius::freeradius::{ConfigDir, RadiusSettings, unprivileged};
use network::radius::{ProjectionKey, WALLED_LIST};
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

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A router that obeys, or refuses to change sessions as old ones do, and keeps what it was told.
struct Router {
    client: NasClient,
    told: Arc<Mutex<Vec<(DynAuthKind, Packet)>>>,
}

impl Router {
    fn told(&self) -> Vec<DynAuthKind> {
        self.told.lock().unwrap().iter().map(|(kind, _)| *kind).collect()
    }

    fn last_list(&self) -> Option<String> {
        let told = self.told.lock().unwrap();
        let packet = &told.last()?.1;
        Some(packet.get_vendor(attr::MIKROTIK, attr::MIKROTIK_ADDRESS_LIST)?.as_text()?.to_owned())
    }

    async fn dial(&self, password: &str) -> Packet {
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

    async fn report(&self, status: AcctStatus, session: &str) {
        let record =
            AcctRecord { calling_station: Some("AA:BB:CC:00:00:01"), ..AcctRecord::new(status, session, "amina") };
        self.client.account(&record).await.unwrap();
    }
}

async fn obey(socket: UdpSocket, can_change: bool, told: Arc<Mutex<Vec<(DynAuthKind, Packet)>>>) {
    let das = DynAuth::new(Secret::new(SECRET));
    let mut buffer = [0; 4096];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        let Ok(request) = das.decode(&buffer[..length]) else { continue };
        let answer = match request.kind {
            DynAuthKind::Coa if !can_change => das.nak(&request, ErrorCause(405)),
            _ => das.ack(&request),
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

fn free_port() -> u16 {
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

struct Stack {
    world: World,
    _radius: FreeRadius,
    router: Router,
    made: crm::subscribers::Made,
    password: String,
    stop: CancellationToken,
}

impl Stack {
    /// An activated subscriber whose router has dialled.
    async fn start(can_change: bool) -> Self {
        let key = ProjectionKey::new(rand::random());
        let world = World::start_with(key.clone(), |builder| builder).await;
        let radius = freeradius(&world, &key).await;
        let socket = UdpSocket::bind((HOME, 0)).await.unwrap();
        let coa_port = socket.local_addr().unwrap().port();
        let told = Arc::default();
        tokio::spawn(obey(socket, can_change, Arc::clone(&told)));
        let tenant = world.app.first;
        world.nas(tenant, HOME, coa_port).await.unwrap();
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
        Self { world, _radius: radius, router: Router { client, told }, made, password, stop }
    }

    async fn lock(&self) {
        let mut op = self.world.app.op(self.world.app.first).await;
        billing::locks::set_in_op(&mut op, self.made.service_id, LockReason::Overdue, "").await.unwrap();
        op.commit().await.unwrap();
        self.world.app.drain().await;
    }

    /// A payment that was reported a moment ago lifts the lock.
    async fn pay(&self) -> PaymentId {
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

    async fn timeline(&self, payment: PaymentId) -> (Option<String>, Option<String>, Option<i64>) {
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

    async fn activation_state(&self) -> ActivationState {
        let mut tx = self.world.app.tx::<perm::ActivationRead>(self.world.app.first).await;
        activation::list(&mut tx, &[], None).await.unwrap().rows.remove(0).state
    }

    /// Asks until it is so; what is awaited comes by a note of the database.
    async fn until<T: PartialEq + std::fmt::Debug>(&self, wanted: T, ask: impl AsyncFn(&Self) -> T) {
        for _ in 0..100 {
            if ask(self).await == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(ask(self).await, wanted);
    }

    async fn finish(self) {
        self.stop.cancel();
        drop(self._radius);
        self.world.app.drain().await;
        self.world.app.finish().await;
    }
}

#[tokio::test]
async fn an_activated_subscriber_dials_is_walled_pays_and_is_online_by_a_change_of_authorization() {
    let stack = Stack::start(true).await;
    assert_eq!(stack.activation_state().await, ActivationState::Ready);
    let answer = stack.router.dial(&stack.password).await;
    let text = |kind| answer.get_vendor(attr::MIKROTIK, kind).and_then(Attribute::as_text);
    assert_eq!(text(attr::MIKROTIK_RATE_LIMIT), Some("5M/20M"));
    assert_eq!(answer.get(attr::FRAMED_IP_ADDRESS).and_then(Attribute::as_address).unwrap().to_string(), "100.64.0.1");
    stack.router.report(AcctStatus::Start, "81000001").await;
    stack.until(ActivationState::Online, Stack::activation_state).await;

    stack.lock().await;
    assert_eq!(stack.router.told(), [DynAuthKind::Coa]);
    assert_eq!(stack.router.last_list().as_deref(), Some(WALLED_LIST));

    let payment = stack.pay().await;
    assert_eq!(stack.router.told(), [DynAuthKind::Coa, DynAuthKind::Coa]);
    assert_eq!(stack.router.last_list().as_deref(), Some("active"));
    let (outcome, method, ms) = stack.timeline(payment).await;
    assert_eq!((outcome.as_deref(), method.as_deref()), (Some("online"), Some("coa")));
    assert!((0..5_000).contains(&ms.unwrap()), "payment to online took {ms:?} ms");
    stack.finish().await;
}

#[tokio::test]
async fn a_router_that_cannot_change_a_session_is_told_to_end_it_and_the_next_session_stops_the_clock() {
    let stack = Stack::start(false).await;
    stack.router.dial(&stack.password).await;
    stack.router.report(AcctStatus::Start, "81000001").await;
    stack.until(ActivationState::Online, Stack::activation_state).await;
    stack.lock().await;
    assert_eq!(stack.router.told(), [DynAuthKind::Coa, DynAuthKind::Disconnect]);
    stack.router.report(AcctStatus::Stop, "81000001").await;
    let walled = stack.router.dial(&stack.password).await;
    let list = walled.get_vendor(attr::MIKROTIK, attr::MIKROTIK_ADDRESS_LIST).and_then(Attribute::as_text);
    assert_eq!(list, Some(WALLED_LIST));
    stack.router.report(AcctStatus::Start, "81000002").await;

    let payment = stack.pay().await;
    assert_eq!(stack.timeline(payment).await.0, None, "the device has not dialled again yet");
    stack.router.report(AcctStatus::Stop, "81000002").await;
    let open = stack.router.dial(&stack.password).await;
    assert!(open.get_vendor(attr::MIKROTIK, attr::MIKROTIK_ADDRESS_LIST).is_none());
    stack.router.report(AcctStatus::Start, "81000003").await;
    let done = (Some("online".to_owned()), Some("disconnect".to_owned()));
    stack
        .until(done, async |stack| {
            let (outcome, method, _) = stack.timeline(payment).await;
            (outcome, method)
        })
        .await;
    stack.finish().await;
}

#[tokio::test]
async fn a_payment_without_a_session_makes_the_service_ready() {
    let stack = Stack::start(true).await;
    stack.lock().await;
    let payment = stack.pay().await;
    assert!(stack.router.told().is_empty());
    let (outcome, method, ms) = stack.timeline(payment).await;
    assert_eq!((outcome.as_deref(), method, ms), (Some("ready"), None, None));
    stack.finish().await;
}

#[tokio::test]
async fn a_person_ends_a_session_and_sees_it_go() {
    let stack = Stack::start(true).await;
    stack.router.dial(&stack.password).await;
    stack.router.report(AcctStatus::Start, "81000001").await;
    let mut tx = stack.world.app.tx::<perm::SessionRead>(stack.world.app.first).await;
    let (page, all, walled) =
        sessions::list(&mut tx, &sessions::SessionFilter { text: "ami".into(), ..Default::default() }).await.unwrap();
    assert_eq!((page.rows.len(), all, walled), (1, 1, 0));
    assert_eq!(page.rows[0].subscriber.as_deref(), Some("Amina Otieno"));
    drop(tx);
    let form = model::network::sessions::DisconnectSessionForm { id: page.rows[0].id.clone() };
    let mut tx = stack.world.app.tx::<perm::SessionDisconnect>(stack.world.app.second).await;
    assert_eq!(sessions::disconnect(&mut tx, form.clone()).await, Err(model::AppError::NotFound));
    drop(tx);
    let mut tx = stack.world.app.tx::<perm::SessionDisconnect>(stack.world.app.first).await;
    sessions::disconnect(&mut tx, form).await.unwrap();
    tx.commit().await.unwrap();
    stack.world.app.drain().await;
    assert_eq!(stack.router.told(), [DynAuthKind::Disconnect]);
    stack.finish().await;
}
