//! Sealing the figures of a day that is over.

use hongyan_model::Result;
use hongyan_model::billing::SealedDay;
use hongyan_store::billing::{self as stored, BillingState, Unsealed};
use hongyan_store::counters::Counted;
use hongyan_store::metering::Figure;

use crate::{Day, Platform};

/// After midnight, until every node has written what it counted.
const WAIT_MS: i64 = 10 * 60_000;
/// Apps in one step.
const STEP: u32 = 200;

/// Seals every day that is over and not sealed; answers how far billing has come then.
pub(super) async fn seal(p: &Platform, mut state: BillingState) -> Result<BillingState> {
    let calendar = p.calendar();
    let now = p.clock().now();
    // What was before the first look is nobody's business.
    let mut day = match state.sealed {
        Some(sealed) => Day::of_number(sealed).plus(1),
        None => calendar.day(now).plus(-1),
    };
    while calendar.start(day.plus(1)).saturating_add(WAIT_MS) <= now {
        let end = calendar.start(day.plus(1));
        loop {
            let apps = stored::unsealed(p.store(), day.number(), end, STEP).await?;
            for app in &apps {
                stored::seal(p.store(), &sealed(app, day)).await?;
            }
            if apps.len() < STEP as usize {
                break;
            }
        }
        let after = BillingState { sealed: Some(day.number()), ..state };
        stored::set_state(p.store(), state, after).await?;
        state = after;
        day = day.plus(1);
    }
    Ok(state)
}

/// The figures of an app on a day. Counts are those of now less what was made and ended since; what a day begins and ends
/// with, and its notes of the most in between, make its peak.
fn sealed(app: &Unsealed, day: Day) -> SealedDay {
    let sum = |figure: Figure, of_day: bool| -> u64 {
        let figures = app
            .figures
            .iter()
            .filter(|(number, known, _)| *known == figure && (*number == day.number()) == of_day);
        figures.map(|(_, _, value)| *value).sum()
    };
    let count = |what: Counted| app.counts.get(&what).copied().unwrap_or_default();
    let at_end =
        |what, made, ended| (count(what) + sum(ended, false)).saturating_sub(sum(made, false));
    let groups = at_end(Counted::Groups, Figure::NewGroups, Figure::DissolvedGroups);
    let rooms = at_end(Counted::Rooms, Figure::NewRooms, Figure::DissolvedRooms);
    let made = sum(Figure::NewGroups, true) + sum(Figure::NewRooms, true);
    let ended = sum(Figure::DissolvedGroups, true) + sum(Figure::DissolvedRooms, true);
    let end = groups + rooms;
    let start = (end + ended).saturating_sub(made);
    SealedDay {
        app: app.app,
        org: app.org,
        app_key: app.app_key.clone(),
        day: day.number(),
        dau: sum(Figure::ActiveUsers, true),
        groups_and_rooms: end.max(start).max(sum(Figure::PeakGroupsAndRooms, true)),
        registered: at_end(Counted::Users, Figure::Registrations, Figure::Deletions),
        messages: app.messages,
    }
}
