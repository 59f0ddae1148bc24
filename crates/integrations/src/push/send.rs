//! From the notices that wait for a certificate to its vendor.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use hongyan_messaging::Messaging;
use hongyan_model::{App, AppId, Feature, IdGenerator, Result, Timestamp};
use hongyan_platform::apps;
use hongyan_push::{Channel, Data, NotSent, Notice, Outcome, Overrides, State};
use hongyan_store::push_bindings;
use hongyan_store::push_certificates::{self as certificates, Cause, Closed, PushCertificate};
use hongyan_store::push_figures::Figure;
use hongyan_store::pushes::{self as stored, Push, PushResult, PushStatus, Settled};
use metrics::counter;
use rand::Rng;
use tracing::Instrument as _;

use super::channels::{self, Unusable};
use super::collect::{Content, Means, badge, overtaken};
use super::rules::{Reason, usable};
use super::{Told, receipts};
use crate::{Integrations, callbacks};

/// Notices sent at the same time for one certificate.
const AT_ONCE: usize = 64;
/// How long a notice may be on its way; whoever took it is given up after that. Longer than a vendor's patience.
const LEASE_MS: i64 = 3 * 60 * 1000;
/// Before a vendor that was out of order is asked for the same notice once more, at once as it were; then the first and the
/// longest pause before it is asked again and again.
const AGAIN_MS: i64 = 1000;
const FIRST_PAUSE_MS: i64 = 15_000;
const LONGEST_PAUSE_MS: i64 = 30 * 60 * 1000;
/// A notice about an older message is given up.
const OLDEST_MS: i64 = 24 * 3600 * 1000;
/// A notice about a younger message is sent as it was decided.
const FRESH_MS: i64 = 3000;
/// While as many notices as may wait are waiting within the channel.
const BUSY_MS: i64 = 1000;
/// How long what is known of app and certificate serves while notices are on their way.
const LOOKED_EVERY: Duration = Duration::from_secs(1);
/// Between two looks, whatever is due: another node may have it.
const LEAST_WAIT: Duration = Duration::from_millis(10);
/// How long it is waited for half of many, where some hang.
const MORE_WAIT: Duration = Duration::from_millis(100);
/// Looked for what is due, should nobody have been woken for it.
const IDLE: Duration = Duration::from_secs(30);

/// How sending one notice ended.
enum Sent {
    Delivered {
        vendor_id: Option<String>,
    },
    /// The vendor does not know the device any more.
    Unknown {
        answer: String,
    },
    Failed {
        reason: Reason,
        answer: String,
    },
    /// The vendor does not take the certificate for some time.
    Closed {
        cause: Cause,
        until: Timestamp,
        answer: String,
    },
    /// It is tried again, not before so many milliseconds where the vendor says so.
    Later {
        busy: bool,
        after: Option<i64>,
        answer: String,
    },
}

/// Sends for a certificate for as long as it is there; ends with an error when something of ours fails.
pub(super) async fn run(
    i: Integrations,
    m: Messaging,
    app: AppId,
    certificate: String,
) -> Result<()> {
    let wake = i.0.pushing.wake(app, &certificate);
    let mut stopping = i.0.pushing.sending();
    let mut running = FuturesUnordered::new();
    // Whoever was here before on this node has stopped, and brings nothing to an end any more.
    let here = (certificate.as_str(), i.0.host.as_str());
    stored::release(i.store(), app, here, i.0.clock.now()).await?;
    let mut looked: Option<(Instant, Arc<App>, PushCertificate)> = None;
    // When something is due, as far as that is known; and whether more was due than there was room for.
    let (mut due, mut more) = (Some(0), false);
    loop {
        let looked_at = looked.take().filter(|(since, ..)| since.elapsed() < LOOKED_EVERY);
        let (since, current, found) = match looked_at {
            Some(known) => known,
            None => {
                let Some(current) = apps::find_by_id(i.platform(), app).await? else {
                    return Ok(());
                };
                let mut all = certificates::list(i.store(), app).await?.into_iter();
                let Some(found) = all.find(|one| one.id == certificate) else { return Ok(()) };
                (Instant::now(), current, found)
            }
        };
        let enabled = current.enabled(Feature::Push) && !*stopping.borrow();
        if !enabled && running.is_empty() {
            return Ok(());
        }
        let now = i.0.clock.now();
        let most = AT_ONCE - running.len();
        // Of many, more is taken when half of them have come to an end: one statement for many.
        let is_time = due.is_some_and(|due| due <= now) && !(more && running.len() > AT_ONCE / 2);
        if enabled && most > 0 && is_time {
            let lease = (now, now + LEASE_MS);
            let taken =
                stored::take(i.store(), app, (&certificate, &i.0.host), lease, most).await?;
            more = taken.len() == most;
            due = more.then_some(now);
            if !taken.is_empty() {
                let channel = open(&i, app, &found).await?;
                let receipt = receipts::of_notices(&i, &current, &found).await?;
                let (taken, gone) = still_wanted(&i, &m, &current, taken).await?;
                if !gone.is_empty() {
                    settle(&i, &current, &found, gone).await?;
                }
                for push in taken {
                    let (channel, receipt) = (channel.clone(), receipt.clone());
                    running.push(async move {
                        let sent = send(channel, &push, receipt, now).await;
                        (push, sent)
                    });
                }
            }
        }
        if due.is_none() {
            let known = stored::next_due(i.store(), app, &certificate).await?;
            due = Some(known.unwrap_or(Timestamp::MAX));
        }
        let wait = due.map_or(0, |due| u64::try_from(due.saturating_sub(now)).unwrap_or_default());
        let least = if more { MORE_WAIT } else { LEAST_WAIT };
        let until = Duration::from_millis(wait).clamp(least, IDLE);
        let mut done = Vec::new();
        // One that a vendor lets hang holds up no other. A wake that came meanwhile is kept.
        tokio::select! {
            next = running.next(), if !running.is_empty() => done.extend(next),
            woken = tokio::time::timeout(until, wake.notified()), if running.len() < AT_ONCE => {
                more = false;
                // What nobody woke it for is found within [`IDLE`].
                due = match woken {
                    Ok(()) => Some(0),
                    Err(_) => due.filter(|due| *due <= i.0.clock.now()),
                };
            }
            _ = stopping.wait_for(|stops| *stops), if running.is_empty() => {}
        }
        if done.is_empty() {
            looked = Some((since, current, found)).filter(|_| !running.is_empty());
            continue;
        }
        while let Some(Some(next)) = running.next().now_or_never() {
            done.push(next);
        }
        if done.iter().any(|(_, sent)| matches!(sent, Sent::Later { .. })) {
            due = None;
        }
        let was_closed = settle(&i, &current, &found, done).await?;
        looked = (!was_closed).then_some((since, current, found));
    }
}

/// Those of the notices that are to be sent, and the others: what has waited is decided once more.
async fn still_wanted(
    i: &Integrations,
    m: &Messaging,
    app: &App,
    taken: Vec<Push>,
) -> Result<(Vec<Push>, Vec<(Push, Sent)>)> {
    let now = i.0.clock.now();
    let has_waited = |push: &Push| {
        let age = now - IdGenerator::time_of(push.message);
        // What is too old says so itself.
        (FRESH_MS..=OLDEST_MS).contains(&age) && push.interrupted <= 1
    };
    if !taken.iter().any(has_waited) {
        return Ok((taken, Vec::new()));
    }
    let means = Means::of(i, app).await?;
    let (mut wanted, mut gone) = (Vec::with_capacity(taken.len()), Vec::new());
    for push in taken {
        let reason = match has_waited(&push) {
            true => overtaken(i, m, app, (&means, &push)).await?,
            false => None,
        };
        match reason {
            // The queue is what it waits in; the certificate is looked at when it is opened.
            None | Some(Reason::QueueFull) => wanted.push(push),
            Some(reason) => gone.push((push, Sent::Failed { reason, answer: String::new() })),
        }
    }
    Ok((wanted, gone))
}

/// The channel of a certificate that can be used, or why it cannot.
async fn open(
    i: &Integrations,
    app: AppId,
    certificate: &PushCertificate,
) -> Result<std::result::Result<Channel, (Reason, String)>> {
    if let Err(reason) = usable(certificate, i.0.clock.now()) {
        return Ok(Err((reason, String::new())));
    }
    match channels::channel(i, app, certificate).await? {
        Some(Ok(channel)) => Ok(Ok(channel)),
        Some(Err(Unusable(errors))) => {
            let fields: Vec<&str> = errors.iter().map(|error| error.field).collect();
            Ok(Err((Reason::Disabled, format!("the certificate is wrong: {}", fields.join(", ")))))
        }
        None => Ok(Err((Reason::NoCertificate, String::new()))),
    }
}

async fn send(
    channel: std::result::Result<Channel, (Reason, String)>,
    push: &Push,
    receipt: Option<hongyan_push::Receipt>,
    now: Timestamp,
) -> Sent {
    let channel = match channel {
        Ok(channel) => channel,
        Err((reason, answer)) => return Sent::Failed { reason, answer },
    };
    if push.interrupted > 1 {
        return Sent::Failed { reason: Reason::Interrupted, answer: String::new() };
    }
    if now - IdGenerator::time_of(push.message) > OLDEST_MS {
        return Sent::Failed { reason: Reason::Expired, answer: String::new() };
    }
    let Ok(content) = serde_json::from_str::<Content>(&push.content) else {
        return Sent::Failed { reason: Reason::InvalidMessage, answer: String::new() };
    };
    let mut notice = notice(push, content, &channel);
    notice.receipt = receipt;
    let span = tracing::info_span!("push", channel = channel.vendor().name());
    match channel.send(&push.token, &notice).instrument(span).await {
        Ok(outcome) => read(outcome),
        Err(NotSent::Busy) => Sent::Later { busy: true, after: None, answer: String::new() },
        Err(NotSent::Banned { until }) => {
            Sent::Closed { cause: Cause::Banned, until, answer: String::new() }
        }
        Err(NotSent::OutOfLimit { until }) => {
            Sent::Closed { cause: Cause::OverQuota, until, answer: String::new() }
        }
    }
}

/// What a phone is told.
fn notice(push: &Push, content: Content, channel: &Channel) -> Notice {
    let message = push.message.0.to_string();
    let data = Data::new(push.user.as_str(), &content.from, &message, content.group.as_deref());
    let overrides = Overrides::of(&content.ext);
    let mut notice = Notice::new(&content.title, &content.text, data, overrides);
    notice.badge = Some(badge(channel.vendor(), content.badge));
    notice
}

fn read(outcome: Outcome) -> Sent {
    match outcome {
        Outcome::Delivered { vendor_id } => Sent::Delivered { vendor_id },
        Outcome::InvalidToken { why } => Sent::Unknown { answer: why },
        Outcome::AuthFailed { why } => Sent::Failed { reason: Reason::Refused, answer: why },
        Outcome::OverQuota { why } => Sent::Failed { reason: Reason::OutOfLimit, answer: why },
        Outcome::RateLimited { retry_after } => {
            let answer = "too fast for the vendor".to_owned();
            Sent::Later { busy: false, after: milliseconds(retry_after), answer }
        }
        Outcome::Unavailable { why, retry_after } => {
            Sent::Later { busy: false, after: milliseconds(retry_after), answer: why }
        }
        Outcome::Rejected { code, why } => {
            let reason = match code.as_str() {
                "invalid message" | "PayloadTooLarge" => Reason::InvalidMessage,
                "invalid VOIP notification" => Reason::InvalidVoip,
                _ => Reason::Refused,
            };
            Sent::Failed { reason, answer: format!("{code} {why}").trim().to_owned() }
        }
    }
}

fn milliseconds(duration: Option<Duration>) -> Option<i64> {
    duration.and_then(|duration| i64::try_from(duration.as_millis()).ok())
}

/// Notes what became of notices, tells who wants to know, and forgets devices that are no more. Answers whether the vendor
/// takes the certificate no more for some time.
async fn settle(
    i: &Integrations,
    app: &App,
    certificate: &PushCertificate,
    done: Vec<(Push, Sent)>,
) -> Result<bool> {
    let now = i.0.clock.now();
    let mut closed: Option<(Cause, Timestamp, String)> = None;
    let day = i.platform().calendar().day(now).number();
    let (mut settled, mut results, mut figures, mut told) = (vec![], vec![], vec![], vec![]);
    for (push, sent) in done {
        let (status, reason, answer) = match sent {
            Sent::Delivered { vendor_id } => {
                (PushStatus::Success, None, vendor_id.unwrap_or_default())
            }
            Sent::Unknown { answer } => {
                push_bindings::forget_token(i.store(), app.id, &push.notifier, &push.token).await?;
                (PushStatus::Failure, Some(Reason::Refused), answer)
            }
            Sent::Failed { reason: Reason::Interrupted, answer } => {
                (PushStatus::Unknown, Some(Reason::Interrupted), answer)
            }
            Sent::Failed { reason, answer } => (PushStatus::Failure, Some(reason), answer),
            Sent::Closed { cause, until, answer } => {
                closed = Some((cause, until, answer.clone()));
                let reason = match cause {
                    Cause::Banned => Reason::Banned,
                    Cause::OverQuota => Reason::OutOfLimit,
                };
                (PushStatus::Failure, Some(reason), answer)
            }
            Sent::Later { busy: true, .. } => {
                settled.push(Settled::Back(push.id, now + BUSY_MS));
                continue;
            }
            Sent::Later { busy: false, after, .. }
                if now - IdGenerator::time_of(push.message) <= OLDEST_MS =>
            {
                let pause = pause(push.tries).max(after.unwrap_or(0));
                settled.push(Settled::Again(push.id, now + pause));
                continue;
            }
            Sent::Later { answer, .. } => (PushStatus::Failure, Some(Reason::Refused), answer),
        };
        settled.push(Settled::Done(push.id));
        let reason = reason.map(Reason::word).unwrap_or_default();
        let result = PushResult {
            message: push.message,
            user: push.user.clone(),
            device: push.device.clone(),
            notifier: push.notifier.clone(),
            channel: certificate.vendor.clone(),
            status,
            reason: reason.to_owned(),
            answer,
            time: now,
        };
        let word = match status {
            PushStatus::Success => "success",
            PushStatus::Failure => "failure",
            PushStatus::Unknown => "unknown",
        };
        let channel = certificate.vendor.clone();
        counter!("hongyan_pushes_total", "channel" => channel, "status" => word).increment(1);
        figures.push(Figure {
            day,
            channel: certificate.vendor.clone(),
            reason: reason.to_owned(),
            success: u64::from(status == PushStatus::Success),
            failure: u64::from(status == PushStatus::Failure),
            unknown: u64::from(status == PushStatus::Unknown),
            ..Figure::default()
        });
        if callbacks::wants_pushes(app) {
            let content: Option<Content> = serde_json::from_str(&push.content).ok();
            told.push(Told {
                result: result.clone(),
                token: Some(push.token.clone()),
                from: content.as_ref().map(|c| c.from.clone()).unwrap_or_default(),
                group: content.and_then(|content| content.group),
                payload: None,
            });
        }
        results.push(result);
    }
    // What refused once too often is known by the channel; why, by what was just refused.
    if let Some(State::Closed(why)) = i.0.pushing.state(app.id, certificate) {
        let answer = results.iter().rev().find(|result| result.status == PushStatus::Failure);
        let answer = answer.map(|result| result.answer.clone()).unwrap_or_default();
        closed = match why {
            NotSent::Banned { until } => Some((Cause::Banned, until, answer)),
            NotSent::OutOfLimit { until } => Some((Cause::OverQuota, until, answer)),
            NotSent::Busy => closed,
        };
    }
    let was_closed = closed.is_some();
    if let Some((cause, until, why)) = closed {
        note_closed(i, app, certificate, Closed { cause, until, why }).await?;
    }
    callbacks::tell_pushes(i, app, &told).await?;
    stored::settle(i.store(), app.id, &settled, (&results, &figures)).await?;
    Ok(was_closed)
}

/// Notes that the vendor does not take the certificate for some time, once.
async fn note_closed(
    i: &Integrations,
    app: &App,
    certificate: &PushCertificate,
    closed: Closed,
) -> Result<()> {
    if certificate.closed.as_ref().is_some_and(|known| known.until == closed.until) {
        return Ok(());
    }
    let version = (certificate.id.as_str(), certificate.updated);
    certificates::close(i.store(), app.id, version, &closed).await?;
    i.0.pushing.changed();
    tracing::warn!(
        app = app.key(),
        certificate = certificate.name,
        vendor = certificate.vendor,
        why = closed.why,
        "a push certificate is not taken by its vendor for some time"
    );
    Ok(())
}

/// How long a notice rests after so many tries: four times as long each time, and not all at the same moment.
fn pause(tries: u32) -> i64 {
    let Some(more) = tries.checked_sub(1) else { return AGAIN_MS };
    let pause = FIRST_PAUSE_MS.saturating_mul(1 << (2 * more.min(10))).min(LONGEST_PAUSE_MS);
    rand::rng().random_range(pause * 3 / 4..=pause)
}

/// Fails what waits for a certificate that is to be removed.
pub(super) async fn give_up(
    i: &Integrations,
    app: &App,
    certificate: &PushCertificate,
) -> Result<()> {
    loop {
        let now = i.0.clock.now();
        let lease = (i64::MAX - 1, now + LEASE_MS);
        let taken =
            stored::take(i.store(), app.id, (&certificate.id, &i.0.host), lease, AT_ONCE).await?;
        if taken.is_empty() {
            return Ok(());
        }
        let sent = |push| {
            let (reason, answer) = (Reason::NoCertificate, String::new());
            (push, Sent::Failed { reason, answer })
        };
        settle(i, app, certificate, taken.into_iter().map(sent).collect()).await?;
    }
}
