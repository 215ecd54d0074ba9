//! The commands of `mtandao`.

use crate::boot::{self, Wish};
use crate::{clock_command, http, lan};
use clap::{Parser, Subcommand};
use platform::app::Settings;
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
    /// Runs only the providers' simulators.
    Simulate {
        #[arg(long, default_value = "127.0.0.1:3010")]
        http: SocketAddr,
        #[arg(long, default_value = "127.0.0.1:3025")]
        smtp: SocketAddr,
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

#[derive(clap::Args)]
struct Serve {
    /// Where to listen. With port 0 the system chooses one.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// The address that people reach us by, when it is not the one we listen on.
    #[arg(long, env = "MTANDAO_PUBLIC_URL")]
    public_url: Option<String>,
    /// Fill an empty installation with the demo's two ISPs.
    #[arg(long, conflicts_with = "empty")]
    demo: bool,
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

/// Reads the arguments and runs the command; an error is one sentence.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "info,sqlx=warn,tower_sessions=warn,leptos=warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
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
            let app = boot::attach(Wish { state: arguments.state, settings: Settings::default() }).await?;
            let now = clock_command::advance(&app, days).await?;
            println!("Business time is now {}.", now.format("%A %d %B %Y, %H:%M UTC"));
            Ok(())
        }
        Command::Audit => verify_audit(arguments.state).await,
        Command::Simulate { http, smtp } => {
            let simulators = simulators::start(simulators::SimulatorConfig::demo(http, smtp)).await?;
            println!("The simulators are at {}", simulators.url());
            asked_to_stop().await;
            simulators.shutdown().await;
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
    let app = boot::attach(Wish { state, settings: Settings::default() }).await?;
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

async fn run_server(state: Option<PathBuf>, serve: Serve) -> anyhow::Result<()> {
    // The port first: a taken one should cost a second, not the start of a database.
    let wanted = if serve.lan { SocketAddr::from(([0, 0, 0, 0], serve.listen.port())) } else { serve.listen };
    let listener = TcpListener::bind(wanted)
        .await
        .map_err(|e| anyhow::anyhow!("{wanted} cannot be used ({e}). Choose another with --listen."))?;
    let address = listener.local_addr()?;
    let public_url = serve.public_url.clone().unwrap_or_else(|| own_url(&serve, address));
    let settings = Settings { public_url: public_url.clone(), demo: serve.demo, ..Settings::default() };
    let installation = boot::start(Wish { state, settings }, serve.demo).await?;
    let router = http::router(installation.app.clone(), serve.site);
    println!("Mtandao is ready at {public_url}");
    println!("{}", installation.greeting);
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
