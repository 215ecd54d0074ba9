//! Everything the simulators remember, in memory, behind one lock.
//! The one rule: every list has a limit, and the lock is never held while waiting for anything.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::business::Business;
use crate::daraja::{Attempt, Payment, Registration, Token};
use crate::outbox::Entry;
use crate::posts::Post;
use crate::settings::Settings;

/// The newest entries that a list keeps.
pub const LIST_LIMIT: usize = 5_000;

pub type Shared = Arc<State>;

#[derive(Debug)]
pub struct State {
    inner: Mutex<Inner>,
    pub http: reqwest::Client,
    stopped: watch::Receiver<bool>,
}

#[derive(Debug)]
pub struct Inner {
    pub businesses: Vec<Business>,
    pub settings: Settings,
    pub tokens: HashMap<String, Token>,
    pub registrations: HashMap<String, Registration>,
    pub pull_registered: Vec<String>,
    pub attempts: Recent<Attempt>,
    pub payments: Recent<Payment>,
    pub outbox: Recent<Entry>,
    pub posts: Recent<Post>,
    /// Whole shillings by phone.
    wallets: HashMap<String, i64>,
    /// When a person last wrote to a WhatsApp number: (phone number id, person).
    pub last_whatsapp: HashMap<(String, String), DateTime<Utc>>,
    next_entry: u64,
}

impl State {
    pub fn new(businesses: Vec<Business>, settings: Settings, stopped: watch::Receiver<bool>) -> io::Result<Self> {
        // A second installation is refused by rustls and harmless: the first one is the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(io::Error::other)?;
        Ok(Self { inner: Mutex::new(Inner::new(businesses, settings)), http, stopped })
    }

    /// The state; a panic of another holder leaves it usable, since every change is a single step.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs something in the background until it ends or the simulators stop.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut stopped = self.stopped.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = work => {}
                () = until(&mut stopped) => {}
            }
        });
    }
}

/// Waits for the stop. A sender that is gone is a stop as well.
pub async fn until(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

impl Inner {
    fn new(businesses: Vec<Business>, settings: Settings) -> Self {
        Self {
            businesses,
            settings,
            tokens: HashMap::new(),
            registrations: HashMap::new(),
            pull_registered: Vec::new(),
            attempts: Recent::new(),
            payments: Recent::new(),
            outbox: Recent::new(),
            posts: Recent::new(),
            wallets: HashMap::new(),
            last_whatsapp: HashMap::new(),
            next_entry: 1,
        }
    }

    /// Forgets everything but the businesses.
    pub fn reset(&mut self, settings: Settings) {
        *self = Self::new(std::mem::take(&mut self.businesses), settings);
    }

    /// The business with that pay bill or till number.
    pub fn business(&self, short_code: &str) -> Option<&Business> {
        self.businesses
            .iter()
            .find(|business| business.short_code == short_code || business.till_number.as_deref() == Some(short_code))
    }

    /// What a phone has, in whole shillings.
    pub fn balance(&self, phone: &str) -> i64 {
        self.wallets.get(phone).copied().unwrap_or(self.settings.opening_balance_shillings)
    }

    pub fn set_balance(&mut self, phone: &str, shillings: i64) {
        // Past the limit all wallets start again; a demo has a few hundred phones.
        if self.wallets.len() >= LIST_LIMIT && !self.wallets.contains_key(phone) {
            self.wallets.clear();
        }
        self.wallets.insert(phone.to_owned(), shillings);
    }

    /// Stores a message with the next number and returns that number.
    pub fn record(&mut self, mut entry: Entry) -> u64 {
        entry.id = self.next_entry;
        self.next_entry += 1;
        let id = entry.id;
        self.outbox.push(entry);
        id
    }

    /// Changes the state of a stored message, if it is still kept.
    pub fn set_status(&mut self, id: u64, status: &str) {
        if let Some(entry) = self.outbox.iter_mut().find(|entry| entry.id == id) {
            entry.status = status.to_owned();
        }
    }
}

/// A list of the newest entries, newest first.
#[derive(Debug)]
pub struct Recent<T>(VecDeque<T>);

impl<T> Recent<T> {
    fn new() -> Self {
        Self(VecDeque::new())
    }

    pub fn push(&mut self, value: T) {
        self.0.truncate(LIST_LIMIT - 1);
        self.0.push_front(value);
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }
}

/// A Kenyan mobile number in any usual spelling as `2547…` or `2541…`.
pub fn msisdn(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '+' | '(' | ')')).collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let rest = match digits.len() {
        12 => digits.strip_prefix("254")?,
        10 => digits.strip_prefix('0')?,
        9 => &digits,
        _ => return None,
    };
    rest.starts_with(['7', '1']).then(|| format!("254{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_spellings_of_a_number_are_the_same_number() {
        for text in ["0712 345 678", "+254 712 345678", "254712345678", "712-345-678"] {
            assert_eq!(msisdn(text).as_deref(), Some("254712345678"), "{text}");
        }
        for text in ["", "0812345678", "25571234567", "call me", "0712 345 67", "254/12345678"] {
            assert_eq!(msisdn(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_keeps_only_the_newest() {
        let mut list = Recent::new();
        for number in 0..LIST_LIMIT + 10 {
            list.push(number);
        }
        assert_eq!(list.iter().count(), LIST_LIMIT);
        assert_eq!(list.iter().next(), Some(&(LIST_LIMIT + 9)));
    }
}
