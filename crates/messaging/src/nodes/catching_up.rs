//! What other nodes have done to sessions of this one, where the bus did not say so.
//!
//! Bans, new passwords and logouts are noted in the database beside being told; while the bus is not to be relied on, and
//! once after it was not, the notes are read every 250 ms. Whatever else concerns sessions is stored anyway: as long and
//! as often, though less frequently, all sessions are looked over, some users at a time.

use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::{Kick, LoginMark, Memberships, Seat};
use hongyan_model::{
    App, AppId, Conversation, DeviceId, DeviceLimit, IdGenerator, MessageId, Result, Timestamp,
    UserId,
};
use hongyan_platform::apps;
use hongyan_store::session_ends::{self, EndReason, SessionEnd};
use hongyan_store::standings::{self, Standing};
use hongyan_store::users;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::periodic::every;
use crate::{Messaging, connections, groups};

/// How often it is looked whether something was missed.
const LOOK: Duration = Duration::from_millis(250);
/// Between two times that all sessions are looked over, at least; and at least so many times as long as that took.
const REST: Duration = Duration::from_secs(2);
const REST_TIMES: u32 = 4;
/// What was noted before the bus failed may become visible so much later.
const UNDER_WAY_MS: i64 = 10_000;
/// Notes read at once.
const ENDS: usize = 1000;
/// How long notes are kept, how often old ones are removed, and how many in one statement.
const KEPT_MS: Timestamp = 24 * 3600 * 1000;
const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);
const SWEPT: usize = 1000;
/// How often the memberships of a user are read who moves meanwhile.
const TRIES: usize = 3;

/// Up to when this node has heard everything.
struct Heard {
    until: MessageId,
    gaps: u64,
    /// Whether it could not hear then.
    deaf: bool,
}

impl Heard {
    fn now(m: &Messaging) -> Self {
        let (gaps, deaf) = (m.router().gaps(), m.router().is_deaf());
        Self { until: m.ids().next(m.clock().now()), gaps, deaf }
    }

    /// Behind which something may have been missed.
    fn overlapping(&self) -> MessageId {
        IdGenerator::floor(IdGenerator::time_of(self.until).saturating_sub(UNDER_WAY_MS))
    }

    /// Whether everything was heard between then and `now`.
    fn is_complete(&self, now: &Self) -> bool {
        !self.deaf && !now.deaf && self.gaps == now.gaps
    }
}

/// Starts catching up; it ends with the last [`Messaging`].
pub(super) fn start(m: &Messaging) {
    if !m.router().is_clustered() {
        return;
    }
    let heard = Arc::new(Mutex::new(Heard::now(m)));
    let failed = "sessions that other nodes have ended cannot be read";
    every(m, LOOK, failed, move |m| {
        let heard = heard.clone();
        async move { read_ends(&m, &mut *heard.lock().await).await }
    });
    let looked = Arc::new(Mutex::new((Heard::now(m), Instant::now())));
    let failed = "sessions could not be looked over";
    every(m, LOOK, failed, move |m| {
        let looked = looked.clone();
        async move {
            let (heard, next) = &mut *looked.lock().await;
            look_over_if_due(&m, heard, next).await
        }
    });
    every(m, SWEEP_EVERY, "old ends of sessions could not be removed", |m| async move {
        let oldest = IdGenerator::floor(m.clock().now() - KEPT_MS);
        while session_ends::forget(m.store(), oldest, SWEPT).await? == SWEPT as u64 {}
        Ok(())
    });
}

async fn read_ends(m: &Messaging, heard: &mut Heard) -> Result<()> {
    let now = Heard::now(m);
    let mut spared = m.router().take_spared();
    spared.sort_unstable();
    spared.dedup();
    while let Some((app, user)) = spared.pop() {
        if let Err(error) = look_up(m, app, &user).await {
            spared.push((app, user));
            m.router().put_back_spared(spared);
            return Err(error);
        }
    }
    if heard.is_complete(&now) {
        *heard = now;
        return Ok(());
    }
    let mut after = heard.overlapping();
    loop {
        let ends = session_ends::since(m.store(), after, ENDS).await?;
        for end in &ends {
            if m.router().is_here(end.app, &end.user) {
                apply(m, end).await?;
            }
        }
        match ends.last() {
            Some(last) if ends.len() == ENDS => after = last.id,
            _ => break,
        }
    }
    *heard = now;
    Ok(())
}

async fn apply(m: &Messaging, end: &SessionEnd) -> Result<()> {
    let (app, user) = (end.app, &end.user);
    if end.reason == EndReason::LoggedOut {
        let meant = (user, end.device.as_ref());
        let outdated = |login: Option<LoginMark>| login.is_some_and(|login| login.at < end.id);
        m.router().end_outdated(app, meant, &Kick::LoggedOut, outdated);
        return Ok(());
    }
    look_up(m, app, user).await
}

/// Ends the sessions of a user that it may not have.
async fn look_up(m: &Messaging, app: AppId, user: &UserId) -> Result<()> {
    let read_at = m.ids().next(m.clock().now());
    let found = users::find(m.store(), app, user).await?;
    let standing = found.map(|user| (user.activated, user.token_epoch));
    end_unless_standing(m, (app, user), standing, read_at);
    Ok(())
}

/// Ends the sessions of a user that began before `read_at`, when it was stored as activated and under this epoch, or not
/// at all, if it may not have them.
fn end_unless_standing(
    m: &Messaging,
    (app, user): (AppId, &UserId),
    standing: Option<(bool, i64)>,
    read_at: MessageId,
) {
    let (kick, epoch) = match standing {
        None => (Kick::UserRemoved, None),
        Some((false, _)) => (Kick::Banned, None),
        Some((true, epoch)) => (Kick::PasswordChanged, Some(epoch)),
    };
    m.router().end_outdated(app, (user, None), &kick, |login| {
        login.is_some_and(|login| login.at < read_at && Some(login.token_epoch) != epoch)
    });
}

/// Looks all sessions over if something was missed and the last time was long enough ago.
async fn look_over_if_due(m: &Messaging, heard: &mut Heard, next: &mut Instant) -> Result<()> {
    let now = Heard::now(m);
    if heard.is_complete(&now) {
        *heard = now;
        return Ok(());
    }
    if Instant::now() < *next {
        return Ok(());
    }
    let began = Instant::now();
    let looked_over = look_over(m, heard.overlapping()).await;
    let took = began.elapsed();
    *next = Instant::now() + REST.max(took * REST_TIMES);
    let (users, is_settled) = looked_over?;
    tracing::debug!(users, ?took, "sessions were looked over");
    if is_settled {
        *heard = now;
    }
    Ok(())
}

/// Brings the sessions of this node in line with what is stored; answers of how many users, and whether none of them was moving
/// meanwhile. `missed_since`: what was stored before was heard.
async fn look_over(m: &Messaging, missed_since: MessageId) -> Result<(usize, bool)> {
    m.router().forget_cached();
    let users = m.router().users_here();
    let mut is_settled = true;
    for of_app in users.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((app, _)) = of_app.first() else { continue };
        let Some(app) = apps::find_by_id(m.platform(), *app).await? else { continue };
        let users: Vec<UserId> = of_app.iter().map(|(_, user)| user.clone()).collect();
        for users in users.chunks(standings::BATCH) {
            let began = Instant::now();
            is_settled &= look_at(m, &app, users, missed_since).await?;
            // Half of the time is for others.
            tokio::time::sleep(began.elapsed()).await;
        }
    }
    Ok((users.len(), is_settled))
}

async fn look_at(
    m: &Messaging,
    app: &App,
    users: &[UserId],
    missed_since: MessageId,
) -> Result<bool> {
    let mut moving = users.to_vec();
    for _ in 0..TRIES {
        let read_at = m.ids().next(m.clock().now());
        let standings = standings::of(m.store(), app.id, &moving).await?;
        moving.retain(|user| {
            let standing = standings.get(user);
            let stands = standing.map(|standing| (standing.activated, standing.token_epoch));
            end_unless_standing(m, (app.id, user), stands, read_at);
            let wanted = memberships(standing);
            m.router().reconcile(app.id, user, &wanted, read_at)
        });
        if moving.is_empty() {
            break;
        }
        // Whom the bus has told of something newer meanwhile is put back to what was read: once more.
    }
    connections::note_returned(m, app.id, users, missed_since).await?;
    if !m.router().is_deaf() {
        let limit = |device: &DeviceId| -> DeviceLimit { app.device_limit(device) };
        users.iter().for_each(|user| m.router().give_way_late(app.id, user, limit));
    }
    Ok(moving.is_empty())
}

fn memberships(standing: Option<&Standing>) -> Memberships {
    let Some(standing) = standing else { return Memberships::default() };
    let heard = standing.groups.iter().filter(|(_, heard_from)| *heard_from != groups::UNHEARD);
    let groups = heard.map(|(group, _)| Conversation::Group(group.clone()).key());
    let threads = standing.threads.iter().map(|id| Conversation::Thread(id.clone()).key());
    let rooms = standing.rooms.iter().map(|(room, joined_at, left_at)| Seat {
        room: room.clone(),
        since: *joined_at,
        left_at: *left_at,
    });
    Memberships { circles: groups.chain(threads).collect(), rooms: rooms.collect() }
}
