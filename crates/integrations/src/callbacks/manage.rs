//! What staff and the customer's server see and do: tests, deliveries, bans, and the cache of failures.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use hongyan_messaging::hooks::Draft;
use hongyan_model::{
    App, CallbackRule, Caller, ChatType, EntryKind, Feature, Refusal, Result, Timestamp, UserId,
};
use hongyan_platform::callbacks as rules;
use hongyan_store::callbacks::{
    self as stored, BUCKET_MS, Ban, Bucket, Chosen, Delivery, DeliveryFilter, DeliveryState,
    Settled,
};
use http::HeaderMap;

use super::ask::{self, Decision};
use super::events::wake_rule;
use super::{ban, deliver, samples};
use crate::Integrations;

/// Deliveries on one page.
const PAGE: usize = 100;
/// Deliveries that one call lets wait again by their ids.
const REPLAYED: usize = 1000;
/// Deliveries of a bucket that are read at once, and conversations that are told at the same time.
const BATCH: usize = 100;
const CONCURRENT: usize = 16;
/// Names of buckets, and their zone, as published (UTC+8).
const NAME: &str = "%Y%m%d%H%M";
const NAME_BYTES: usize = 12;
const ZONE: jiff::tz::Offset = jiff::tz::offset(8);

/// How a rule does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleState {
    /// Until when it is told nothing, and why.
    pub ban: Option<(Timestamp, String)>,
    /// Bans that began within the last day.
    pub bans_today: usize,
    /// Not yet delivered.
    pub waiting: u64,
    /// Given up, and kept.
    pub failed: u64,
    /// Delivered since midnight.
    pub delivered_today: u64,
    /// What was wrong last.
    pub last_error: Option<String>,
}

/// A test as it went.
#[derive(Clone, Debug)]
pub struct CallbackTest {
    /// Headers that were sent.
    pub headers: HeaderMap,
    /// JSON that was sent.
    pub body: String,
    /// Status of the answer.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
    /// The answer.
    pub answer: Option<String>,
    /// What was wrong.
    pub error: Option<String>,
    /// What a message would have become: `pass`, `rewrite`, `block` or `failed`.
    pub verdict: Option<&'static str>,
}

/// How a rule after sending does.
pub async fn state(i: &Integrations, app: &App, rule: &CallbackRule) -> Result<RuleState> {
    let (now, calendar) = (i.0.clock.now(), i.platform().calendar());
    let today = calendar.start(calendar.day(now));
    let counts = stored::counts(i.store(), app.id, &rule.id, today).await?;
    let ban = stored::ban(i.store(), app.id, &rule.id).await?;
    let bans_today = ban.as_ref().map_or(0, |ban| ban::of_today(ban, now));
    let ban = ban.filter(|ban| now < ban.until).map(|ban| (ban.until, ban.reason));
    Ok(RuleState {
        ban,
        bans_today,
        waiting: counts.waiting,
        failed: counts.failed,
        delivered_today: counts.delivered,
        last_error: counts.last_error,
    })
}

/// Sends a sample now, as a rule would a real one.
pub async fn test(
    i: &Integrations,
    app: &App,
    rule: &CallbackRule,
    event: &str,
) -> Result<CallbackTest> {
    let now = i.0.clock.now();
    if let Some(pre) = rule.pre() {
        let sender = UserId::parse("test")?;
        let payload = samples::message("test", "test2", "chat");
        let draft = Draft {
            app,
            sender: &sender,
            to: "test2",
            chat: ChatType::Single,
            kind: EntryKind::Text,
            edits: None,
            id: i.0.ids.next(now),
            payload: &payload,
        };
        i.0.circuits.forget(&rule.id);
        let (asked, decision) = ask::ask_rule(i, rule, pre, draft, &payload).await;
        let answer = asked.answer.and_then(std::result::Result::ok);
        let text = answer.as_ref().and_then(|answer| answer.body.as_ref());
        return Ok(CallbackTest {
            headers: asked.post.headers,
            body: String::from_utf8_lossy(&asked.post.body).into_owned(),
            status: answer.as_ref().map(|answer| answer.status),
            took: asked.took,
            answer: text.map(|body| String::from_utf8_lossy(body).into_owned()),
            verdict: Some(match &decision {
                Ok(Decision::Pass { rewritten: Some(_), .. }) => "rewrite",
                Ok(Decision::Pass { .. }) => "pass",
                Ok(Decision::Block { .. }) => "block",
                Err(_) => "failed",
            }),
            error: decision.err(),
        });
    }
    let wanted = rule.post().cloned().unwrap_or_default();
    let sample = samples::event(i, app, &wanted, event)?;
    let what = (sample.call_id.as_str(), event);
    let post = deliver::signed(i, rule, &rule.url, what, &sample.body.to_string(), 1);
    let (headers, sent) = (post.headers.clone(), post.body.clone());
    let (tried, answer) = deliver::send(i, post).await;
    Ok(CallbackTest {
        headers,
        body: String::from_utf8_lossy(&sent).into_owned(),
        status: tried.status,
        took: Duration::from_millis(tried.latency),
        answer,
        error: tried.error,
        verdict: None,
    })
}

/// Deliveries of a rule, the newest first, those before `before`, and whether there are more.
pub async fn deliveries(
    i: &Integrations,
    app: &App,
    rule: &str,
    filter: &DeliveryFilter,
    before: Option<u64>,
    limit: usize,
) -> Result<(Vec<Delivery>, bool)> {
    rules::find(app, rule)?;
    let limit = limit.clamp(1, PAGE);
    let mut found = stored::list(i.store(), app.id, rule, filter, before, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    Ok((found, more))
}

/// Lets deliveries of a rule that have come to an end wait again; how many these were.
pub async fn replay(i: &Integrations, app: &App, rule: &str, chosen: &Chosen) -> Result<u64> {
    rules::find(app, rule)?;
    if let Chosen::Ids(ids) = chosen
        && ids.len() > REPLAYED
    {
        return Err(Refusal::TooMany { name: "ids", limit: REPLAYED }.into());
    }
    // Whoever sends again believes that the receiver works; under a ban it would be given up at once.
    unban(i, app, rule).await?;
    let replayed = stored::replay(i.store(), app.id, rule, chosen).await?;
    wake_rule(i, app.id, rule);
    Ok(replayed)
}

/// Lifts the ban of a rule, also when the rule was changed or switched on again.
pub async fn unban(i: &Integrations, app: &App, rule: &str) -> Result<()> {
    i.0.circuits.forget(rule);
    if let Some(ban) = stored::ban(i.store(), app.id, rule).await? {
        let lifted = Ban { until: 0, ..ban };
        stored::set_ban(i.store(), app.id, rule, &lifted).await?;
    }
    wake_rule(i, app.id, rule);
    Ok(())
}

/// Forgets what a rule that is no more was to tell.
pub async fn forget(i: &Integrations, app: &App, rule: &str) -> Result<()> {
    i.0.circuits.forget(rule);
    i.0.wakes.remove(&(app.id, rule.to_owned()));
    while !stored::forget_rule(i.store(), app.id, rule, BATCH).await? {}
    Ok(())
}

/// What failed in the last days, ten minutes at a time, under their names (`yyyyMMddHHmm` in UTC+8).
pub async fn buckets(i: &Integrations, caller: &Caller) -> Result<Vec<(String, Bucket)>> {
    require_cache(caller)?;
    let since = i.0.clock.now() - caller.app.days(Feature::CallbackCacheDays);
    let found = stored::buckets(i.store(), caller.app.id, since).await?;
    Ok(found.into_iter().map(|bucket| (name(bucket.start), bucket)).collect())
}

/// Sends what failed in ten minutes again, once, to `target` or to where its rules lead; whether all of it was
/// delivered. What was not stays.
pub async fn retry_bucket(
    i: &Integrations,
    caller: &Caller,
    date: &str,
    target: Option<&str>,
) -> Result<bool> {
    require_cache(caller)?;
    let invalid = |name, why: &str| Refusal::Invalid { name, why: why.to_owned() };
    let start = start(date).ok_or_else(|| invalid("date", "not of the form yyyyMMddHHmm"))?;
    let is_url = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    if target.is_some_and(|url| !is_url(url)) {
        return Err(invalid("targetUrl", "no address").into());
    }
    let app = &caller.app;
    // One at a time: two would send everything twice.
    if i.0.retrying.insert((app.id, start), ()).is_some() {
        return Err(Refusal::Overloaded.into());
    }
    let done = send_bucket(i, app, start, target).await;
    i.0.retrying.remove(&(app.id, start));
    done
}

async fn send_bucket(
    i: &Integrations,
    app: &App,
    start: Timestamp,
    target: Option<&str>,
) -> Result<bool> {
    stored::note_retry(i.store(), app.id, start).await?;
    let (mut all, mut after) = (true, (String::new(), 0));
    loop {
        let place = (after.0.as_str(), after.1);
        let found = stored::of_bucket(i.store(), app.id, start, place, BATCH).await?;
        let Some((rule, last)) = found.last() else { return Ok(all) };
        after = (rule.clone(), last.id);
        let runs = by_conversation(found).into_iter();
        let sending = runs.map(|run| send_in_order(i, app, target, run).boxed());
        let mut sent = stream::iter(sending).buffer_unordered(CONCURRENT);
        while let Some(delivered) = sent.next().await {
            all &= delivered?;
        }
    }
}

/// What belongs to one conversation of a rule, each in its order.
fn by_conversation(found: Vec<(String, Delivery)>) -> Vec<Vec<(String, Delivery)>> {
    let mut runs: BTreeMap<(String, String), Vec<(String, Delivery)>> = BTreeMap::new();
    for (rule, delivery) in found {
        let run = runs.entry((rule.clone(), delivery.conversation.clone())).or_default();
        run.push((rule, delivery));
    }
    runs.into_values().collect()
}

/// Sends one after the other; whether all were delivered.
async fn send_in_order(
    i: &Integrations,
    app: &App,
    target: Option<&str>,
    run: Vec<(String, Delivery)>,
) -> Result<bool> {
    let mut all = true;
    for (rule, delivery) in run {
        all &= send_kept(i, app, (rule, target), delivery).await?;
    }
    Ok(all)
}

/// Sends one delivery that failed again; whether it was delivered.
async fn send_kept(
    i: &Integrations,
    app: &App,
    (rule, target): (String, Option<&str>),
    delivery: Delivery,
) -> Result<bool> {
    let Ok(rule) = rules::find(app, &rule) else { return Ok(true) };
    let what = (delivery.call_id.as_str(), delivery.kind.as_str());
    let url = target.unwrap_or(&rule.url);
    let post = deliver::signed(i, rule, url, what, &delivery.body, delivery.attempts + 1);
    let (tried, _) = deliver::send(i, post).await;
    let delivered = tried.error.is_none();
    let settled = Settled {
        id: delivery.id,
        state: if delivered { DeliveryState::Delivered } else { DeliveryState::Failed },
        attempts: tried.attempts,
        due: 0,
        status: tried.status,
        latency: Some(tried.latency),
        error: tried.error,
        now: i.0.clock.now(),
    };
    stored::settle(i.store(), app.id, &rule.id, &[settled]).await?;
    Ok(delivered)
}

fn require_cache(caller: &Caller) -> Result<(), Refusal> {
    if caller.user().is_some() {
        return Err(Refusal::NotPermitted);
    }
    let feature = Feature::CallbackFailureCache;
    if caller.app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}

/// The name of the bucket that begins then.
fn name(start: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(start).unwrap_or_default();
    time.to_zoned(ZONE.to_time_zone()).strftime(NAME).to_string()
}

/// When the bucket of this name begins.
fn start(name: &str) -> Option<Timestamp> {
    // Fewer digits would be read as well.
    if name.len() != NAME_BYTES {
        return None;
    }
    let time = jiff::civil::DateTime::strptime(NAME, name).ok()?;
    let time = time.to_zoned(ZONE.to_time_zone()).ok()?.timestamp().as_millisecond();
    Some(time - time.rem_euclid(BUCKET_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_have_the_published_names() {
        // 2021-09-09 14:40 in UTC+8.
        let time = 1_631_169_600_000;
        assert_eq!(name(time), "202109091440");
        assert_eq!(start("202109091440"), Some(time));
        assert_eq!(start("202109091447"), Some(time));
        for time in [0, 951_782_400_000, 1_709_164_800_000] {
            assert_eq!(start(&name(time)), Some(time));
        }
        for bad in ["", "20210909144", "2021-09-0914", "202113091440", "202109092540"] {
            assert_eq!(start(bad), None, "{bad}");
        }
    }
}
