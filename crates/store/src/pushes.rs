//! Notices on their way: up to where an app's log was looked at, what waits for vendors, and what became of it.

use std::collections::{BTreeMap, BTreeSet};

use hongyan_model::{AppId, MessageId, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::app_cursors::PUSHES;
use crate::engine::placeholders;
use crate::members::{rows_of, signed, unsigned};
use crate::push_figures::{self, Figure};
use crate::{Store, StoreError};

/// A notice that waits for its vendor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Push {
    /// Number that rises within the installation.
    pub id: u64,
    /// Which message it is about.
    pub message: MessageId,
    /// For whom.
    pub user: UserId,
    /// On which device, as its binding names it.
    pub device: String,
    /// Id of the certificate.
    pub certificate: String,
    /// Name of the certificate.
    pub notifier: String,
    /// The device's address.
    pub token: String,
    /// JSON: what it says.
    pub content: String,
    /// How often whoever sent it did not come to an end.
    pub interrupted: u32,
    /// How often the vendor was out of order.
    pub tries: u32,
}

/// How a notice ended. The numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PushStatus {
    /// The vendor took it.
    Success = 0,
    /// The vendor refused it, or it could not be sent.
    Failure = 1,
    /// It was not to be found out.
    Unknown = 2,
}

/// What became of a notice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PushResult {
    /// Which message it is about.
    pub message: MessageId,
    /// For whom.
    pub user: UserId,
    /// On which device; empty if it concerned none.
    pub device: String,
    /// Name of the certificate; empty if there was none.
    pub notifier: String,
    /// The vendor; empty if there was none.
    pub channel: String,
    /// How it ended.
    pub status: PushStatus,
    /// Why; empty if it was a success.
    pub reason: String,
    /// What the vendor said.
    pub answer: String,
    /// When.
    pub time: Timestamp,
}

/// What was decided about entries of the log.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Decided {
    /// Notices to be sent.
    pub pushes: Vec<Push>,
    /// What is not sent, and why.
    pub results: Vec<PushResult>,
    /// The same in numbers, and what stands in no result.
    pub figures: Vec<Figure>,
    /// Users with something new on their icons, and how much.
    pub badges: Vec<(UserId, u32)>,
}

/// A notice that was being sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Settled {
    /// It has come to an end.
    Done(u64),
    /// It waits again until then; the vendor was out of order.
    Again(u64, Timestamp),
    /// It waits again until then, as if it had not been taken.
    Back(u64, Timestamp),
}

const COLUMNS: &str = "id, message, user_id, device_id, certificate, notifier, device_token, content, interrupted, tries";

/// Removes notices whose certificate is gone, which nobody sends: what was decided while it was removed, and what a crash
/// left of that. Up to `limit`; answers how many.
pub async fn drop_orphans(store: &Store, limit: usize) -> Result<usize, StoreError> {
    let removed = sqlx::query(
        "DELETE FROM pushes WHERE (app_id, id) IN (SELECT app_id, id FROM pushes WHERE NOT EXISTS (SELECT 1 FROM push_certificates \
         WHERE push_certificates.app_id = pushes.app_id AND push_certificates.id = pushes.certificate) LIMIT $1)",
    )
    .bind(rows_of(limit))
    .execute(store.pool())
    .await?;
    Ok(usize::try_from(removed.rows_affected()).unwrap_or(usize::MAX))
}

/// The apps whose log is followed: those with certificates.
pub async fn followed(store: &Store) -> Result<Vec<AppId>, StoreError> {
    PUSHES.followed(store).await
}

/// Up to which entry an app's log has been looked at; `None` if it is not followed.
pub async fn cursor(store: &Store, app: AppId) -> Result<Option<MessageId>, StoreError> {
    PUSHES.cursor(store, app).await
}

/// Stores what was decided, and, with a place in the log, that everything up to there has been decided: in one
/// transaction. Answers the notices that are new: one for a message and a device there was already is left out. With a place that
/// has been passed already, or where nobody follows any more, it does nothing: a node that has lost its lease may not know it
/// yet.
pub async fn decide(
    store: &Store,
    app: AppId,
    place: Option<MessageId>,
    decided: &Decided,
) -> Result<Vec<u64>, StoreError> {
    let mut tx = store.begin_write().await?;
    if let Some(place) = place {
        let moved =
            sqlx::query("UPDATE push_cursors SET entry = $2 WHERE app_id = $1 AND entry < $2")
                .bind(app.0)
                .bind(signed(place.0))
                .execute(&mut *tx)
                .await?;
        if moved.rows_affected() == 0 {
            return Ok(Vec::new());
        }
    }
    let mut new = Vec::with_capacity(decided.pushes.len());
    for push in &decided.pushes {
        if insert(&mut tx, app, push).await? {
            new.push(push.id);
        }
    }
    for result in &decided.results {
        insert_result(&mut tx, app, result).await?;
    }
    push_figures::add(&mut tx, app, &decided.figures).await?;
    // In the order of the users, as others take these rows.
    let mut badges: BTreeMap<&UserId, u32> = BTreeMap::new();
    for (user, n) in &decided.badges {
        *badges.entry(user).or_default() += n;
    }
    for (user, n) in badges {
        sqlx::query(
            "INSERT INTO push_badges (app_id, user_id, n) SELECT $1, $2, $3 \
             WHERE EXISTS (SELECT 1 FROM users WHERE app_id = $1 AND id = $2) \
             ON CONFLICT (app_id, user_id) DO UPDATE SET n = push_badges.n + excluded.n",
        )
        .bind(app.0)
        .bind(user.as_str())
        .bind(i64::from(n))
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(new)
}

async fn insert(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    push: &Push,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO pushes (app_id, id, message, user_id, device_id, certificate, notifier, device_token, content, \
         sending, owner, interrupted, tries, due) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '', 0, 0, 0 \
         WHERE EXISTS (SELECT 1 FROM users WHERE app_id = $1 AND id = $4) \
         AND NOT EXISTS (SELECT 1 FROM push_results \
         WHERE app_id = $1 AND message = $3 AND user_id = $4 AND device_id = $5) \
         ON CONFLICT DO NOTHING",
    )
    .bind(app.0)
    .bind(signed(push.id))
    .bind(signed(push.message.0))
    .bind(push.user.as_str())
    .bind(push.device.as_str())
    .bind(push.certificate.as_str())
    .bind(push.notifier.as_str())
    .bind(push.token.as_str())
    .bind(push.content.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn insert_result(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    result: &PushResult,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO push_results (app_id, message, user_id, device_id, notifier, channel, status, reason, answer, time) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
    )
    .bind(app.0)
    .bind(signed(result.message.0))
    .bind(result.user.as_str())
    .bind(result.device.as_str())
    .bind(result.notifier.as_str())
    .bind(result.channel.as_str())
    .bind(result.status as i64)
    .bind(result.reason.as_str())
    .bind(result.answer.as_str())
    .bind(result.time)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes up to `limit` notices that wait for a certificate, the oldest first: until `until` nobody but the node `owner` sends
/// them. One that somebody had taken and not brought to an end in time has its `interrupted` counted.
pub async fn take(
    store: &Store,
    app: AppId,
    (certificate, owner): (&str, &str),
    (now, until): (Timestamp, Timestamp),
    limit: usize,
) -> Result<Vec<Push>, StoreError> {
    let mut tx = store.begin_write().await?;
    let lock = store.skip_locked();
    // Materialized: PostgreSQL may run a plain subquery that locks more than once, and take more than asked for.
    let sql = format!(
        "WITH taken AS MATERIALIZED (SELECT id FROM pushes WHERE app_id = $1 AND certificate = $2 AND due <= $3 \
         ORDER BY due, id LIMIT $5 {lock}) \
         UPDATE pushes SET interrupted = interrupted + sending, sending = 1, due = $4, owner = $6 \
         WHERE app_id = $1 AND id IN (SELECT id FROM taken) RETURNING {COLUMNS}"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(app.0)
        .bind(certificate)
        .bind(now)
        .bind(until)
        .bind(rows_of(limit))
        .bind(owner)
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    let mut taken = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    taken.sort_by_key(|push| push.id);
    Ok(taken)
}

/// What a node had taken before it stopped is due at once.
pub async fn release(
    store: &Store,
    app: AppId,
    (certificate, owner): (&str, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE pushes SET due = $4 WHERE app_id = $1 AND certificate = $2 AND owner = $3 AND sending = 1",
    )
    .bind(app.0)
    .bind(certificate)
    .bind(owner)
    .bind(now)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// When the first notice for a certificate is due; `None` if none waits.
pub async fn next_due(
    store: &Store,
    app: AppId,
    certificate: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let row =
        sqlx::query("SELECT MIN(due) AS due FROM pushes WHERE app_id = $1 AND certificate = $2")
            .bind(app.0)
            .bind(certificate)
            .fetch_one(store.pool())
            .await?;
    Ok(row.try_get("due")?)
}

/// How many notices wait for each certificate of an app.
pub async fn waiting(store: &Store, app: AppId) -> Result<Vec<(String, u64)>, StoreError> {
    let rows = sqlx::query(
        "SELECT certificate, COUNT(*) AS n FROM pushes WHERE app_id = $1 GROUP BY certificate",
    )
    .bind(app.0)
    .fetch_all(store.pool())
    .await?;
    let read =
        |row: &AnyRow| Ok((row.try_get("certificate")?, unsigned("pushes", row.try_get("n")?)?));
    rows.iter().map(read).collect()
}

/// Notes what became of notices that had been taken, in one transaction.
pub async fn settle(
    store: &Store,
    app: AppId,
    settled: &[Settled],
    (results, figures): (&[PushResult], &[Figure]),
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    for one in settled {
        match one {
            Settled::Done(id) => {
                sqlx::query("DELETE FROM pushes WHERE app_id = $1 AND id = $2")
                    .bind(app.0)
                    .bind(signed(*id))
                    .execute(&mut *tx)
                    .await?;
            }
            Settled::Again(id, due) | Settled::Back(id, due) => {
                // A try that came to an end was not interrupted, and nor does it matter any more which one before was.
                let tries = i64::from(matches!(one, Settled::Again(..)));
                sqlx::query(
                    "UPDATE pushes SET sending = 0, owner = '', interrupted = interrupted * (1 - $4), \
                     tries = tries + $4, due = $3 WHERE app_id = $1 AND id = $2",
                )
                .bind(app.0)
                .bind(signed(*id))
                .bind(*due)
                .bind(tries)
                .execute(&mut *tx)
                .await?;
            }
        }
    }
    for result in results {
        insert_result(&mut tx, app, result).await?;
    }
    push_figures::add(&mut tx, app, figures).await?;
    tx.commit().await?;
    Ok(())
}

/// What became of a message at these users: results, and notices that wait (user, device, certificate's name).
pub async fn of_message(
    store: &Store,
    app: AppId,
    message: MessageId,
    users: &[UserId],
) -> Result<(Vec<PushResult>, Vec<(UserId, String, String)>), StoreError> {
    if users.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let names = placeholders(3, users.len());
    let results = format!(
        "SELECT message, user_id, device_id, notifier, channel, status, reason, answer, time FROM push_results \
         WHERE app_id = $1 AND message = $2 AND user_id IN ({names}) ORDER BY user_id, device_id"
    );
    let waiting = format!(
        "SELECT user_id, device_id, notifier FROM pushes \
         WHERE app_id = $1 AND message = $2 AND user_id IN ({names}) ORDER BY user_id, device_id"
    );
    let mut queries = [results, waiting].map(|sql| {
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0).bind(signed(message.0));
        for user in users {
            query = query.bind(user.as_str().to_owned());
        }
        Some(query)
    });
    let [results, waiting] = &mut queries;
    let mut found = (Vec::new(), Vec::new());
    if let Some(query) = results.take() {
        let rows = query.fetch_all(store.pool()).await?;
        found.0 = rows.iter().map(read_result).collect::<Result<_, _>>()?;
    }
    if let Some(query) = waiting.take() {
        for row in query.fetch_all(store.pool()).await? {
            let user = UserId::from_trusted(row.try_get::<String, _>("user_id")?);
            found.1.push((user, row.try_get("device_id")?, row.try_get("notifier")?));
        }
    }
    Ok(found)
}

/// Removes up to `limit` results, of every app, from before `before`; how many these were.
pub async fn forget(store: &Store, before: Timestamp, limit: usize) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM push_results WHERE (app_id, message, user_id, device_id) IN \
         (SELECT app_id, message, user_id, device_id FROM push_results WHERE time < $1 ORDER BY time LIMIT $2)",
    )
    .bind(before)
    .bind(rows_of(limit))
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected())
}

/// The numbers on the icons of these users; those with none are not in the answer.
pub async fn badges(
    store: &Store,
    app: AppId,
    users: &[UserId],
) -> Result<Vec<(UserId, u32)>, StoreError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT user_id, n FROM push_badges WHERE app_id = $1 AND user_id IN ({})",
        placeholders(2, users.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0);
    for user in users {
        query = query.bind(user.as_str());
    }
    let rows = query.fetch_all(store.pool()).await?;
    let read = |row: &AnyRow| {
        let user = UserId::from_trusted(row.try_get::<String, _>("user_id")?);
        Ok((user, unsigned("badge", row.try_get("n")?)?))
    };
    rows.iter().map(read).collect()
}

/// Notes who came and went: users who have logged in have nothing left on their icons; devices (by their sessions' names)
/// whose connection broke, and when, are remembered where their users have bindings.
pub async fn note_connections(
    store: &Store,
    app: AppId,
    logged_in: &[UserId],
    broken: &[(UserId, String, Timestamp)],
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    // In the order of the users, as others take these rows.
    for user in logged_in.iter().collect::<BTreeSet<_>>() {
        sqlx::query("DELETE FROM push_badges WHERE app_id = $1 AND user_id = $2")
            .bind(app.0)
            .bind(user.as_str())
            .execute(&mut *tx)
            .await?;
    }
    for (user, device, time) in broken.iter().collect::<BTreeSet<_>>() {
        sqlx::query(
            "INSERT INTO push_rechecks (app_id, user_id, device, time) SELECT $1, $2, $3, $4 \
             WHERE EXISTS (SELECT 1 FROM push_bindings WHERE app_id = $1 AND user_id = $2) \
             ON CONFLICT (app_id, user_id, device) DO UPDATE SET time = excluded.time",
        )
        .bind(app.0)
        .bind(user.as_str())
        .bind(device.as_str())
        .bind(time)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Up to `limit` devices of an app whose connection broke, with when.
pub async fn broken(
    store: &Store,
    app: AppId,
    limit: usize,
) -> Result<Vec<(UserId, String, Timestamp)>, StoreError> {
    let rows = sqlx::query(
        "SELECT user_id, device, time FROM push_rechecks WHERE app_id = $1 ORDER BY time LIMIT $2",
    )
    .bind(app.0)
    .bind(rows_of(limit))
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        let user = UserId::from_trusted(row.try_get::<String, _>("user_id")?);
        Ok((user, row.try_get("device")?, row.try_get("time")?))
    };
    rows.iter().map(read).collect()
}

/// What was undelivered when a connection broke at `time` has been decided.
pub async fn forget_broken(
    store: &Store,
    app: AppId,
    (user, device): (&UserId, &str),
    time: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM push_rechecks WHERE app_id = $1 AND user_id = $2 AND device = $3 AND time = $4",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(device)
    .bind(time)
    .execute(store.pool())
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Push, StoreError> {
    Ok(Push {
        id: unsigned("push", row.try_get("id")?)?,
        message: MessageId(unsigned("message", row.try_get("message")?)?),
        user: UserId::from_trusted(row.try_get::<String, _>("user_id")?),
        device: row.try_get("device_id")?,
        certificate: row.try_get("certificate")?,
        notifier: row.try_get("notifier")?,
        token: row.try_get("device_token")?,
        content: row.try_get("content")?,
        interrupted: unsigned("push", row.try_get("interrupted")?)?,
        tries: unsigned("push", row.try_get("tries")?)?,
    })
}

fn read_result(row: &AnyRow) -> Result<PushResult, StoreError> {
    Ok(PushResult {
        message: MessageId(unsigned("message", row.try_get("message")?)?),
        user: UserId::from_trusted(row.try_get::<String, _>("user_id")?),
        device: row.try_get("device_id")?,
        notifier: row.try_get("notifier")?,
        channel: row.try_get("channel")?,
        status: match row.try_get::<i64, _>("status")? {
            0 => PushStatus::Success,
            1 => PushStatus::Failure,
            _ => PushStatus::Unknown,
        },
        reason: row.try_get("reason")?,
        answer: row.try_get("answer")?,
        time: row.try_get("time")?,
    })
}
