//! From messages to notices: who is there, who wants what, and what each phone is told.

use std::collections::{HashMap, HashSet};

use hongyan_messaging::push_bindings::PushBinding;
use hongyan_messaging::push_settings::{PeerKind, PushSettings};
use hongyan_messaging::{Messaging, devices, nodes};
use hongyan_model::{
    App, DeviceId, Feature, GroupId, MessageId, PushWhen, Result, Timestamp, User, UserId,
};
use hongyan_push::Vendor;
use hongyan_store::push_certificates::{self, PushCertificate};
use hongyan_store::push_figures::Figure;
use hongyan_store::push_settings::{self as wishes, ConversationWish};
use hongyan_store::pushes::{self, Decided, Push, PushResult, PushStatus};
use hongyan_store::{DeviceProgress, contacts, groups, push_bindings as bindings, threads, users};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::content::{self, Reader, Templates};
use super::message::{Message, OwnCircle, Receivers};
use super::rules::{self, Decision, Reason, Receiver, Said, Situation};
use super::{Told, templates};
use crate::{Integrations, callbacks};

/// Users whose facts are read at once.
const PAGE: usize = 500;
/// Notices that may wait for one certificate; more are not kept.
const MOST_WAITING: u64 = 100_000;
/// A message that is decided so long after it was stored may have been received meanwhile.
const LATE_MS: i64 = 500;
/// The highest number on an icon, as many as a device is served offline.
const BADGE_MAX: u32 = 500;
/// What a template says where the reader's own name for the sender is wanted.
const DYNAMIC: &str = "{$dynamicFrom}";

/// What a notice says, while it waits for its vendor.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) title: String,
    pub(super) text: String,
    pub(super) from: String,
    pub(super) group: Option<String>,
    /// The number on the icon.
    pub(super) badge: u32,
    /// What the message says to vendors.
    pub(super) ext: Map<String, Value>,
}

/// What an app has for its notices.
pub(super) struct Means {
    pub(super) certificates: Vec<PushCertificate>,
    templates: Option<Templates>,
    /// Certificates for which as many notices wait as may.
    full: HashSet<String>,
}

impl Means {
    pub(super) async fn of(i: &Integrations, app: &App) -> Result<Self> {
        let certificates = push_certificates::list(i.store(), app.id).await?;
        let templates = match app.enabled(Feature::PushAdvanced) {
            true => Some(templates::by_name(i, app).await?),
            false => None,
        };
        let waiting = pushes::waiting(i.store(), app.id).await?;
        let full = waiting.into_iter().filter(|(_, n)| *n >= MOST_WAITING).map(|(id, _)| id);
        Ok(Self { certificates, templates, full: full.collect() })
    }

    fn wants_remarks(&self) -> bool {
        let templates = self.templates.iter().flat_map(HashMap::values);
        templates.into_iter().any(|(title, text)| title.contains(DYNAMIC) || text.contains(DYNAMIC))
    }
}

/// What was decided, and what is told of it.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) decided: Decided,
    pub(super) told: Vec<Told>,
}

/// Decides about messages, whatever was decided about them before.
pub(super) async fn collect(
    i: &Integrations,
    m: &Messaging,
    app: &App,
    means: &Means,
    messages: &[Message],
) -> Result<Outcome> {
    let mut run = Run::new(i, m, app, means, messages).await?;
    let mut single = Vec::new();
    for message in messages {
        match &message.receivers {
            Receivers::One(user) => single.push((message, user.clone())),
            Receivers::Members { circle, only: Some(users), .. } => {
                let named = run.members_among(circle, message.id, users).await?;
                run.of_circle(circle, message, named.into_iter().map(|user| (user, None))).await?;
            }
            Receivers::Members { circle, only: None, except } => {
                run.of_all_members(circle, message, except).await?;
            }
        }
    }
    for part in single.chunks(PAGE) {
        let part: Vec<_> =
            part.iter().map(|(message, user)| (*message, user.clone(), None)).collect();
        run.decide(PeerKind::User, None, &part).await?;
    }
    Ok(run.finish())
}

/// Decides about messages for one user only, once more.
pub(super) async fn collect_for(
    i: &Integrations,
    m: &Messaging,
    app: &App,
    (means, user): (&Means, &UserId),
    messages: &[Message],
) -> Result<Outcome> {
    let mut run = Run::new(i, m, app, means, messages).await?;
    run.is_again = true;
    for message in messages {
        let is_own = message.sender == *user;
        match &message.receivers {
            _ if is_own => {}
            Receivers::One(_) => {
                run.decide(PeerKind::User, None, &[(message, user.clone(), None)]).await?;
            }
            Receivers::Members { circle, .. } => {
                let user = std::slice::from_ref(user);
                let members = run.members_among(circle, message.id, user).await?;
                if !members.is_empty() && run.is_too_large(circle).await? {
                    run.fail(message, &members[0], None, Reason::GroupTooLarge);
                    continue;
                }
                let members = members.into_iter().map(|user| (user, None));
                run.of_circle(circle, message, members).await?;
            }
        }
    }
    Ok(run.finish())
}

/// Why a notice that has waited is not to be sent any more, if so: the message was withdrawn, the user has it or is back, wants
/// none now, or the device is not bound like that any more.
pub(super) async fn overtaken(
    i: &Integrations,
    m: &Messaging,
    app: &App,
    (means, push): (&Means, &Push),
) -> Result<Option<Reason>> {
    let entry = i.store().log().entry(app.id, push.message).await?;
    let Some(message) = entry.as_ref().and_then(Message::of) else {
        return Ok(Some(Reason::Overtaken));
    };
    let found = collect_for(i, m, app, (means, &push.user), &[message]).await?.decided;
    let is_same = |new: &Push| {
        new.device == push.device && new.token == push.token && new.notifier == push.notifier
    };
    if found.pushes.iter().any(is_same) {
        return Ok(None);
    }
    let of_device = found
        .results
        .iter()
        .find(|result| result.device.is_empty() || result.device == push.device);
    let reason = of_device.and_then(|result| Reason::of_word(&result.reason));
    Ok(Some(reason.unwrap_or(Reason::Overtaken)))
}

/// A message for a user, with the user's bindings where these are known.
type For<'a> = (&'a Message, UserId, Option<Vec<PushBinding>>);

struct Run<'a> {
    i: &'a Integrations,
    m: &'a Messaging,
    app: &'a App,
    means: &'a Means,
    now: Timestamp,
    minute: u16,
    day: i64,
    senders: HashMap<UserId, User>,
    groups: HashMap<GroupId, Option<(String, u32)>>,
    /// Whether it was decided about these messages before.
    is_again: bool,
    /// Whether a rule of callbacks wants to know.
    is_told: bool,
    /// Numbers on icons, those of this run included.
    badges: HashMap<UserId, u32>,
    outcome: Outcome,
}

impl<'a> Run<'a> {
    async fn new(
        i: &'a Integrations,
        m: &'a Messaging,
        app: &'a App,
        means: &'a Means,
        messages: &[Message],
    ) -> Result<Self> {
        let now = i.0.clock.now();
        let senders: HashSet<UserId> = messages.iter().map(|m| m.sender.clone()).collect();
        let senders: Vec<UserId> = senders.into_iter().collect();
        let senders = users::of_ids(i.store(), app.id, &senders).await?;
        Ok(Self {
            i,
            m,
            app,
            means,
            now,
            minute: minute_of_day(now, &app.settings.push.time_zone),
            day: i.platform().calendar().day(now).number(),
            senders: senders.into_iter().map(|user| (user.id.clone(), user)).collect(),
            groups: HashMap::new(),
            is_again: false,
            is_told: callbacks::wants_pushes(app),
            badges: HashMap::new(),
            outcome: Outcome::default(),
        })
    }

    fn finish(self) -> Outcome {
        self.outcome
    }

    /// Those of `users` who are in the group or thread and for whom the message is meant.
    async fn members_among(
        &self,
        circle: &OwnCircle,
        place: MessageId,
        users: &[UserId],
    ) -> Result<Vec<UserId>> {
        let (store, app) = (self.i.store(), self.app.id);
        let mut members = Vec::with_capacity(users.len());
        for user in users {
            let joined = match circle {
                OwnCircle::Group(group) => match groups::membership(store, app, group, user).await?
                {
                    groups::Membership::Member { joined_at, .. } => Some(joined_at),
                    _ => None,
                },
                OwnCircle::Thread(thread) => threads::joined_at(store, app, thread, user).await?,
            };
            if joined.is_some_and(|joined| joined < place) {
                members.push(user.clone());
            }
        }
        Ok(members)
    }

    /// Every member with a binding; of the others it is counted how many were not there.
    async fn of_all_members(
        &mut self,
        circle: &OwnCircle,
        message: &'a Message,
        except: &[UserId],
    ) -> Result<()> {
        let (store, app) = (self.i.store(), self.app.id);
        let online = nodes::online_in(self.m, app, &circle.conversation().key()).await;
        let members = match circle {
            OwnCircle::Group(group) => {
                let Some((_, members)) = self.group(group).await? else { return Ok(()) };
                u64::from(members)
            }
            OwnCircle::Thread(thread) => threads::member_count(store, app, thread).await?,
        };
        let away = members.saturating_sub(online.len() as u64);
        let away = away.saturating_sub(u64::from(!online.contains(&message.sender)));
        let most = self.app.most(Feature::PushGroupMembersMax) as u64;
        if members > most {
            self.count("", Reason::GroupTooLarge, away);
            return Ok(());
        }
        let (mut after, mut bound_away) = (None::<UserId>, 0_u64);
        loop {
            let place = (message.id, after.as_ref());
            let found = bindings::of_members(store, app, circle.borrowed(), place, PAGE).await?;
            let mut by_user: Vec<(UserId, Option<Vec<PushBinding>>)> = Vec::new();
            for (user, binding) in found {
                match by_user.last_mut() {
                    Some((last, Some(known))) if *last == user => known.push(binding),
                    _ => by_user.push((user, Some(vec![binding]))),
                }
            }
            let is_last = by_user.len() < PAGE;
            after = by_user.last().map(|(user, _)| user.clone()).or(after);
            by_user.retain(|(user, _)| *user != message.sender && !except.contains(user));
            let is_away = |user: &UserId| !online.contains(user);
            bound_away += by_user.iter().filter(|(user, _)| is_away(user)).count() as u64;
            self.of_circle(circle, message, by_user.into_iter()).await?;
            if is_last {
                break;
            }
        }
        let others = except.iter().filter(|user| !online.contains(user)).count() as u64;
        self.count("", Reason::NoBinding, away.saturating_sub(bound_away + others));
        Ok(())
    }

    /// Those of the given members who are not the sender.
    async fn of_circle(
        &mut self,
        circle: &OwnCircle,
        message: &'a Message,
        users: impl Iterator<Item = (UserId, Option<Vec<PushBinding>>)>,
    ) -> Result<()> {
        let users = users.filter(|(user, _)| *user != message.sender);
        let all: Vec<For<'a>> = users.map(|(user, known)| (message, user, known)).collect();
        let name = match circle {
            OwnCircle::Group(group) => self.group(group).await?.map(|(name, _)| name),
            OwnCircle::Thread(_) => None,
        };
        for part in all.chunks(PAGE) {
            self.decide(PeerKind::Muc, name.as_deref(), part).await?;
        }
        Ok(())
    }

    /// Whether a group has more members than are notified.
    async fn is_too_large(&mut self, circle: &OwnCircle) -> Result<bool> {
        let OwnCircle::Group(group) = circle else { return Ok(false) };
        let members = self.group(group).await?.map_or(0, |(_, members)| members);
        Ok(u64::from(members) > self.app.most(Feature::PushGroupMembersMax) as u64)
    }

    /// Name and number of members of a group.
    async fn group(&mut self, group: &GroupId) -> Result<Option<(String, u32)>> {
        if let Some(known) = self.groups.get(group) {
            return Ok(known.clone());
        }
        let found = groups::find(self.i.store(), self.app.id, group).await?;
        let facts = found.map(|found| (found.name, found.member_count));
        self.groups.insert(group.clone(), facts.clone());
        Ok(facts)
    }

    /// Decides about messages for users, of one kind of conversation.
    async fn decide(&mut self, kind: PeerKind, group: Option<&str>, all: &[For<'a>]) -> Result<()> {
        let app = self.app;
        let waits_for_all = app.settings.push.when == PushWhen::AllOffline;
        let router = self.m.router();
        // Who is there costs nothing more.
        let away = |user: &UserId| !(waits_for_all && router.is_online(app.id, user));
        let all: Vec<&For<'a>> = all.iter().filter(|(_, user, _)| away(user)).collect();
        if all.is_empty() {
            return Ok(());
        }
        let facts = Facts::read(self, kind, &all).await?;
        let have = self.holders(&all, &facts).await?;
        for (message, user, known) in all {
            let peer = match kind {
                PeerKind::User => message.sender.as_str(),
                PeerKind::Muc => message.to.as_str(),
            };
            let mut online = router.devices(app.id, user);
            online.extend(have.get(&(message.id, user.clone())).into_iter().flatten().cloned());
            let bound = known.as_ref().or_else(|| facts.bindings.get(user));
            let bound = bound.map_or(&[][..], Vec::as_slice);
            let settings = facts.settings.get(user).unwrap_or(&facts.no_settings);
            let wish = facts.wishes.get(&(user.clone(), peer.to_owned())).copied();
            let receiver = Receiver {
                user: facts.users.get(user),
                online: &online,
                bindings: bound,
                settings,
                wish: wish.unwrap_or_default(),
            };
            self.one(message, user, receiver, (&facts, group));
        }
        Ok(())
    }

    /// Which devices have the messages that are decided late: who was there then has them, though nobody is there now.
    async fn holders(
        &self,
        all: &[&For<'a>],
        facts: &Facts,
    ) -> Result<HashMap<(MessageId, UserId), Vec<DeviceId>>> {
        let late = all.iter().filter(|(message, user, known)| {
            let is_bound = known.is_some() || facts.bindings.contains_key(user);
            is_bound && self.now - message.sent > LATE_MS
        });
        let mut by_message: HashMap<MessageId, (&Message, Vec<UserId>)> = HashMap::new();
        for (message, user, _) in late {
            by_message.entry(message.id).or_insert((message, Vec::new())).1.push(user.clone());
        }
        let mut holders: HashMap<_, Vec<DeviceId>> = HashMap::new();
        if by_message.is_empty() {
            return Ok(holders);
        }
        // What devices have acknowledged a moment ago counts.
        devices::flush(self.m).await?;
        for (message, users) in by_message.into_values() {
            let log = self.i.store().log();
            let progress = log.progress(self.app.id, &message.conversation, users).await?;
            let has = |device: &DeviceProgress| {
                device.base < message.id && device.cursor.is_some_and(|at| at >= message.seq)
            };
            for device in progress.into_iter().filter(has) {
                holders.entry((message.id, device.user)).or_default().push(device.device);
            }
        }
        Ok(holders)
    }

    fn one(
        &mut self,
        message: &'a Message,
        user: &UserId,
        receiver: Receiver<'_>,
        (facts, group): (&Facts, Option<&str>),
    ) {
        let situation = Situation {
            now: self.now,
            minute: self.minute,
            when: self.app.settings.push.when,
            advanced: self.app.enabled(Feature::PushAdvanced),
            certificates: &self.means.certificates,
        };
        let is_call = message.overrides.apns.voip;
        let said = Said { sent: message.sent, ext: &message.ext, is_call };
        let decision = rules::decide(situation, said, receiver);
        // While others of its devices were there it counted at the first look, with the policy that looks at each.
        let counted = self.is_again && situation.when == PushWhen::AnyOffline;
        if decision != Decision::Nothing && !receiver.bindings.is_empty() && !counted {
            *self.badges.entry(user.clone()).or_insert(0) += 1;
            self.outcome.decided.badges.push((user.clone(), 1));
        }
        let devices = match decision {
            Decision::Nothing => return,
            Decision::None(reason) => return self.fail(message, user, None, reason),
            Decision::Devices(devices) => devices,
        };
        for device in devices {
            let certificate = match device.way {
                Ok(certificate) if self.means.full.contains(&certificate.id) => {
                    let at = Some((device.binding, Some(certificate)));
                    self.fail(message, user, at, Reason::QueueFull);
                    continue;
                }
                Ok(certificate) => certificate,
                Err(reason) => {
                    let named = self.means.certificates.iter();
                    let mut named = named.filter(|c| c.name == device.binding.notifier);
                    let at = Some((device.binding, named.next()));
                    self.fail(message, user, at, reason);
                    continue;
                }
            };
            let content = self.content(message, user, receiver, (facts, group));
            self.outcome.decided.pushes.push(Push {
                id: self.i.0.ids.next(self.now).0,
                message: message.id,
                user: user.clone(),
                device: device.binding.device_id.clone(),
                certificate: certificate.id.clone(),
                notifier: certificate.name.clone(),
                token: device.binding.device_token.clone(),
                content: serde_json::to_string(&content).unwrap_or_default(),
                interrupted: 0,
                tries: 0,
            });
        }
    }

    fn content(
        &self,
        message: &Message,
        user: &UserId,
        receiver: Receiver<'_>,
        (facts, group): (&Facts, Option<&str>),
    ) -> Content {
        let sender = self.senders.get(&message.sender).and_then(|user| user.nickname.as_deref());
        let sender = sender.filter(|name| !name.is_empty()).unwrap_or(message.sender.as_str());
        let settings = receiver.settings;
        let remark = facts.remarks.get(&(user.clone(), message.sender.clone()));
        let all = content::Message {
            kind: message.kind,
            text: &message.text,
            translations: &message.translations,
            ext: &message.ext,
            overrides: &message.overrides,
            sender,
            group,
        };
        let reader = Reader {
            user,
            language: content::language(&settings.language, self.app.settings.push.language),
            translation: &settings.language,
            shows_content: settings.shows_content,
            template: &settings.template,
            remark: remark.map_or("", String::as_str),
        };
        let (title, text) = content::title_and_text(all, reader, self.means.templates.as_ref());
        let badge = self.badges.get(user).copied().unwrap_or(0);
        let badge = badge + facts.badges.get(user).copied().unwrap_or(0);
        Content {
            title,
            text,
            from: message.sender.to_string(),
            group: matches!(message.receivers, Receivers::Members { .. })
                .then(|| message.to.clone()),
            badge: badge.min(BADGE_MAX),
            ext: message.vendor_ext(),
        }
    }

    /// Notes why there is no notice.
    fn fail(
        &mut self,
        message: &Message,
        user: &UserId,
        at: Option<(&PushBinding, Option<&PushCertificate>)>,
        reason: Reason,
    ) {
        let channel = at.and_then(|(_, certificate)| certificate);
        let result = PushResult {
            message: message.id,
            user: user.clone(),
            device: at.map(|(binding, _)| binding.device_id.clone()).unwrap_or_default(),
            notifier: at.map(|(binding, _)| binding.notifier.clone()).unwrap_or_default(),
            channel: channel.map(|certificate| certificate.vendor.clone()).unwrap_or_default(),
            status: PushStatus::Failure,
            reason: reason.word().to_owned(),
            answer: String::new(),
            time: self.now,
        };
        self.count(&result.channel.clone(), reason, 1);
        if self.is_told {
            self.outcome.told.push(Told {
                result: result.clone(),
                token: at.map(|(binding, _)| binding.device_token.clone()),
                from: message.sender.to_string(),
                group: matches!(message.receivers, Receivers::Members { .. })
                    .then(|| message.to.clone()),
                payload: Some(message.payload.clone()),
            });
        }
        self.outcome.decided.results.push(result);
    }

    fn count(&mut self, channel: &str, reason: Reason, n: u64) {
        if n > 0 {
            self.outcome.decided.figures.push(Figure {
                day: self.day,
                channel: channel.to_owned(),
                reason: reason.word().to_owned(),
                failure: n,
                ..Figure::default()
            });
        }
    }
}

/// What is known of users, their phones and their wishes.
#[derive(Default)]
struct Facts {
    users: HashMap<UserId, User>,
    bindings: HashMap<UserId, Vec<PushBinding>>,
    settings: HashMap<UserId, PushSettings>,
    no_settings: PushSettings,
    wishes: HashMap<(UserId, String), ConversationWish>,
    remarks: HashMap<(UserId, UserId), String>,
    badges: HashMap<UserId, u32>,
}

impl Facts {
    async fn read(run: &Run<'_>, kind: PeerKind, all: &[&For<'_>]) -> Result<Self> {
        let (store, app) = (run.i.store(), run.app.id);
        let mut facts = Self::default();
        let receivers: HashSet<&UserId> = all.iter().map(|(_, user, _)| user).collect();
        let receivers: Vec<UserId> = receivers.into_iter().cloned().collect();
        let found = users::of_ids(store, app, &receivers).await?;
        facts.users = found.into_iter().map(|user| (user.id.clone(), user)).collect();
        let unknown = all.iter().filter(|(_, _, known)| known.is_none());
        let unknown: HashSet<&UserId> = unknown.map(|(_, user, _)| user).collect();
        let unknown: Vec<UserId> = unknown.into_iter().cloned().collect();
        for (user, binding) in bindings::of_users(store, app, &unknown).await? {
            facts.bindings.entry(user).or_default().push(binding);
        }
        // Who has no phone to ring has no wishes that matter.
        let known = all.iter().filter(|(_, _, known)| known.is_some());
        let known: HashSet<UserId> = known.map(|(_, user, _)| user.clone()).collect();
        let bound: HashSet<UserId> = facts.bindings.keys().cloned().chain(known).collect();
        let bound: Vec<UserId> = bound.into_iter().collect();
        if bound.is_empty() {
            return Ok(facts);
        }
        facts.settings = wishes::of_users(store, app, &bound).await?.into_iter().collect();
        let peers: HashSet<&str> = all
            .iter()
            .map(|(message, _, _)| match kind {
                PeerKind::User => message.sender.as_str(),
                PeerKind::Muc => message.to.as_str(),
            })
            .collect();
        let peers: Vec<String> = peers.into_iter().map(str::to_owned).collect();
        for (user, peer, wish) in wishes::of_users_about(store, app, &bound, (kind, &peers)).await?
        {
            facts.wishes.insert((user, peer), wish);
        }
        if run.means.wants_remarks() {
            let senders: HashSet<&UserId> = all.iter().map(|(m, _, _)| &m.sender).collect();
            let senders: Vec<UserId> = senders.into_iter().cloned().collect();
            for (user, contact, remark) in contacts::remarks(store, app, &bound, &senders).await? {
                facts.remarks.insert((user, contact), remark);
            }
        }
        facts.badges = pushes::badges(store, app, &bound).await?.into_iter().collect();
        Ok(facts)
    }
}

/// Minutes since midnight in a zone; in UTC where the zone is unknown.
fn minute_of_day(now: Timestamp, zone: &str) -> u16 {
    let time = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let time = time.to_zoned(zone).time();
    let minutes = i32::from(time.hour()) * 60 + i32::from(time.minute());
    u16::try_from(minutes).unwrap_or(0)
}

/// The number of a notice's icon: Apple and Google are told it, the others add one.
pub(super) fn badge(vendor: Vendor, number: u32) -> hongyan_push::Badge {
    match vendor {
        Vendor::Apns | Vendor::Fcm => hongyan_push::Badge::Set(number),
        _ => hongyan_push::Badge::Add(1),
    }
}
