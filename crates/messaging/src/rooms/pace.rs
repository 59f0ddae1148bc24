//! How much of what a room says is delivered.
//!
//! Each room has a budget of messages per second (`rooms.messages_per_second`). Above it messages of low priority are
//! kept back first, then normal ones, high ones never: those are delivered whatever the budget, and what they take is
//! missing to the others. A message that is kept back is stored, acknowledged and in the room's history; it is only
//! not delivered. Whether it is, is decided once, before it is stored, and stands in its entry.
//!
//! Several nodes share a budget: each takes out of it what it hears of the others, but for a [`PART`].

use std::num::NonZeroUsize;
use std::sync::Arc;

use hongyan_cluster::{Counts, Router};
use hongyan_model::{
    AppId, Caller, Clock, EntryFlags, Feature, Muc, Result, Role, RoomId, Timestamp, UserId,
};
use lru::LruCache;
use parking_lot::{Mutex, MutexGuard};

use crate::messages::Priority;
use crate::{Messaging, muc};

/// Rooms whose budget is known; one that is forgotten has its whole budget again.
const ROOMS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(50_000);
/// A room that keeps messages back is logged this often.
const WARN_EVERY_MS: i64 = 60_000;
/// Budgets are counted in thousandths of a message.
const MESSAGE: i64 = 1000;
/// Until so much of a second's budget is taken here, other nodes are not told: it does not matter to them.
const PART: i64 = 32;

/// The budgets of the rooms that were written to lately. Costs a lock and a look-up per message, nothing without a
/// limit.
pub(crate) struct RoomPace {
    per_second: i64,
    rooms: Arc<Mutex<Rooms>>,
    together: Arc<Counts<(AppId, RoomId)>>,
}

type Rooms = LruCache<(AppId, RoomId), Budget>;

/// What a room may still say. Grows by `per_second` each second, up to what a second gives.
struct Budget {
    left: i64,
    at: Timestamp,
    /// The second in which a message was admitted here last, and how many were in it.
    own: (i64, i64),
    /// Messages kept back since the last log line.
    kept_back: u64,
    warned: Timestamp,
}

impl RoomPace {
    pub(crate) fn new(per_second: u32, router: &Arc<Router>, clock: Arc<dyn Clock>) -> Self {
        let per_second = i64::from(per_second);
        let rooms = Arc::new(Mutex::new(LruCache::new(ROOMS)));
        let together = Counts::new(router, "rooms.pace", {
            let rooms = rooms.clone();
            move |room, number| {
                let mut rooms: MutexGuard<'_, Rooms> = rooms.lock();
                let number = i64::try_from(number).unwrap_or(i64::MAX);
                Budget::of(&mut rooms, room, per_second, clock.now()).take(number, per_second);
            }
        });
        Self { per_second, rooms, together }
    }

    /// Takes a message out of the room's budget; `false`: there is not enough left for its priority.
    fn admits(&self, app: AppId, room: &RoomId, priority: Priority, now: Timestamp) -> bool {
        if self.per_second == 0 {
            return true;
        }
        let full = self.per_second * MESSAGE;
        let mut rooms = self.rooms.lock();
        let budget = Budget::of(&mut rooms, (app, room.clone()), self.per_second, now);

        // Low messages leave a part of the budget to the others. With a full budget any message passes.
        let least = match priority {
            Priority::High => i64::MIN,
            Priority::Normal => MESSAGE,
            Priority::Low => (full / 2).max(MESSAGE),
        };
        if budget.left >= least {
            budget.take(1, self.per_second);
            let matters = budget.admitted(now) > self.per_second / PART;
            drop(rooms);
            if matters {
                self.together.add((app, room.clone()), 1);
            }
            return true;
        }
        budget.kept_back += 1;
        if now - budget.warned >= WARN_EVERY_MS {
            let kept_back = std::mem::take(&mut budget.kept_back);
            budget.warned = now;
            drop(rooms);
            tracing::warn!(%room, kept_back, "a chat room says more than is delivered; messages are kept back");
        }
        false
    }
}

impl Budget {
    /// That of a room, with what has come in since.
    fn of(rooms: &mut Rooms, room: (AppId, RoomId), per_second: i64, now: Timestamp) -> &mut Self {
        let full = per_second * MESSAGE;
        let fresh =
            || Self { left: full, at: now, own: (0, 0), kept_back: 0, warned: now - WARN_EVERY_MS };
        let budget = rooms.get_or_insert_mut(room, fresh);
        let elapsed = (now - budget.at).clamp(0, 2 * MESSAGE);
        budget.left = (budget.left + elapsed * per_second).min(full);
        budget.at = now;
        budget
    }

    /// One was admitted here; answers how many were in this second.
    fn admitted(&mut self, now: Timestamp) -> i64 {
        let second = now.div_euclid(1000);
        let (of, before) = self.own;
        self.own = (second, if of == second { before + 1 } else { 1 });
        self.own.1
    }

    /// However much is high, the others wait for a second at most.
    fn take(&mut self, messages: i64, per_second: i64) {
        let left = self.left.saturating_sub(messages.saturating_mul(MESSAGE));
        self.left = left.max(-per_second * MESSAGE);
    }
}

/// The flags of a message that `sender` sends to a room as `role`: whether it is kept back.
///
/// What owner, administrators and allowed members say counts as high, and so does nothing without the feature: then
/// all messages are alike.
pub(crate) async fn keeps_back(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    (sender, role): (&UserId, Role),
    says: Priority,
) -> Result<EntryFlags> {
    let pace = &m.0.room_pace;
    if pace.per_second == 0 {
        return Ok(EntryFlags::default());
    }
    let app = &caller.app;
    let priority = if !app.enabled(Feature::RoomPriority) {
        Priority::Normal
    } else if role >= Role::Admin
        || muc::restrictions(m, app.id, &Muc::Room(room.clone()), sender).await?.allowed
    {
        Priority::High
    } else {
        says
    };
    let admitted = pace.admits(app.id, room, priority, m.clock().now());
    Ok(if admitted { EntryFlags::default() } else { EntryFlags::KEPT_BACK })
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: AppId = AppId(1);

    fn paced(per_second: u32) -> RoomPace {
        RoomPace::new(per_second, &Arc::default(), Arc::new(hongyan_model::SystemClock))
    }

    fn room() -> RoomId {
        RoomId::from_trusted("1")
    }

    /// How many of each priority pass in `seconds` of sending `each` of all three per second, after three
    /// seconds that used the budget up.
    fn passed(per_second: u32, each: [i64; 3], seconds: i64) -> [i64; 3] {
        let pace = paced(per_second);
        let mut passed = [0; 3];
        for ms in 0..(seconds + 3) * 1000 {
            for (number, priority) in
                [Priority::High, Priority::Normal, Priority::Low].into_iter().enumerate()
            {
                let due = each[number] * (ms + 1) / 1000 - each[number] * ms / 1000;
                for _ in 0..due {
                    let admitted = pace.admits(APP, &room(), priority, ms);
                    passed[number] += i64::from(admitted && ms >= 3000);
                }
            }
        }
        passed
    }

    #[test]
    fn low_goes_first_then_normal_never_high() {
        // Within the budget.
        assert_eq!(passed(100, [30, 30, 30], 10), [300, 300, 300]);
        // The others leave 40 of 100.
        let [high, normal, low] = passed(100, [30, 30, 140], 10);
        assert_eq!((high, normal), (300, 300));
        assert!((390..=410).contains(&low), "{low}");
        // High leaves 33 of 100.
        let [high, normal, low] = passed(100, [67, 67, 66], 10);
        assert_eq!((high, low), (670, 0));
        assert!((320..=340).contains(&normal), "{normal}");
        // High alone is too much.
        assert_eq!(passed(100, [334, 333, 333], 10), [3340, 0, 0]);
    }

    #[test]
    fn a_quiet_room_may_say_a_seconds_worth_at_once() {
        let pace = paced(10);
        let burst =
            |priority, now| (0..30).filter(|_| pace.admits(APP, &room(), priority, now)).count();
        assert_eq!(burst(Priority::Low, 0), 6);
        assert_eq!(burst(Priority::Normal, 0), 4);
        assert_eq!(burst(Priority::High, 0), 30);
        // In debt by a second: two seconds later all is well.
        assert_eq!(burst(Priority::Normal, 1000), 0);
        assert_eq!(burst(Priority::Normal, 2000), 10);
    }

    #[test]
    fn rooms_have_budgets_of_their_own_and_no_limit_is_none() {
        let pace = paced(1);
        assert!(pace.admits(APP, &room(), Priority::Low, 0));
        assert!(!pace.admits(APP, &room(), Priority::Low, 0));
        assert!(pace.admits(AppId(2), &room(), Priority::Low, 0));
        assert!(pace.admits(APP, &RoomId::from_trusted("2"), Priority::Low, 0));
        let pace = paced(0);
        assert!((0..1000).all(|_| pace.admits(APP, &room(), Priority::Low, 0)));
    }
}
