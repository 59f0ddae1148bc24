//! From the message log of an app into the queues of its rules.

use std::sync::Arc;

use hongyan_messaging::{Messaging, messages, threads};
use hongyan_model::{
    App, AppId, Audience, Conversation, EntryFlags, Feature, IdGenerator, LogEntry, MessageId,
    PostRule, Result, UserId,
};
use hongyan_platform::apps;
use hongyan_store::{callbacks as stored, groups};

use super::events;
use crate::Integrations;

/// Entries read at once.
const BATCH: usize = 200;
/// Deliveries that are queued in one transaction, those of one entry more at most.
const QUEUED: usize = 500;

/// Whether the app has a rule that is told what happens.
pub(super) fn is_wanted(app: &App) -> bool {
    app.enabled(Feature::CallbackPost)
        && app.settings.rules_after_sending().any(|rule| rule.enabled)
}

/// Follows the log of an app for as long as it has rules; ends with an error when something fails.
pub(super) async fn follow(i: Integrations, m: Messaging, app: AppId) -> Result<()> {
    let watch = messages::watch(&m, app);
    // Whatever was committed before somebody watched.
    let mut place = stored::cursor(i.store(), app).await?.unwrap_or(MessageId(0));
    loop {
        let Some(current) = wanted(&i, app).await? else { return Ok(()) };
        let rules = current.settings.rules_after_sending();
        let since = rules.filter(|rule| rule.enabled).map(|rule| rule.since).min();
        let first = since.map_or(place, IdGenerator::floor);
        place = place.max(first);
        loop {
            let entries = messages::entries_after(&m, app, place, BATCH).await?;
            // Whoever made a rule before these entries is told of them.
            let Some(current) = wanted(&i, app).await? else { return Ok(()) };
            let Some((last, _)) = entries.last() else { break };
            place = *last;
            collect(&i, &m, &current, &entries).await?;
            if entries.len() < BATCH {
                break;
            }
        }
        place = messages::next(&m, &watch, place).await?;
    }
}

/// The app, if it still has rules.
async fn wanted(i: &Integrations, app: AppId) -> Result<Option<Arc<App>>> {
    Ok(apps::find_by_id(i.platform(), app).await?.filter(|app| is_wanted(app)))
}

fn wants(app: &App, what: impl Fn(&PostRule) -> bool) -> bool {
    app.settings.callbacks.iter().any(|rule| rule.enabled && rule.post().is_some_and(&what))
}

async fn collect(
    i: &Integrations,
    m: &Messaging,
    app: &App,
    entries: &[(MessageId, Option<LogEntry>)],
) -> Result<()> {
    let wants_offline = wants(app, |post| post.offline);
    let wants_threads = wants(app, |post| post.selects(&events::thread_selector()));
    let mut new = Vec::new();
    for (n, (place, entry)) in entries.iter().enumerate() {
        if let Some(entry) = entry {
            let offline = match wants_offline && entry.entry.kind.is_message() {
                true => offline(i, m, app, entry).await?,
                false => Vec::new(),
            };
            let mut told = events::of_entry(i, app, entry, &offline);
            if wants_threads && let Some((group, update)) = threads::update_by(m, entry).await? {
                told.extend(events::of_thread_update(i, app, entry, (&group, update)));
            }
            new.extend(events::deliveries(i, app, &told));
        }
        // Others write, too.
        if new.len() >= QUEUED || n + 1 == entries.len() {
            stored::collect(i.store(), app.id, *place, &new).await?;
            events::wake(i, app, &new);
            new.clear();
        }
    }
    Ok(())
}

/// Receivers of a message who are not connected. Chat rooms have none, nor have messages for those who are online.
async fn offline(
    i: &Integrations,
    m: &Messaging,
    app: &App,
    entry: &LogEntry,
) -> Result<Vec<UserId>> {
    if entry.entry.flags.contains(EntryFlags::ONLINE_ONLY) {
        return Ok(Vec::new());
    }
    let sender = &entry.entry.sender;
    let receivers = match entry.entry.conversation.conversation() {
        Some(Conversation::Single(a, b)) => vec![if a == *sender { b } else { a }],
        Some(Conversation::Group(group)) => match &entry.entry.audience {
            Audience::Only(users) => users.clone(),
            _ => groups::hearing_ids(i.store(), app.id, &group, entry.id).await?,
        },
        _ => Vec::new(),
    };
    let is_away = |user: &UserId| user != sender && !m.router().is_online(app.id, user);
    Ok(receivers.into_iter().filter(is_away).collect())
}
