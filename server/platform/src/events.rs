//! Events go right: a context says what happened, contexts to its right listen by having a job made from it.

use crate::jobs::Job;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::sync::Arc;

/// Something that happened, in the past tense.
pub trait Event: Serialize + DeserializeOwned + Send + 'static {
    /// `context.thing_happened`, for example `billing.invoice_issued`.
    const NAME: &'static str;

    /// The id of what it happened to, for pages that are open on it.
    fn subject(&self) -> String;
}

/// A job that is ready to be inserted.
pub struct NewJob {
    pub kind: &'static str,
    pub payload: Value,
    pub dedupe_key: Option<String>,
    pub priority: i16,
}

type Make = dyn Fn(Value) -> Result<Option<NewJob>, serde_json::Error> + Send + Sync;

/// Makes a job from each event of one name.
pub struct Listener {
    pub event: &'static str,
    pub(crate) make: Arc<Make>,
}

impl Listener {
    pub(crate) fn of<E: Event, J: Job>(make: fn(E) -> Option<J>) -> Self {
        let make = move |value: Value| {
            let event: E = serde_json::from_value(value)?;
            let Some(job) = make(event) else { return Ok(None) };
            Ok(Some(NewJob {
                kind: J::KIND,
                payload: serde_json::to_value(&job)?,
                dedupe_key: job.dedupe_key(),
                priority: J::PRIORITY,
            }))
        };
        Self { event: E::NAME, make: Arc::new(make) }
    }
}
