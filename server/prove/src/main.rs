//! Proofs and benchmarks against the running program: `script/prove` and `script/bench`.
//!
//! The one rule: they know the program only from outside, by its HTTP doors, its signals and its rows, and link none of its
//! crates; so they would prove another program just as well. What they find is one line of JSON, the last of the output.

mod activation;
mod books;
mod crash;
mod door;
mod machine;
mod payment_to_online;
mod steps;
mod surroundings;

use clap::{Parser, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(about = "Proofs and benchmarks against the running program")]
struct Arguments {
    /// The program to prove.
    #[arg(long, global = true, default_value = "target/debug/mtandao")]
    program: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Kills the server, PostgreSQL and FreeRADIUS at every step of the money part of the story, and counts afterwards.
    Crash {
        /// How many subscribers the demo has.
        #[arg(long, default_value_t = 60)]
        subscribers: usize,
    },
    /// From the first byte of a payment's first report to the router's acknowledgement.
    PaymentToOnline {
        /// How many locked subscribers pay.
        #[arg(long, default_value_t = 100)]
        payments: usize,
        #[arg(long, default_value_t = 400)]
        subscribers: usize,
        /// Payments per second, whatever the answers take.
        #[arg(long, default_value_t = 2.0)]
        rate: f64,
    },
}

/// What was found, and whether it is as it must be.
struct Found {
    figures: Value,
    ok: bool,
}

// One thread: the children's death signal is tied to the thread that starts them.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // reqwest panics without a provider; a second installation of it is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::parse();
    let (kind, name) = match &arguments.what {
        What::Crash { .. } => ("prove", "crash"),
        What::PaymentToOnline { .. } => ("bench", "payment-to-online"),
    };
    let work = async {
        match arguments.what {
            What::Crash { subscribers } => crash::prove(&arguments.program, subscribers).await,
            What::PaymentToOnline { payments, subscribers, rate } => {
                payment_to_online::measure(&arguments.program, payments, subscribers, rate).await
            }
        }
    };
    // An interrupted proof drops its machine, and with it every process that it started.
    let found = tokio::select! {
        found = work => found,
        _ = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    let found = found.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        Found { figures: json!({ "error": format!("{error:#}") }), ok: false }
    });
    println!("{}", json!({ kind: name, "figures": found.figures, "ok": found.ok }));
    if found.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Ctrl-C or SIGTERM.
async fn interrupted() -> std::io::Result<()> {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        stopped = tokio::signal::ctrl_c() => stopped,
        _ = term.recv() => Ok(()),
    }
}

/// Says to a person how far it is.
fn say(sentence: impl AsRef<str>) {
    eprintln!("{}", sentence.as_ref());
}
