//! How many users, groups, chat rooms and threads an app has, and how much its users' attributes are.
//!
//! Kept in the transaction that adds or removes one. A transaction that has touched a number is the only one to
//! change it until it ends, so that what it reads there is exact. Taken after the rows of groups, rooms and users
//! that exist, and before new users are inserted: otherwise two transactions would wait for each other.

use hongyan_model::AppId;
use sqlx::{Any, Row, Transaction};

use crate::members::unsigned;
use crate::{Store, StoreError};

/// What is counted. The numbers are stored: never reuse one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Counted {
    /// Registered users.
    Users = 0,
    /// Groups.
    Groups = 1,
    /// Chat rooms.
    Rooms = 2,
    /// Threads.
    Threads = 3,
    /// Numbers given to users for real-time audio and video; only rises.
    RtcUids = 4,
    /// Bytes of the attributes of users, names and values together.
    AttributeBytes = 5,
}

/// How many there are now.
pub async fn count(store: &Store, app: AppId, what: Counted) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT n FROM counters WHERE app_id = $1 AND kind = $2")
        .bind(app.0)
        .bind(what as i64)
        .fetch_optional(store.pool())
        .await?;
    row.map_or(Ok(0), |row| unsigned("counter", row.try_get("n")?))
}

/// Adds `by`, which may be negative or 0, and answers how many there are with it.
pub(crate) async fn change(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    what: Counted,
    by: i64,
) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "INSERT INTO counters (app_id, kind, n) VALUES ($1, $2, $3) \
         ON CONFLICT (app_id, kind) DO UPDATE SET n = counters.n + excluded.n RETURNING n",
    )
    .bind(app.0)
    .bind(what as i64)
    .bind(by)
    .fetch_one(&mut **tx)
    .await?;
    unsigned("counter", row.try_get("n")?)
}
