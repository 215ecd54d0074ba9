//! What changed, told to open pages: one LISTEN connection per server, fanned out in memory. Notes carry ids, not data.

use crate::{App, TenantId};
use serde::Deserialize;
use sqlx::postgres::PgListener;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// What a page may hear.
#[derive(Debug, Clone)]
pub enum Heard {
    Note(Note),
    /// Notes may have been lost while the database was away: whatever is shown is asked for again.
    Anything,
}

/// Something of a tenant changed: pages that show it ask again.
#[derive(Debug, Clone, Deserialize)]
pub struct Note {
    #[serde(rename = "t")]
    pub tenant: TenantId,
    #[serde(rename = "k")]
    pub kind: String,
    pub id: String,
}

/// A note on a channel that a context listens to (for example RADIUS sessions).
#[derive(Debug, Clone)]
pub struct Raw {
    pub channel: String,
    pub payload: String,
}

/// The fan-out. Slow readers lose notes and are told so by the channel, and then ask for everything again.
pub struct Live {
    notes: broadcast::Sender<Heard>,
    raw: broadcast::Sender<Raw>,
    jobs: watch::Sender<u64>,
    clock: watch::Sender<u64>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            notes: broadcast::channel(1024).0,
            raw: broadcast::channel(4096).0,
            jobs: watch::channel(0).0,
            clock: watch::channel(0).0,
        }
    }
}

impl Live {
    pub fn notes(&self) -> broadcast::Receiver<Heard> {
        self.notes.subscribe()
    }

    /// Notes of the channels beyond our own, for contexts.
    pub fn raw(&self) -> broadcast::Receiver<Raw> {
        self.raw.subscribe()
    }

    pub(crate) fn job_wakes(&self) -> watch::Receiver<u64> {
        self.jobs.subscribe()
    }

    pub(crate) fn clock_wakes(&self) -> watch::Receiver<u64> {
        self.clock.subscribe()
    }
}

const CHANNELS: [&str; 4] = ["live", "job", "clock", "radius_session"];

/// Listens until told to stop; connects again by itself when the database was away.
pub async fn listen(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            _ = stop.cancelled() => return,
            result = listen_once(&app) => if let Err(error) = result {
                tracing::warn!(%error, "live notes interrupted");
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
}

async fn listen_once(app: &App) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(&app.platform_pool).await?;
    listener.listen_all(CHANNELS).await?;
    // Whatever was missed while away: look at everything once.
    wake_all(app).await?;
    while let Some(note) = listener.try_recv().await? {
        match note.channel() {
            "job" => app.live.jobs.send_modify(|n| *n += 1),
            "clock" => {
                crate::tenants::reload_clock(app).await?;
                app.live.clock.send_modify(|n| *n += 1);
            }
            "live" => match serde_json::from_str(note.payload()) {
                Ok(note) => drop(app.live.notes.send(Heard::Note(note))),
                Err(error) => tracing::warn!(%error, "unreadable live note"),
            },
            channel => {
                let raw = Raw { channel: channel.to_owned(), payload: note.payload().to_owned() };
                drop(app.live.raw.send(raw));
            }
        }
    }
    wake_all(app).await
}

async fn wake_all(app: &App) -> Result<(), sqlx::Error> {
    app.live.jobs.send_modify(|n| *n += 1);
    drop(app.live.notes.send(Heard::Anything));
    crate::tenants::reload_clock(app).await
}
