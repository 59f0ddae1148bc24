//! What a new day brings: letting go of what is no longer asked for.

use hongyan_model::Result;
use hongyan_platform::Day;
use hongyan_store::metering::{self as stored, Subject};

use crate::Messaging;

/// Days after which a day is surely counted to its end.
const SETTLED: i64 = 2;
/// Days before those which are looked at again, in case the server was down when it was their turn.
const LOOK_BACK: i64 = 7;
/// Subjects of a settled day that stay: the busiest.
const KEPT_SUBJECTS: usize = 500;
/// Days for which subjects are kept.
const SUBJECT_DAYS: i64 = 400;
/// Rows removed in one statement.
const ROWS: usize = 1000;

/// On the first call of a day, and of the process, starts the upkeep.
pub(super) async fn at_day_change(m: &Messaging, last: &mut Option<Day>) -> Result<()> {
    let today = m.platform().calendar().day(m.clock().now());
    if last.replace(today) == Some(today) {
        return Ok(());
    }
    let m = m.clone();
    tokio::spawn(async move {
        if let Err(error) = run(&m, today).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "old figures could not be removed; trying again tomorrow");
        }
    });
    Ok(())
}

/// Removes what is older than anybody asks for.
pub(super) async fn run(m: &Messaging, today: Day) -> Result<()> {
    let store = m.store();
    let settled = today.plus(1 - SETTLED).number();
    while stored::forget_active(store, settled, ROWS).await? == ROWS as u64 {}
    for day in settled - LOOK_BACK..settled {
        for app in stored::apps_of_day(store, day).await? {
            for subject in Subject::ALL {
                let trim = || stored::trim_subjects(store, app, subject, day, KEPT_SUBJECTS, ROWS);
                while trim().await? == ROWS as u64 {}
                let oldest = today.plus(-SUBJECT_DAYS).number();
                while stored::forget_subjects(store, app, subject, oldest, ROWS).await?
                    == ROWS as u64
                {}
            }
        }
    }
    Ok(())
}
