//! From the queue of a rule to its receiver: in order within a conversation, several conversations at a time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hongyan_model::{App, AppId, CallbackRule, Delivery as Effort, Feature, Result, Timestamp};
use hongyan_platform::apps;
use hongyan_providers::{OutgoingError, Post};
use hongyan_store::callbacks::{self as stored, Delivery, DeliveryState, Settled};
use parking_lot::Mutex;
use rand::Rng;
use tracing::Instrument as _;

use super::alert::Alert;
use super::ban::{self, Failures};
use super::sign;
use crate::Integrations;

/// Deliveries taken from the queue at once. After a crash so many may be told again.
const BATCH: usize = 64;
/// Conversations that are told at the same time.
const CONCURRENT: usize = 16;
/// Within which a receiver answers.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The same for who came and went, as documented.
const STATUS_TIMEOUT: Duration = Duration::from_secs(60);
/// What is read of an answer, whose content means nothing.
const ANSWER_BYTES: usize = 4000;
/// Tries of the documented way, one right after the other.
const TRIES: u32 = 2;
/// First and longest pause of the durable way, and how long it goes on.
const FIRST_PAUSE_MS: i64 = 5000;
const LONGEST_PAUSE_MS: i64 = 60 * 60 * 1000;
const GIVEN_UP_MS: i64 = 3 * 24 * 3600 * 1000;
/// Looked for what is due, should nobody have been woken for it.
const IDLE: Duration = Duration::from_secs(30);
/// Rest before the next look while something is to be tried again.
const REST: Duration = Duration::from_millis(500);
/// A receiver that fails this slowly is not told the rest of a run: others are waiting for the run to end.
const SLOW_MS: u64 = 3000;
/// How long a conversation whose receiver was so slow stands aside, and how many do at most.
const ASIDE: Duration = Duration::from_secs(30);
const MOST_ASIDE: usize = 200;
/// Given up at once while a rule is banned.
const GIVEN_UP_AT_ONCE: usize = 500;

/// Delivers for a rule for as long as it is on; ends with an error when something of ours fails.
pub(super) async fn run(i: Integrations, app: AppId, rule: String) -> Result<()> {
    let wake = i.wake(app, &rule);
    let mut worker = Worker {
        failures: Mutex::default(),
        alert: Alert::default(),
        aside: Vec::new(),
        banned_until: stored::ban(i.store(), app, &rule).await?.map_or(0, |ban| ban.until),
    };
    loop {
        let Some(current) = apps::find_by_id(i.platform(), app).await? else { return Ok(()) };
        let found = current.settings.callbacks.iter().find(|found| found.id == rule);
        let Some(found) = found.filter(|found| found.enabled) else { return Ok(()) };
        if !current.enabled(Feature::CallbackPost) {
            return Ok(());
        }
        let did_something = worker.step(&i, &current, found).await?;
        if did_something {
            continue;
        }
        let now = i.0.clock.now();
        let due = stored::next_due(i.store(), app, &rule).await?;
        let until = due.map_or(IDLE, |due| {
            Duration::from_millis(u64::try_from(due - now).unwrap_or_default()).min(IDLE)
        });
        // A wake that came during the step is kept.
        let _ = tokio::time::timeout(until, wake.notified()).await;
        if due.is_some() {
            // Behind what failed much may wait: it is not looked through for every event.
            tokio::time::sleep(REST).await;
        }
    }
}

struct Worker {
    failures: Mutex<Failures>,
    alert: Alert,
    banned_until: Timestamp,
    /// Conversations whose receiver did not answer in time, and since when: others come first for a while.
    aside: Vec<(String, Instant)>,
}

impl Worker {
    /// Tells the next ones; `false` if there were none.
    async fn step(&mut self, i: &Integrations, app: &App, rule: &CallbackRule) -> Result<bool> {
        let now = i.0.clock.now();
        let effort = rule.post().map_or(Effort::Compatible, |post| post.delivery);
        if effort == Effort::Compatible {
            // Somebody may have lifted it.
            if now < self.banned_until {
                let ban = stored::ban(i.store(), app.id, &rule.id).await?;
                self.banned_until = ban.map_or(0, |ban| ban.until);
            }
            if now < self.banned_until {
                let (end, limit) = ((given_up(app), "the rule was banned"), GIVEN_UP_AT_ONCE);
                let given = stored::give_up(i.store(), app.id, &rule.id, end, now, limit).await?;
                return Ok(given > 0);
            }
        }
        self.aside.retain(|(_, since)| since.elapsed() < ASIDE);
        let aside: Vec<String> = self.aside.iter().map(|(name, _)| name.clone()).collect();
        let mut open = stored::open(i.store(), app.id, &rule.id, (now, BATCH), &aside).await?;
        if open.is_empty() && !aside.is_empty() {
            // Nobody else waits.
            self.aside.clear();
            open = stored::open(i.store(), app.id, &rule.id, (now, BATCH), &[]).await?;
        }
        if open.is_empty() {
            return Ok(false);
        }
        let mut by_conversation: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
        for one in open {
            by_conversation.entry(one.conversation.clone()).or_default().push(one);
        }
        let failures = &self.failures;
        let told = stream::iter(by_conversation.into_values())
            .map(|run| tell_in_order(i, app, rule, run, failures))
            .buffer_unordered(CONCURRENT)
            .collect::<Vec<_>>()
            .await;
        let slow = told.iter().filter(|told| told.is_slow);
        self.aside.extend(slow.map(|told| (told.conversation.clone(), Instant::now())));
        self.aside.truncate(MOST_ASIDE);
        let settled: Vec<Settled> = told.iter().flat_map(|told| told.settled.clone()).collect();
        stored::settle(i.store(), app.id, &rule.id, &settled).await?;
        if effort == Effort::Compatible && told.iter().any(|told| told.too_many_failures) {
            let before = stored::ban(i.store(), app.id, &rule.id).await?;
            let ban = ban::begin(before, i.0.clock.now());
            stored::set_ban(i.store(), app.id, &rule.id, &ban).await?;
            tracing::warn!(app = app.key(), rule = rule.name, "a callback rule is banned");
            self.banned_until = ban.until;
        }
        let failed: Vec<_> = settled.iter().filter_map(|one| one.error.as_deref()).collect();
        self.alert.note(i, app, rule, &failed);
        Ok(true)
    }
}

/// What became of a run of deliveries.
struct Told {
    conversation: String,
    settled: Vec<Settled>,
    too_many_failures: bool,
    is_slow: bool,
}

/// Tells what belongs to one conversation, in order: what cannot be told now holds up what follows where it is tried
/// again later.
async fn tell_in_order(
    i: &Integrations,
    app: &App,
    rule: &CallbackRule,
    run: Vec<Delivery>,
    failures: &Mutex<Failures>,
) -> Told {
    let effort = rule.post().map_or(Effort::Compatible, |post| post.delivery);
    let mut told = Told {
        conversation: run.first().map(|first| first.conversation.clone()).unwrap_or_default(),
        settled: Vec::with_capacity(run.len()),
        too_many_failures: false,
        is_slow: false,
    };
    for delivery in run {
        let tries = if effort == Effort::Durable { 1 } else { TRIES };
        let mut last = Tried { attempts: 0, status: None, latency: 0, error: None };
        while last.attempts < tries {
            let attempts = last.attempts + 1;
            last = attempt(i, rule, &delivery, (attempts, delivery.attempts + attempts)).await;
            if last.error.is_none() {
                break;
            }
            told.too_many_failures |= failures.lock().note(Instant::now());
        }
        let is_slow = last.error.is_some() && last.latency > SLOW_MS;
        let now = i.0.clock.now();
        let attempts = delivery.attempts + last.attempts;
        let (state, due) = match (&last.error, effort) {
            (None, _) => (DeliveryState::Delivered, 0),
            (Some(_), Effort::Compatible) => (given_up(app), 0),
            (Some(_), Effort::Durable) if now - delivery.created > GIVEN_UP_MS => {
                (DeliveryState::Failed, 0)
            }
            (Some(_), Effort::Durable) => (DeliveryState::Retrying, now + pause(attempts)),
        };
        told.settled.push(Settled {
            id: delivery.id,
            state,
            attempts: last.attempts,
            due,
            status: last.status,
            latency: Some(last.latency),
            error: last.error,
            now,
        });
        told.is_slow |= is_slow;
        if state == DeliveryState::Retrying || is_slow {
            break;
        }
    }
    told
}

/// Kept where the app keeps what failed.
fn given_up(app: &App) -> DeliveryState {
    if app.enabled(Feature::CallbackFailureCache) {
        DeliveryState::Failed
    } else {
        DeliveryState::Dropped
    }
}

/// How long a delivery rests after so many tries: twice as long each time, and not all at the same moment.
fn pause(attempts: u32) -> i64 {
    let doubled = FIRST_PAUSE_MS.saturating_mul(1 << attempts.saturating_sub(1).min(20));
    let pause = doubled.min(LONGEST_PAUSE_MS);
    rand::rng().random_range(pause * 3 / 4..=pause)
}

pub(super) struct Tried {
    pub(super) attempts: u32,
    pub(super) status: Option<u16>,
    /// Milliseconds.
    pub(super) latency: u64,
    pub(super) error: Option<String>,
}

async fn attempt(
    i: &Integrations,
    rule: &CallbackRule,
    delivery: &Delivery,
    (attempts, shown): (u32, u32),
) -> Tried {
    let (call_id, body) = (&delivery.call_id, &delivery.body);
    let post = signed(i, rule, &rule.url, (call_id, &delivery.kind), body, shown);
    let (tried, _) = send(i, post).await;
    counted("after", if tried.error.is_none() { "delivered" } else { "failed" });
    Tried { attempts, ..tried }
}

/// Counts a call of a customer's server.
pub(super) fn counted(kind: &'static str, result: &'static str) {
    metrics::counter!("hongyan_callbacks_total", "kind" => kind, "result" => result).increment(1);
}

/// An event with its signature, ready to go to `url`.
pub(super) fn signed(
    i: &Integrations,
    rule: &CallbackRule,
    url: &str,
    (call_id, kind): (&str, &str),
    body: &str,
    attempt: u32,
) -> Post {
    let mut body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let timestamp = body["timestamp"].as_i64().unwrap_or_default();
    body["security"] = sign::security(call_id, rule.secret(), timestamp).into();
    let body = body.to_string();
    let now = i.0.clock.now();
    let headers = sign::headers(&rule.name, (call_id, rule.secret()), (now, attempt), &body);
    let timeout = if kind.starts_with("userStatus") { STATUS_TIMEOUT } else { TIMEOUT };
    let body = Bytes::from(body);
    Post { url: url.to_owned(), headers, body, timeout, answer_bytes: ANSWER_BYTES }
}

/// Sends once; what came back, as text.
pub(super) async fn send(i: &Integrations, post: Post) -> (Tried, Option<String>) {
    let begin = Instant::now();
    let telling = i.0.outgoing.post(post);
    let answer = telling.instrument(tracing::info_span!("callback", step = "after")).await;
    let latency = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (status, error) = match &answer {
        Ok(answer) if answer.status != 200 => {
            (Some(answer.status), Some(format!("answered with status {}", answer.status)))
        }
        Ok(answer) => {
            let text = answer.body.as_ref().map(|body| String::from_utf8_lossy(body));
            let fits = text.is_some_and(|text| text.chars().count() <= 1000);
            let error = (!fits).then(|| "the answer has more than 1000 characters".to_owned());
            (Some(answer.status), error)
        }
        Err(error @ (OutgoingError::Forbidden | OutgoingError::TimedOut)) => {
            (None, Some(error.to_string()))
        }
        Err(OutgoingError::Failed(why)) => (None, Some(why.clone())),
    };
    let text = answer.ok().and_then(|answer| answer.body);
    let text = text.map(|body| String::from_utf8_lossy(&body).into_owned());
    (Tried { attempts: 1, status, latency, error }, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_at_an_hour() {
        for (attempts, longest) in [(1, 5000), (2, 10_000), (3, 20_000), (30, LONGEST_PAUSE_MS)] {
            let pause = pause(attempts);
            assert!((longest * 3 / 4..=longest).contains(&pause), "{attempts}: {pause}");
        }
    }
}
