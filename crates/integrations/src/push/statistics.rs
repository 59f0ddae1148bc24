//! What became of notices: in figures, and for one message.

use std::collections::{BTreeMap, HashSet};

use hongyan_model::{App, Feature, GroupId, MessageId, Refusal, Result, UserId};
use hongyan_platform::Day as CalendarDay;
use hongyan_store::push_figures;
use hongyan_store::pushes::{self, PushResult};
use hongyan_store::{groups, push_bindings as bindings, push_certificates};

use super::rules::Reason;
use crate::Integrations;

/// Days in one answer.
const DAYS: i64 = 366;

/// Notices of a channel.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OfChannel {
    /// The vendor; empty for what was for none.
    pub channel: String,
    /// Taken by the vendor.
    pub success: u64,
    /// Refused, or not to be sent.
    pub failure: u64,
    /// Of which it is not known.
    pub unknown: u64,
    /// Shown by the phone, where the vendor says so.
    pub arrived: u64,
    /// Tapped on, where the vendor says so.
    pub clicked: u64,
}

/// Notices of a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Day {
    /// The day, in the installation's time zone.
    pub day: CalendarDay,
    /// Its channels.
    pub channels: Vec<OfChannel>,
}

/// Notices of some days.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    /// Days with notices.
    pub days: Vec<Day>,
    /// Why some failed, the most frequent first.
    pub reasons: Vec<(String, u64)>,
}

/// The figures of days, both included.
pub async fn statistics(
    i: &Integrations,
    app: &App,
    (first, last): (CalendarDay, CalendarDay),
) -> Result<Statistics> {
    let (first, last) = (first.number(), last.number());
    if last < first || last - first >= DAYS {
        let why = format!("{DAYS} days at most, the last not before the first");
        return Err(Refusal::Invalid { name: "to", why }.into());
    }
    let mut days: BTreeMap<i64, BTreeMap<String, OfChannel>> = BTreeMap::new();
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for figure in push_figures::read(i.store(), app.id, (first, last)).await? {
        let day = days.entry(figure.day).or_default();
        let of = day.entry(figure.channel.clone()).or_insert_with(|| OfChannel {
            channel: figure.channel.clone(),
            ..OfChannel::default()
        });
        of.success += figure.success;
        of.failure += figure.failure;
        of.unknown += figure.unknown;
        of.arrived += figure.arrived;
        of.clicked += figure.clicked;
        if !figure.reason.is_empty() {
            *reasons.entry(figure.reason).or_insert(0) += figure.failure + figure.unknown;
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let day = |(day, channels): (i64, BTreeMap<_, OfChannel>)| Day {
        day: CalendarDay::of_number(day),
        channels: channels.into_values().collect(),
    };
    Ok(Statistics { days: days.into_iter().map(day).collect(), reasons })
}

/// What became of a message at users: notices that have come to an end, and those that wait (user, device, certificate).
pub async fn of_message(
    i: &Integrations,
    app: &App,
    message: MessageId,
    users: &[UserId],
) -> Result<(Vec<PushResult>, Vec<(UserId, String, String)>)> {
    Ok(pushes::of_message(i.store(), app.id, message, users).await?)
}

/// Why members of a group who have not got a message have no notice of it either, as far as it shows by now: members without a
/// phone have no results of their own (docs/push.md, "Left out").
pub async fn unnotified(
    i: &Integrations,
    app: &App,
    group: &GroupId,
    users: &[UserId],
) -> Result<Vec<(UserId, Reason)>> {
    let store = i.store();
    if !app.enabled(Feature::Push) || push_certificates::list(store, app.id).await?.is_empty() {
        return Ok(Vec::new());
    }
    let members = groups::find(store, app.id, group).await?.map_or(0, |group| group.member_count);
    if u64::from(members) > app.most(Feature::PushGroupMembersMax) as u64 {
        return Ok(users.iter().map(|user| (user.clone(), Reason::GroupTooLarge)).collect());
    }
    let bound = bindings::of_users(store, app.id, users).await?;
    let bound: HashSet<UserId> = bound.into_iter().map(|(user, _)| user).collect();
    let unbound = users.iter().filter(|user| !bound.contains(user));
    Ok(unbound.map(|user| (user.clone(), Reason::NoBinding)).collect())
}
