//! The commands of `mtandao`.

use crate::boot::{self, DemoWish, Wish};
use crate::freeradius::{RadiusListen, RadiusWish};
use crate::simulated::{self, Simulated};
use crate::{clock_command, demo, http, lan};
use clap::{Parser, Subcommand};
use identity::operators::Admitted;
use ipnet::IpNet;
use platform::app::Settings;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::TcpListener;

/// Mtandao, the ISP management platform.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// The state folder: embedded database, secrets, files.
    #[arg(long, global = true, env = "MTANDAO_STATE")]
    state: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts everything and serves until Ctrl-C.
    Serve(Serve),
    /// Moves the demo's business time on, day by day.
    Clock {
        /// How many days.
        days: i64,
    },
    /// Looks for edits, gaps and insertions in every tenant's audit log.
    Audit,
    /// Makes an operator of the platform, or lets one in again who lost password or second factor. Prints a new password.
    Operator {
        /// The name to sign in with at /platform.
        login: String,
        /// The full name of a new operator.
        #[arg(long)]
        name: Option<String>,
    },
    /// Runs only the simulators of providers and routers, for a server started with --simulators.
    Simulate {
        #[arg(long, default_value_t = SocketAddr::from(([127, 0, 0, 1], simulated::HTTP_PORT)))]
        http: SocketAddr,
        #[arg(long, default_value_t = SocketAddr::from(([127, 0, 0, 1], simulated::SMTP_PORT)))]
        smtp: SocketAddr,
    },
    /// The configuration for a FreeRADIUS that the system runs.
    Freeradius {
        #[command(subcommand)]
        command: FreeradiusCommand,
    },
    /// Shows what an operator prepares when the database login may not create roles.
    Db {
        #[command(subcommand)]
        command: DbCommand,
    },
}

#[derive(Subcommand)]
enum DbCommand {
    /// Prints the SQL for a superuser, with a password of your choice (hexadecimal).
    Plan { password: String },
}

#[derive(Subcommand)]
enum FreeradiusCommand {
    /// Writes a self-contained directory with a README; secrets in it have mode 0600.
    Export {
        dir: PathBuf,
        #[command(flatten)]
        radius: Radius,
    },
}

/// Where FreeRADIUS is for routers.
#[derive(clap::Args, Clone, Copy)]
struct Radius {
    /// Where FreeRADIUS takes logins (accounting is on the port above), or `off`. Unless said, it runs beside the private
    /// database on 127.0.0.1:1812 or the next free pair of ports, and not at all with DATABASE_URL.
    #[arg(long, env = "MTANDAO_RADIUS", value_name = "ADDRESS:PORT|off")]
    radius: Option<RadiusListen>,
    /// The network of your routers; nobody else is heard. Unless said, routers of this machine only.
    #[arg(long, env = "MTANDAO_ROUTERS", value_name = "NETWORK")]
    routers: Option<IpNet>,
}

impl From<Radius> for RadiusWish {
    fn from(asked: Radius) -> Self {
        Self { listen: asked.radius, routers: asked.routers }
    }
}

#[derive(clap::Args)]
struct Serve {
    /// Where to listen; with port 0 the system chooses one. Unless said, 127.0.0.1:3000, and for a trial the next free port
    /// when that is taken.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// The address that people reach us by, when it is not the one we listen on.
    #[arg(long, env = "MTANDAO_PUBLIC_URL")]
    public_url: Option<String>,
    /// The address or network of a proxy in front of us whose X-Forwarded-For is believed; several with several flags, or
    /// with commas. Without it all who come through a proxy share its address, and its wrong passwords.
    #[arg(long = "trusted-proxy", env = "MTANDAO_TRUSTED_PROXY", value_name = "ADDRESS|NETWORK", value_delimiter = ',',
          value_parser = proxy)]
    trusted_proxies: Vec<IpNet>,
    /// What Prometheus sends as `Authorization: Bearer …` to read /metrics; without it there is no such page.
    #[arg(long, env = "MTANDAO_METRICS_TOKEN", hide_env_values = true, value_parser = metrics_token)]
    metrics_token: Option<String>,
    /// Fill an empty installation with the demo's two ISPs.
    #[arg(long, conflicts_with = "empty")]
    demo: bool,
    /// How many subscribers the demo's first ISP has.
    #[arg(long, default_value_t = demo::SUBSCRIBERS, requires = "demo", value_parser = subscribers)]
    subscribers: usize,
    /// Use simulators that run elsewhere (`mtandao simulate`) instead of our own: they outlive this server.
    #[arg(long, value_name = "URL", requires = "demo")]
    simulators: Option<String>,
    #[command(flatten)]
    radius: Radius,
    /// Start with no ISP: the browser opens on /setup.
    #[arg(long)]
    empty: bool,
    /// Serve TLS to the machines of the local network, with a certificate made for this one.
    #[arg(long)]
    lan: bool,
    /// The folder of built browser files.
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site")]
    site: PathBuf,
}

/// An address alone is a network of one.
fn proxy(text: &str) -> Result<IpNet, String> {
    let alone = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse()
        .or_else(|_| alone())
        .map_err(|_| "give an address such as 10.0.0.1 or a network such as 10.0.0.0/8".to_owned())
}

/// Long enough that nobody guesses it.
fn metrics_token(text: &str) -> Result<String, String> {
    match text.len() >= 16 && text.bytes().all(|b| b.is_ascii_graphic()) {
        true => Ok(text.to_owned()),
        false => Err("give at least 16 letters, digits or signs without blanks".to_owned()),
    }
}

/// Enough for the story, and not so many that making them takes an hour.
fn subscribers(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| (10..=2000).contains(n)).ok_or_else(|| "give 10 to 2000".to_owned())
}

/// Reads the arguments and runs the command; an error is one sentence.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "info,sqlx=warn,tower_sessions=warn,leptos=warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("mtandao: {error}");
    ExitCode::FAILURE
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Serve(serve) => run_server(arguments.state, serve).await,
        Command::Clock { days } => {
            let app = boot::attach(arguments.state).await?;
            let now = clock_command::advance(&app, days).await?;
            println!("Business time is now {}.", now.format("%A %d %B %Y, %H:%M UTC"));
            Ok(())
        }
        Command::Audit => verify_audit(arguments.state).await,
        Command::Operator { login, name } => admit_operator(arguments.state, &login, name.as_deref()).await,
        Command::Simulate { http, smtp } => {
            let simulated = Simulated::start_at(http, smtp).await?;
            println!("The simulators are at {}", simulated.url);
            asked_to_stop().await;
            simulated.stop().await;
            Ok(())
        }
        Command::Freeradius { command: FreeradiusCommand::Export { dir, radius } } => {
            boot::export_radius(arguments.state, &dir, radius.into())?;
            println!("FreeRADIUS' directory is in {}; README.txt there says how to use it.", dir.display());
            Ok(())
        }
        Command::Db { command: DbCommand::Plan { password } } => {
            anyhow::ensure!(
                password.len() >= 16 && password.bytes().all(|b| b.is_ascii_hexdigit()),
                "The password must have at least 16 hexadecimal digits."
            );
            println!("{}", platform::db::plan(&password));
            Ok(())
        }
    }
}

/// One line per tenant; an error when any chain is broken.
async fn verify_audit(state: Option<PathBuf>) -> anyhow::Result<()> {
    let app = boot::attach(state).await?;
    let found = platform::audit::verify_all(&app).await?;
    for (tenant, verified) in &found {
        match verified.broken_at {
            None => println!("{tenant}: {} entries, unbroken", verified.entries),
            Some(seq) => println!("{tenant}: broken at entry {seq}"),
        }
    }
    anyhow::ensure!(found.iter().all(|(_, v)| v.broken_at.is_none()), "The audit log was changed.");
    Ok(())
}

/// The password is shown here and kept nowhere.
async fn admit_operator(state: Option<PathBuf>, login: &str, name: Option<&str>) -> anyhow::Result<()> {
    let app = boot::attach(state).await?;
    let password = platform::secrets::random_token()[..24].to_owned();
    let admitted = identity::operators::admit(&app, login, name.unwrap_or(login), password.clone()).await;
    let admitted = admitted.map_err(|refusal| match refusal.fields() {
        Some(fields) => {
            anyhow::anyhow!(fields.0.iter().map(|field| field.message.clone()).collect::<Vec<_>>().join(" "))
        }
        None => refusal.into(),
    })?;
    println!(
        "{} Sign in at /platform as {login} with the password {password}, then set up the second factor.",
        match admitted {
            Admitted::Made => "The operator was made.",
            Admitted::Recovered => "The operator may sign in again; all their sessions have ended.",
        }
    );
    Ok(())
}

async fn run_server(state: Option<PathBuf>, serve: Serve) -> anyhow::Result<()> {
    // The port first: a taken one should cost a second, not the start of a database.
    let listener = listen(&serve).await?;
    let address = listener.local_addr()?;
    let public_url = serve.public_url.clone().unwrap_or_else(|| own_url(&serve, address));
    let settings = Settings {
        public_url: public_url.clone(),
        demo: serve.demo,
        trusted_proxies: serve.trusted_proxies.clone(),
        simulators_url: None,
        metrics_token: serve.metrics_token.clone(),
    };
    let demo = serve.demo.then(|| DemoWish { subscribers: serve.subscribers, simulators: serve.simulators.clone() });
    let installation = boot::start(Wish { state, settings, radius: serve.radius.into(), demo }).await?;
    let router = http::router(installation.app.clone(), serve.site);
    println!("Mtandao is ready at {public_url}");
    if !installation.greeting.is_empty() {
        println!("{}", installation.greeting);
    }
    println!("Ctrl-C stops everything. What was done is kept in {}.", installation.state.folder.display());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    if serve.lan {
        let tls = lan::tls(&installation.state.folder, address).await?;
        let handle = axum_server::Handle::new();
        let stopping = handle.clone();
        tokio::spawn(async move {
            asked_to_stop().await;
            stopping.graceful_shutdown(Some(std::time::Duration::from_secs(5)));
        });
        let listener = listener.into_std()?;
        axum_server::from_tcp_rustls(listener, tls)?.handle(handle).serve(service).await?;
    } else {
        axum::serve(listener, service).with_graceful_shutdown(asked_to_stop()).await?;
    }
    println!("Stopping…");
    installation.stop().await;
    Ok(())
}

/// How many ports above the usual one are tried by a trial.
const STEPS_MAX: u16 = 40;

/// The address that was asked for, or the usual one. A trial (`--demo`, `--empty`) moves to the next free port; behind a real
/// address stands somebody who was told it.
async fn listen(serve: &Serve) -> anyhow::Result<TcpListener> {
    let mut wanted = serve.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 3000)));
    if serve.lan {
        wanted = SocketAddr::from(([0, 0, 0, 0], wanted.port()));
    }
    let may_move = serve.listen.is_none() && (serve.demo || serve.empty);
    let first = wanted.port();
    let last = wanted.port().saturating_add(if may_move { STEPS_MAX } else { 0 });
    loop {
        match TcpListener::bind(wanted).await {
            Ok(listener) => {
                if wanted.port() != first {
                    println!("Port {first} is taken by another program, so this one takes {}.", wanted.port());
                }
                return Ok(listener);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && wanted.port() < last => {
                wanted.set_port(wanted.port() + 1);
            }
            Err(error) => anyhow::bail!("{wanted} cannot be used ({error}). Choose another with --listen."),
        }
    }
}

fn own_url(serve: &Serve, address: SocketAddr) -> String {
    match lan::own_address().filter(|_| serve.lan) {
        Some(ip) => format!("https://{ip}:{}", address.port()),
        None => format!("http://localhost:{}", address.port()),
    }
}

/// Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    let mut term = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(term) => term,
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be watched");
            let _ = tokio::signal::ctrl_c().await;
            return;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_addresses_or_networks_one_or_several() {
        let line = ["mtandao", "serve", "--trusted-proxy", "127.0.0.1,10.0.0.0/8", "--trusted-proxy", "fd00::/8"];
        let Command::Serve(serve) = Arguments::try_parse_from(line).unwrap().command else { panic!("not serve") };
        let read: Vec<String> = serve.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(read, ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]);
        assert!(Arguments::try_parse_from(["mtandao", "serve", "--trusted-proxy", "proxy.example"]).is_err());
    }
}
