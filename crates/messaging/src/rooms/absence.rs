//! Members who stay away leave by themselves.
//!
//! A session that ends notes its user; who has no session some time later (`rooms.absence_seconds`) leaves its rooms. After a start nobody is
//! noted: members who have not come back by then are looked up once. Owners stay, allowed members stay, and so do
//! users who never logged in: somebody else brought them in.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use hongyan_model::{
    Actor, AppId, Caller, IdGenerator, Muc, Origin, Result, Role, RoomId, Timestamp, UserId,
};
use hongyan_platform::apps;
use hongyan_store::{connections, rooms};
use parking_lot::Mutex;

use super::announce;
use super::members::take_out;
use crate::muc::Leaving;
use crate::periodic::every;
use crate::{Messaging, muc};

/// How often it is looked who has been away for too long.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);
/// Longer than it takes until the end of a connection is in the history.
const WRITTEN_WITHIN: Duration = Duration::from_secs(3);
/// Users looked at together.
const BATCH: usize = 500;

/// Users of rooms whose last session ended lately. Bounded by the users who were online within that time.
pub(crate) struct Absences {
    /// How long a user may be away.
    tolerated_ms: i64,
    state: Mutex<State>,
}

struct State {
    /// When a user's session ended last.
    away: HashMap<(AppId, UserId), Timestamp>,
    /// The same in order of time; a later note makes an earlier one void.
    notes: VecDeque<(Timestamp, AppId, UserId)>,
    /// Members from before this start.
    former: Former,
}

enum Former {
    /// They may still come back, until then.
    Awaited(Timestamp),
    /// Looked up behind this one.
    LookedUp(Option<(AppId, UserId)>),
    Done,
}

impl Absences {
    pub(crate) fn new(now: Timestamp, tolerated_ms: i64) -> Self {
        let state = State {
            away: HashMap::new(),
            notes: VecDeque::new(),
            former: Former::Awaited(now.saturating_add(tolerated_ms)),
        };
        Self { tolerated_ms, state: Mutex::new(state) }
    }

    pub(super) fn note(&self, app: AppId, user: &UserId, now: Timestamp) {
        let state = &mut *self.state.lock();
        state.away.insert((app, user.clone()), now);
        state.notes.push_back((now, app, user.clone()));
    }

    /// Takes some of those whose last note is old enough.
    fn take_due(&self, now: Timestamp) -> Vec<(AppId, UserId)> {
        let state = &mut *self.state.lock();
        let mut due = Vec::new();
        while due.len() < BATCH
            && let Some((at, app, user)) =
                state.notes.pop_front_if(|(at, ..)| now.saturating_sub(*at) >= self.tolerated_ms)
        {
            let user = (app, user);
            if state.away.get(&user) == Some(&at) {
                state.away.remove(&user);
                due.push(user);
            }
        }
        due
    }

    /// Where to look for members from before the start; `None` if there is nothing to do.
    fn former_to_look_up(&self, now: Timestamp) -> Option<Option<(AppId, UserId)>> {
        match &self.state.lock().former {
            Former::Awaited(until) if now < *until => None,
            Former::Awaited(_) => Some(None),
            Former::LookedUp(place) => Some(place.clone()),
            Former::Done => None,
        }
    }

    /// Those of a page of them who are not noted as away since a later time.
    fn not_noted(&self, page: &[(AppId, UserId)]) -> Vec<(AppId, UserId)> {
        let state = self.state.lock();
        page.iter().filter(|user| !state.away.contains_key(*user)).cloned().collect()
    }

    /// Notes that a page of them was looked up.
    fn looked_up(&self, page: &[(AppId, UserId)]) {
        self.state.lock().former = match page.last() {
            Some(last) if page.len() == BATCH => Former::LookedUp(Some(last.clone())),
            _ => Former::Done,
        };
    }
}

/// A connection of `user`, who is in rooms, has ended; there may be others.
pub(crate) fn note_absence(m: &Messaging, app: AppId, user: &UserId) {
    m.0.absences.note(app, user, m.clock().now());
}

/// A node has stopped, and with it what it had noted: members who do not come back are looked up, as after a start.
fn look_again(m: &Messaging) {
    let until = m.clock().now().saturating_add(m.0.absences.tolerated_ms);
    m.0.absences.state.lock().former = Former::Awaited(until);
}

/// Lets everybody leave who has been away for too long; answers how many memberships ended. Nobody does while other nodes are
/// not heard.
///
/// Stopping a sweep at any point loses nothing: who was not reached is found after the next start. Whom a failure kept in
/// is looked at again.
pub async fn sweep(m: &Messaging) -> Result<usize> {
    let now = m.clock().now();
    let mut ended = 0;
    // Otherwise who seems to be away may be connected to a node that is not heard.
    while m.router().knows_who_is_online() {
        let due = m.0.absences.take_due(now);
        if due.is_empty() {
            break;
        }
        match leave_all(m, &due).await {
            Ok(left) => ended += left,
            Err(error) => {
                due.iter().for_each(|(app, user)| note_absence(m, *app, user));
                return Err(error);
            }
        }
    }
    while m.router().knows_who_is_online()
        && let Some(place) = m.0.absences.former_to_look_up(now)
    {
        let page = rooms::guests(m.store(), place.as_ref(), BATCH).await?;
        ended += leave_all(m, &m.0.absences.not_noted(&page)).await?;
        m.0.absences.looked_up(&page);
    }
    Ok(ended)
}

async fn leave_all(m: &Messaging, users: &[(AppId, UserId)]) -> Result<usize> {
    let mut away = Vec::new();
    for (app, user) in users {
        if !m.router().is_online(*app, user) && !never_logged_in(m, *app, user).await? {
            away.push((*app, user.clone()));
        }
    }
    if m.router().is_clustered() && !away.is_empty() {
        away = away_from_all(m, away).await?;
    }
    let mut leaving: BTreeMap<(AppId, RoomId), Vec<UserId>> = BTreeMap::new();
    for (app, user) in away {
        for (room, role) in rooms::roles(m.store(), app, &user).await? {
            let muc = Muc::Room(room.clone());
            if role < Role::Owner && !muc::restrictions(m, app, &muc, &user).await?.allowed {
                leaving.entry((app, room)).or_default().push(user.clone());
            }
        }
    }
    let mut ended = 0;
    for ((app, room), mut users) in leaving {
        // To find the rooms of many takes its time.
        users.retain(|user| !m.router().is_online(app, user));
        if !m.router().knows_who_is_online() {
            // Since a moment ago.
            users.iter().for_each(|user| note_absence(m, app, user));
            continue;
        }
        let Some(app) = apps::find_by_id(m.platform(), app).await? else { continue };
        let caller =
            Caller { app, actor: Actor::App, origin: Origin::System, device: None, client: None };
        let below = (Role::Owner, Leaving::Absence);
        let Some(gone) = take_out(m, &caller, &room, &users, below).await? else { continue };
        // Who came back in this moment is out all the same, and is told.
        announce::kicked(m, &caller, &room, &gone).await;
        ended += gone.len();
    }
    Ok(ended)
}

/// Those who have been on no other node either for as long as one may be away, as the history of connections has it. This node
/// does not know when they left another one; they are noted anew.
async fn away_from_all(
    m: &Messaging,
    mut away: Vec<(AppId, UserId)>,
) -> Result<Vec<(AppId, UserId)>> {
    let since = IdGenerator::floor(m.clock().now() - m.0.absences.tolerated_ms);
    tokio::time::sleep(WRITTEN_WITHIN).await;
    away.sort_unstable();
    let mut gone = Vec::with_capacity(away.len());
    for of_app in away.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((app, _)) = of_app.first() else { continue };
        let users: Vec<UserId> = of_app.iter().map(|(_, user)| user.clone()).collect();
        let lines = connections::newest(m.store(), *app, &users, since).await?;
        for user in users.into_iter().filter(|user| !m.router().is_online(*app, user)) {
            let there = lines.iter().filter(|line| line.user == user).map(|line| line.time).max();
            match there {
                Some(there) => m.0.absences.note(*app, &user, there),
                None => gone.push((*app, user)),
            }
        }
    }
    Ok(gone)
}

async fn never_logged_in(m: &Messaging, app: AppId, user: &UserId) -> Result<bool> {
    Ok(m.store().log().devices_named(app, user, "").await?.is_empty())
}

/// Starts the task that sweeps; it ends with the last [`Messaging`].
pub(crate) fn start_sweeper(m: &Messaging) {
    let weak = m.downgrade();
    m.router().on_left(move || {
        if let Some(m) = weak.upgrade().map(Messaging)
            && m.router().is_first(m.ids().node())
        {
            look_again(&m);
        }
    });
    let failed = "members who stayed away could not be let go";
    every(m, SWEEP_INTERVAL, failed, |m| async move {
        let ended = sweep(&m).await?;
        if ended > 0 {
            tracing::debug!(ended, "members who stayed away left their rooms");
        }
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: AppId = AppId(1);
    const TOLERATED: i64 = 120_000;

    fn user(id: &str) -> UserId {
        UserId::from_trusted(id)
    }

    #[test]
    fn the_last_note_of_a_user_counts() {
        let absences = Absences::new(0, TOLERATED);
        absences.note(APP, &user("a"), 1_000);
        absences.note(APP, &user("b"), 2_000);
        absences.note(APP, &user("a"), 3_000);
        let names = |now| -> Vec<String> {
            let due = absences.take_due(now);
            due.into_iter().map(|(_, user)| user.to_string()).collect()
        };
        assert_eq!(names(TOLERATED + 999), Vec::<String>::new());
        assert_eq!(names(TOLERATED + 2_000), ["b"]);
        assert_eq!(names(TOLERATED + 3_000), ["a"]);
        assert_eq!(names(i64::MAX / 2), Vec::<String>::new());
    }

    #[test]
    fn members_from_before_the_start_are_looked_up_once_and_late() {
        let absences = Absences::new(0, TOLERATED);
        assert_eq!(absences.former_to_look_up(TOLERATED - 1), None);
        assert_eq!(absences.former_to_look_up(TOLERATED), Some(None));
        absences.note(APP, &user("b"), TOLERATED - 1);
        let page = vec![(APP, user("a")), (APP, user("b"))];
        assert_eq!(absences.not_noted(&page), [(APP, user("a"))]);
        assert_eq!(absences.former_to_look_up(TOLERATED), Some(None), "until they have left");
        absences.looked_up(&page);
        assert_eq!(absences.former_to_look_up(TOLERATED), None);
    }
}
