//! What users wish of push notifications: when, of what, in which language, and what they show.
//!
//! These are wishes. They are stored and reported to the user's other devices; whoever pushes obeys them, in this order:
//! inside a quiet time (`quiet_until` or the interval, of the conversation or in general) nothing is notified; outside
//! of it the conversation's `remind` decides, and where it has none, the general one.

use hongyan_model::{
    App, Caller, Feature, GroupId, Refusal, Result, RoomId, Timestamp, User, UserId, limits,
};
use hongyan_store::push_settings::{self as stored, ConversationWish, Outcome};
use serde_json::{Map, Value, json};

use crate::messages::events;
use crate::page::{Page, decode_cursor};
use crate::users::{self, addressed, existing, subject};
use crate::{Messaging, groups, rooms};

pub use hongyan_store::push_settings::{Interval, Peer, PeerKind, PushSettings, Remind};

/// When and of what a user is notified: in general, or in one conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Of which messages; `None`, in a conversation: as in general.
    pub remind: Option<Remind>,
    /// Not until then (Unix ms); 0 is no such wish, or one that is over.
    pub quiet_until: Timestamp,
    /// Not in this part of the day; in general only.
    pub interval: Option<Interval>,
}

/// A change of a rule; what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct RuleChange {
    /// `ALL`, `AT`, `NONE`, or, for a conversation, `DEFAULT`.
    pub remind: Option<String>,
    /// Milliseconds from now on; 0 ends it.
    pub duration: Option<u64>,
    /// `21:30-8:00`; empty ends it, and so does `0:0-0:0`.
    pub interval: Option<String>,
}

/// A change of what notifications show, as older clients make it; what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct NoticeChange {
    /// The nickname that others see in their notifications.
    pub nickname: Option<String>,
    /// 0: that there is a message; 1: what it says.
    pub display_style: Option<u64>,
    /// Whether the hours hold.
    pub no_disturbing: Option<bool>,
    /// From this hour.
    pub from: Option<u64>,
    /// To this hour.
    pub to: Option<u64>,
}

/// A rule change that has been read.
struct Wish {
    /// The inner `None` is [`Rule::remind`]'s.
    remind: Option<Option<Remind>>,
    quiet_until: Option<Timestamp>,
    interval: Option<Option<Interval>>,
}

/// What a rule is about.
enum Scope {
    General,
    Conversation(Peer),
}

/// Changes when and of what a user is notified: in general if `peer` is the user itself, otherwise in the conversation
/// with that user, group or chat room. The rule after it; the user's other devices are told.
pub async fn set_rule(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    peer: &Peer,
    change: RuleChange,
) -> Result<Rule> {
    require_advanced(caller)?;
    let user = subject(m, caller, user).await?;
    let (app, now) = (caller.app.id, m.clock().now());
    let scope = scope(m, caller, &user, peer).await?;
    let wish = read(&caller.app, change, &scope, now)?;
    let rule = match &scope {
        Scope::General => {
            let apply = |settings: &mut PushSettings| {
                settings.remind = wish.remind.flatten().unwrap_or(settings.remind);
                settings.quiet_until = wish.quiet_until.unwrap_or(settings.quiet_until);
                settings.interval = wish.interval.unwrap_or(settings.interval);
            };
            let changed = stored::update(m.store(), app, &user, apply).await?;
            general(&changed.ok_or_else(|| gone(&user))?, now)
        }
        Scope::Conversation(peer) => {
            let apply = |of_peer: &mut ConversationWish| {
                of_peer.remind = wish.remind.unwrap_or(of_peer.remind);
                of_peer.quiet_until = wish.quiet_until.unwrap_or(of_peer.quiet_until);
            };
            let limit = caller.app.most(Feature::QuietConversationsMax);
            let bounds = (limit, now);
            match stored::update_conversation(m.store(), app, &user, peer, bounds, apply).await? {
                Outcome::Done(wish) => of_conversation(wish, now),
                Outcome::NoUser => return Err(gone(&user).into()),
                Outcome::Full => {
                    return Err(Refusal::ListFull { list: "notification", limit }.into());
                }
            }
        }
    };
    announce(m, caller, &user, &scope, rule).await;
    Ok(rule)
}

/// When and of what a user is notified; `peer` as for [`set_rule`].
pub async fn rule(m: &Messaging, caller: &Caller, user: &str, peer: &Peer) -> Result<Rule> {
    let user = subject(m, caller, user).await?;
    let (app, now) = (caller.app.id, m.clock().now());
    match scope(m, caller, &user, peer).await? {
        Scope::General => Ok(general(&stored::find(m.store(), app, &user).await?, now)),
        Scope::Conversation(peer) => {
            let ids = std::slice::from_ref(&peer.id);
            let found = stored::conversations(m.store(), app, &user, peer.kind, ids).await?;
            let wish = found.first().map(|(_, wish)| *wish).unwrap_or_default();
            Ok(of_conversation(wish, now))
        }
    }
}

/// The rules of up to 20 conversations, those with users and those of groups and rooms; conversations without a rule of
/// their own are not in the answer.
pub async fn rules(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    peers: &[Peer],
) -> Result<Vec<(Peer, Rule)>> {
    let user = subject(m, caller, user).await?;
    let limit = limits::QUIET_BATCH;
    if peers.len() > limit {
        return Err(Refusal::TooMany { name: "conversations", limit }.into());
    }
    let (app, now) = (caller.app.id, m.clock().now());
    let mut rules = Vec::with_capacity(peers.len());
    for kind in [PeerKind::User, PeerKind::Muc] {
        let of_kind = peers.iter().filter(|peer| peer.kind == kind);
        let ids: Vec<String> = of_kind.map(|peer| peer.id.to_lowercase()).collect();
        for (id, wish) in stored::conversations(m.store(), app, &user, kind, &ids).await? {
            let rule = of_conversation(wish, now);
            if rule.remind.is_some() || rule.quiet_until != 0 {
                rules.push((Peer { kind, id }, rule));
            }
        }
    }
    Ok(rules)
}

/// The conversations of which the user is notified otherwise than in general, page by page.
pub async fn reminding(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<(Peer, Remind)>> {
    let user = subject(m, caller, user).await?;
    let after = cursor.map(|cursor| decode_cursor(cursor, place_from_key)).transpose()?;
    let limit = limit.clamp(1, limits::QUIET_PAGE);
    let (app, read) = (caller.app.id, limit + 1);
    let found = stored::reminding(m.store(), app, &user, after.as_ref(), read).await?;
    Ok(Page::of(found, limit, |(peer, _)| place_to_key(peer)))
}

/// Sets the language into which texts are translated for notifications; empty: into none.
pub async fn set_language(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    language: &str,
) -> Result<String> {
    require_advanced(caller)?;
    let user = subject(m, caller, user).await?;
    let limit = limits::LANGUAGE_BYTES;
    if language.len() > limit || language.chars().any(char::is_control) {
        let why = format!("at most {limit} bytes");
        return Err(Refusal::Invalid { name: "translationLanguage", why }.into());
    }
    let apply = |settings: &mut PushSettings| settings.language = language.to_owned();
    let changed = stored::update(m.store(), caller.app.id, &user, apply).await?;
    Ok(changed.ok_or_else(|| gone(&user))?.language)
}

/// The language into which texts are translated for notifications.
pub async fn language(m: &Messaging, caller: &Caller, user: &str) -> Result<String> {
    let user = subject(m, caller, user).await?;
    Ok(stored::find(m.store(), caller.app.id, &user).await?.language)
}

/// Sets the template that a user's notices are made with; empty: none. Whether there is such a template is for the caller to
/// know.
pub async fn set_template(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    template: &str,
) -> Result<String> {
    require_advanced(caller)?;
    let user = subject(m, caller, user).await?;
    let apply = |settings: &mut PushSettings| settings.template = template.to_owned();
    let changed = stored::update(m.store(), caller.app.id, &user, apply).await?;
    Ok(changed.ok_or_else(|| gone(&user))?.template)
}

/// The template that a user's notices are made with; empty: none.
pub async fn template(m: &Messaging, caller: &Caller, user: &str) -> Result<String> {
    let user = subject(m, caller, user).await?;
    Ok(stored::find(m.store(), caller.app.id, &user).await?.template)
}

/// What notifications show, for whoever may see the user.
pub async fn notice(m: &Messaging, caller: &Caller, user: &str) -> Result<PushSettings> {
    let user = subject(m, caller, user).await?;
    Ok(stored::find(m.store(), caller.app.id, &user).await?)
}

/// Changes what notifications show; the user and all of its wishes after it.
pub async fn set_notice(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    change: NoticeChange,
) -> Result<(User, PushSettings)> {
    let id = subject(m, caller, user).await?;
    let shows_content = match change.display_style {
        Some(style @ (0 | 1)) => Some(style == 1),
        None => None,
        Some(_) => return Err(invalid("notification_display_style", "0 or 1")),
    };
    let from = hour("notification_no_disturbing_start", change.from)?;
    let to = hour("notification_no_disturbing_end", change.to)?;
    let changed = match change.nickname {
        Some(nickname) => users::set_nickname(m, caller, user, &nickname).await?,
        None => (*existing(m, caller.app.id, user).await?).clone(),
    };
    let apply = |settings: &mut PushSettings| {
        settings.shows_content = shows_content.unwrap_or(settings.shows_content);
        settings.no_disturbing = change.no_disturbing.unwrap_or(settings.no_disturbing);
        settings.disturb = (from.or(settings.disturb.0), to.or(settings.disturb.1));
    };
    let settings = stored::update(m.store(), caller.app.id, &id, apply).await?;
    Ok((changed, settings.ok_or_else(|| gone(&id))?))
}

/// Forgets what others wish about their conversations with a user who is to be deleted.
pub(crate) async fn forget_user(m: &Messaging, caller: &Caller, user: &UserId) -> Result<()> {
    Ok(stored::forget_peer(m.store(), caller.app.id, user).await?)
}

/// What `peer`, which has to exist, stands for.
async fn scope(m: &Messaging, caller: &Caller, user: &UserId, peer: &Peer) -> Result<Scope> {
    let app = caller.app.id;
    let id = match peer.kind {
        PeerKind::User => {
            let id = addressed(&peer.id)?;
            if id == *user {
                return Ok(Scope::General);
            }
            existing(m, app, id.as_str()).await?.id.to_string()
        }
        PeerKind::Muc => {
            let group = GroupId::parse(&peer.id)?;
            let room = RoomId::from_trusted(group.as_str());
            let is_group =
                groups::membership(m, app, &group, user).await? != groups::Membership::NoGroup;
            let exists = is_group
                || rooms::membership(m, app, &room, user).await? != rooms::Membership::NoRoom;
            if !exists {
                return Err(Refusal::GroupNotFound { group: group.to_string() }.into());
            }
            group.to_string()
        }
    };
    Ok(Scope::Conversation(Peer { kind: peer.kind, id }))
}

/// Whether users of the app may wish more than an older client can.
fn require_advanced(caller: &Caller) -> Result<(), Refusal> {
    let feature = Feature::PushAdvanced;
    if caller.app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}

fn read(app: &App, change: RuleChange, scope: &Scope, now: Timestamp) -> Result<Wish> {
    let is_general = matches!(scope, Scope::General);
    let remind = match change.remind.map(|word| word.to_uppercase()).as_deref() {
        None => None,
        Some("ALL") => Some(Some(Remind::All)),
        Some("AT") => Some(Some(Remind::Mentions)),
        Some("NONE") => Some(Some(Remind::Nothing)),
        Some("DEFAULT") if !is_general => Some(None),
        Some(_) => return Err(invalid("type", "no such type here")),
    };
    let quiet_until = match change.duration {
        None => None,
        Some(0) => Some(0),
        Some(duration) => {
            let duration = i64::try_from(duration).unwrap_or(i64::MAX);
            let longest = app.days(Feature::QuietDaysMax);
            if duration > longest {
                return Err(invalid("ignoreDuration", "longer than allowed"));
            }
            Some(now.saturating_add(duration))
        }
    };
    let interval = match change.interval {
        None => None,
        Some(_) if !is_general => return Err(invalid("ignoreInterval", "not for conversations")),
        Some(text) if text.is_empty() => Some(None),
        Some(text) => {
            let interval = interval(&text)
                .ok_or_else(|| invalid("ignoreInterval", "not of the form 21:30-8:00"))?;
            Some(Some(interval).filter(|interval| *interval != Interval { from: 0, to: 0 }))
        }
    };
    if remind.is_none() && quiet_until.is_none() && interval.is_none() {
        return Err(Refusal::Missing { name: "type" }.into());
    }
    Ok(Wish { remind, quiet_until, interval })
}

/// Reads `21:30-8:00`; hours and minutes may have one digit.
fn interval(text: &str) -> Option<Interval> {
    let (from, to) = text.split_once('-')?;
    let minute = |text: &str| {
        let (hours, minutes) = text.trim().split_once(':')?;
        let part = |text: &str, below: u16| {
            let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            text.parse().ok().filter(|number: &u16| digits && *number < below)
        };
        Some(part(hours, 24)? * 60 + part(minutes, 60)?)
    };
    Some(Interval { from: minute(from)?, to: minute(to)? })
}

fn hour(name: &'static str, hour: Option<u64>) -> Result<Option<u8>> {
    let Some(hour) = hour else { return Ok(None) };
    let legal = u8::try_from(hour).ok().filter(|hour| *hour < 24);
    legal.map(Some).ok_or_else(|| invalid(name, "an hour from 0 to 23"))
}

fn general(settings: &PushSettings, now: Timestamp) -> Rule {
    Rule {
        remind: Some(settings.remind),
        quiet_until: lasting(settings.quiet_until, now),
        interval: settings.interval,
    }
}

fn of_conversation(wish: ConversationWish, now: Timestamp) -> Rule {
    Rule { remind: wish.remind, quiet_until: lasting(wish.quiet_until, now), interval: None }
}

/// What is over is no wish any more.
fn lasting(until: Timestamp, now: Timestamp) -> Timestamp {
    if until > now { until } else { 0 }
}

/// Tells the user's other devices. It is stored, so a failure is only logged.
async fn announce(m: &Messaging, caller: &Caller, user: &UserId, scope: &Scope, rule: Rule) {
    let mut data = Map::new();
    if let Some(remind) = rule.remind {
        data.insert("type".to_owned(), remind_word(remind).into());
    }
    if rule.quiet_until != 0 {
        data.insert("ignoreDuration".to_owned(), rule.quiet_until.into());
    }
    let (name, id) = match scope {
        Scope::General => {
            // By this key the SDK tells the general rule from those of conversations.
            let interval = rule.interval.map(interval_text).unwrap_or_default();
            data.insert("ignoreInterval".to_owned(), interval.into());
            ("user", user.as_str())
        }
        Scope::Conversation(Peer { kind: PeerKind::User, id }) => ("user", id.as_str()),
        Scope::Conversation(Peer { kind: PeerKind::Muc, id }) => ("group", id.as_str()),
    };
    let device = caller.device.as_ref().map_or("", |device| device.as_str());
    let mut value = json!({ "operator_resource": device, "data": data });
    value[name] = Value::from(id);
    let notification = json!({ "type": "user_notification_mute", "values": [value] });
    let told = events::post_notify(m, caller, std::slice::from_ref(user), &notification).await;
    if let Err(error) = told {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%user, %error, source, "push settings changed but the other devices could not be told");
    }
}

/// How the protocol writes it.
#[must_use]
pub fn remind_word(remind: Remind) -> &'static str {
    match remind {
        Remind::All => "ALL",
        Remind::Mentions => "AT",
        Remind::Nothing => "NONE",
    }
}

/// `21:30-08:00`.
#[must_use]
pub fn interval_text(interval: Interval) -> String {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}-{}", clock(interval.from), clock(interval.to))
}

fn place_to_key(peer: &Peer) -> String {
    format!("{} {}", peer.kind as i64, peer.id)
}

fn place_from_key(key: &str) -> Option<Peer> {
    let (kind, id) = key.split_once(' ')?;
    let kind = match kind {
        "0" => PeerKind::User,
        "1" => PeerKind::Muc,
        _ => return None,
    };
    Some(Peer { kind, id: id.to_owned() })
}

fn invalid(name: &'static str, why: &str) -> hongyan_model::Error {
    Refusal::Invalid { name, why: why.to_owned() }.into()
}

fn gone(user: &UserId) -> Refusal {
    Refusal::UserNotFound { user: user.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_as_the_sdk_writes_them_and_written_with_two_digits() {
        for (text, from, to, written) in [
            ("8:5-12:30", 485, 750, "08:05-12:30"),
            ("21:30-08:00", 1290, 480, "21:30-08:00"),
            ("0:0-0:0", 0, 0, "00:00-00:00"),
            ("23:59-23:59", 1439, 1439, "23:59-23:59"),
        ] {
            assert_eq!(interval(text), Some(Interval { from, to }), "{text}");
            assert_eq!(interval_text(Interval { from, to }), written);
        }
        for bad in [
            "8-9",
            "8:00",
            "24:00-8:00",
            "8:60-9:00",
            "-1:0-2:0",
            "8:-9:0",
            "a:b-c:d",
            "008:0-9:0",
            "+8:0-9:0",
        ] {
            assert_eq!(interval(bad), None, "{bad}");
        }
    }
}
