//! Mail to staff: a bounded queue in memory, sent by one task, tried again when the server is not ready for it.
//!
//! A restart loses what is queued; whoever waits for a mail asks for another. What must not get lost is a [`Notice`]: it
//! is noted as told when its mails have left, and until then sent again after a restart.

pub mod alerts;
mod money;
mod smtp;
pub(crate) mod texts;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hongyan_model::{OrgId, Refusal, Result, StaffRefusal, Timestamp};
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::{Platform, audit};

pub(crate) use money::{Arrears, arrears, balance_low};
pub use smtp::{Encryption, SmtpSettings};

/// Mails that may wait; more are refused.
const QUEUE: usize = 256;
/// How often a mail is tried.
const ATTEMPTS: u32 = 4;

/// A mail to be sent.
#[derive(Clone)]
pub(crate) struct Mail {
    /// What it is for, such as `verify_email`; for the logs, which show nothing else of it.
    pub(crate) purpose: &'static str,
    /// Address.
    pub(crate) to: String,
    /// Organisation whose operation log shows a failure.
    pub(crate) org: Option<OrgId>,
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// How the mails do since the start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailStatus {
    /// Whether there is a mail server.
    pub configured: bool,
    /// Mails that wait.
    pub queued: usize,
    /// Mails that were sent.
    pub sent: u64,
    /// Mails that were given up.
    pub failed: u64,
    /// When the last attempt that failed was, and why it did.
    pub last_failure: Option<(Timestamp, String)>,
}

/// The queue.
#[derive(Default)]
pub(crate) struct Mailer {
    state: Mutex<State>,
    changed: Notify,
}

/// What an organisation is told that is noted as told only when it has left.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Notice {
    pub(crate) org: OrgId,
    pub(crate) purpose: &'static str,
    /// Which one of its kind.
    pub(crate) which: (Timestamp, u32),
}

/// How far a notice is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    /// It is not queued.
    New,
    /// Some of its mails wait.
    UnderWay,
    /// The mail server has all of its mails, but for those that were given up.
    Gone,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Each of a notice's mails holds a clone until it is sent or given up.
    notices: HashMap<Notice, Arc<()>>,
    sent: u64,
    failed: u64,
    last_failure: Option<(Timestamp, String)>,
}

struct Waiting {
    mail: Mail,
    /// Ends with the mail.
    notice: Option<Arc<()>>,
    attempts: u32,
    due: Instant,
}

/// Whether mails are sent at all.
#[must_use]
pub fn is_configured(p: &Platform) -> bool {
    p.console().mail.is_some()
}

/// How the mails do.
#[must_use]
pub fn status(p: &Platform) -> MailStatus {
    let state = lock(p);
    MailStatus {
        configured: is_configured(p),
        queued: state.waiting.len(),
        sent: state.sent,
        failed: state.failed,
        last_failure: state.last_failure.clone(),
    }
}

/// Queues a mail.
pub(crate) fn send(p: &Platform, mail: Mail) -> Result<()> {
    if !is_configured(p) {
        return Err(StaffRefusal::MailNotConfigured.into());
    }
    let mut state = lock(p);
    require_room(&state, &mail, 1)?;
    state.push(mail, None);
    drop(state);
    p.0.mailer.changed.notify_one();
    Ok(())
}

/// Queues the mails of a notice, all or none, unless they are queued; [`progress`] says when they have left.
pub(crate) fn send_notice(p: &Platform, notice: Notice, mails: Vec<Mail>) -> Result<()> {
    let mut state = lock(p);
    if state.notices.contains_key(&notice) {
        return Ok(());
    }
    if let Some(mail) = mails.first() {
        require_room(&state, mail, mails.len())?;
    }
    let ticket = Arc::new(());
    for mail in mails {
        state.push(mail, Some(ticket.clone()));
    }
    state.notices.insert(notice, ticket);
    drop(state);
    p.0.mailer.changed.notify_one();
    Ok(())
}

/// How far a notice of this process is.
pub(crate) fn progress(p: &Platform, notice: Notice) -> Progress {
    match lock(p).notices.get(&notice) {
        None => Progress::New,
        Some(ticket) if Arc::strong_count(ticket) > 1 => Progress::UnderWay,
        Some(_) => Progress::Gone,
    }
}

/// Forgets every notice but these: it is noted as told, or of no use any more.
pub(crate) fn keep_notices(p: &Platform, due: &HashSet<Notice>) {
    lock(p).notices.retain(|notice, _| due.contains(notice));
}

/// Sends none of the notices that wait, and forgets all.
pub(crate) fn drop_notices(p: &Platform) {
    let state = &mut *lock(p);
    state.waiting.retain(|waiting| waiting.notice.is_none());
    state.notices.clear();
}

/// Whether so many more may wait.
fn require_room(state: &State, mail: &Mail, mails: usize) -> Result<()> {
    if state.waiting.len() + mails > QUEUE {
        tracing::warn!(purpose = mail.purpose, "a mail is refused: too many wait to be sent");
        return Err(Refusal::Overloaded.into());
    }
    Ok(())
}

impl State {
    fn push(&mut self, mail: Mail, notice: Option<Arc<()>>) {
        let due = Instant::now();
        self.waiting.push_back(Waiting { mail, notice, attempts: 0, due });
    }
}

/// Sends what is queued, for as long as it is polled. One task of the process does this.
pub async fn deliver(p: &Platform) {
    let Some(settings) = &p.console().mail else { return };
    loop {
        let (next, wait) = take_due(p);
        match next {
            Some(waiting) => attempt(p, settings, waiting).await,
            None => {
                let changed = p.0.mailer.changed.notified();
                match wait {
                    Some(wait) => drop(tokio::time::timeout(wait, changed).await),
                    None => changed.await,
                }
            }
        }
    }
}

/// The first mail whose time has come; without one, how long until the next.
fn take_due(p: &Platform) -> (Option<Waiting>, Option<Duration>) {
    let now = Instant::now();
    let mut state = lock(p);
    let due = state.waiting.iter().position(|waiting| waiting.due <= now);
    if let Some(index) = due {
        return (state.waiting.remove(index), None);
    }
    let next = state.waiting.iter().map(|waiting| waiting.due).min();
    (None, next.map(|due| due - now))
}

async fn attempt(p: &Platform, settings: &SmtpSettings, waiting: Waiting) {
    let purpose = waiting.mail.purpose;
    let failure = match smtp::send(settings, &waiting.mail).await {
        Ok(()) => {
            lock(p).sent += 1;
            tracing::debug!(purpose, "mail sent");
            return;
        }
        Err(failure) => failure,
    };
    let attempts = waiting.attempts + 1;
    let gives_up = failure.permanent || attempts >= ATTEMPTS;
    tracing::warn!(purpose, attempts, gives_up, error = failure.why, "a mail could not be sent");
    {
        let mut state = lock(p);
        state.last_failure = Some((p.clock().now(), failure.why.clone()));
        if !gives_up {
            let pause = p.console().mail_pause * 3u32.pow(attempts - 1);
            let due = Instant::now() + pause;
            state.waiting.push_back(Waiting { attempts, due, ..waiting });
            return;
        }
        state.failed += 1;
    }
    record_failure(p, waiting.mail, failure.why).await;
}

/// What was given up shows in the operation log of the organisation.
async fn record_failure(p: &Platform, mail: Mail, why: String) {
    let entry = audit::Entry {
        time: p.clock().now(),
        org: mail.org,
        staff: None,
        email: String::new(),
        role: None,
        ip: String::new(),
        app_key: None,
        module: "mail".to_owned(),
        action: mail.purpose.to_owned(),
        target: mail.to,
        result: "failed".to_owned(),
        detail: json!({ "why": why }).to_string(),
    };
    if let Err(error) = audit::record(p, entry).await {
        tracing::error!(?error, "the operation log misses a mail that failed");
    }
}

/// The state; a task that panicked left it whole, since nothing is half done under the lock.
fn lock(p: &Platform) -> std::sync::MutexGuard<'_, State> {
    p.0.mailer.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
