//! The commands of `mtandao`.

use crate::boot::{self, Wish};
use crate::http;
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

async fn run_server(state: Option<PathBuf>, serve: Serve) -> anyhow::Result<()> {
    // The port first: a taken one should cost a second, not the start of a database.
    let listener = TcpListener::bind(serve.listen)
        .await
        .map_err(|e| anyhow::anyhow!("{} cannot be used ({e}). Choose another with --listen.", serve.listen))?;
    let address = listener.local_addr()?;
    let public_url = serve.public_url.unwrap_or_else(|| format!("http://localhost:{}", address.port()));
    let settings = Settings { public_url: public_url.clone(), demo: serve.demo, ..Settings::default() };
    let installation = boot::start(Wish { state, settings }).await?;
    let router = http::router(installation.app.clone(), serve.site);
    println!("Mtandao is ready at {public_url}");
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(asked_to_stop()).await?;
    println!("Stopping…");
    installation.stop().await;
    Ok(())
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
