//! Runs the simulators alone: `cargo run -p simulators --example run`. Ctrl-C stops them.

use std::net::SocketAddr;

use simulators::{SimulatorConfig, start};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    tracing_subscriber::fmt().init();
    let (http, smtp) = (SocketAddr::from(([127, 0, 0, 1], 3010)), SocketAddr::from(([127, 0, 0, 1], 3025)));
    let simulators = start(SimulatorConfig::demo(http, smtp)).await?;
    println!("Simulators: {} · mail on {}", simulators.url(), simulators.smtp_addr);
    tokio::signal::ctrl_c().await?;
    simulators.shutdown().await;
    Ok(())
}
