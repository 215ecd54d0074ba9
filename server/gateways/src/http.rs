//! The one HTTP client of all gateways and how its failures are read.
//! The one rule: a failure before the request left is "not done", a failure after it is "not known".

use std::time::Duration;

use crate::GatewayError;

/// No provider may hold a worker longer than this, answer included.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// Connecting is quick or it is not going to happen; the rest of the time belongs to the provider's work.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// A reply larger than this is not one of the documented replies.
const MAX_REPLY_BYTES: usize = 4 * 1024 * 1024;

/// Builds the client: 10 s for a whole request, 4 s to connect, no redirects (a payment must not follow one).
///
/// # Errors
/// When TLS cannot be set up, which means that the system's certificate store cannot be read.
pub fn client() -> Result<reqwest::Client, GatewayError> {
    client_with_timeout(TIMEOUT)
}

/// As [`client`], with another limit for the whole request. A test of lost replies does not wait ten seconds.
///
/// # Errors
/// As [`client`].
pub fn client_with_timeout(timeout: Duration) -> Result<reqwest::Client, GatewayError> {
    // A second installation is refused by rustls and harmless: the first one is the same provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("mtandao/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| GatewayError::permanent("The HTTP client", "setup", format!("it cannot be set up: {error}")))
}

/// Whether sending a request twice does harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// A question: asking twice is harmless, so a lost reply is a transient failure.
    Reads,
    /// A payment prompt or a message: a lost reply means that the outcome is not known.
    Acts,
}

/// A reply that arrived whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub body: String,
}

/// Sends one request and reads the reply's text whatever its status is.
pub(crate) async fn exchange(
    provider: &'static str,
    request: reqwest::RequestBuilder,
    effect: Effect,
) -> Result<Reply, GatewayError> {
    let mut response = request.send().await.map_err(|error| failure(provider, &error, effect))?;
    let status = response.status().as_u16();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(provider, &error, effect))? {
        if bytes.len() + chunk.len() > MAX_REPLY_BYTES {
            return Err(lost(provider, "the reply is larger than any documented one", effect));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Reply { status, body: String::from_utf8_lossy(&bytes).into_owned() })
}

/// A reply was lost or makes no sense: what that means depends on what was asked.
pub(crate) fn lost(provider: &'static str, message: impl Into<String>, effect: Effect) -> GatewayError {
    match effect {
        Effect::Reads => GatewayError::transient(provider, "no-answer", message),
        Effect::Acts => GatewayError::unknown(provider, message),
    }
}

fn failure(provider: &'static str, error: &reqwest::Error, effect: Effect) -> GatewayError {
    // The error's own text carries the URL, and a URL may carry a secret path: say only the kind.
    if error.is_builder() {
        return GatewayError::permanent(
            provider,
            "request",
            "the request cannot be built; check the configured address",
        );
    }
    if error.is_connect() {
        return GatewayError::transient(provider, "connect", "no connection could be made");
    }
    if error.is_timeout() {
        return lost(provider, "it did not answer in time", effect);
    }
    lost(provider, "the connection broke before the answer was complete", effect)
}
