//! What customers' servers are told: the queue of each rule, what became of it, and bans.

use hongyan_model::{AppId, MessageId, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use crate::app_cursors::CALLBACKS;
use crate::apps::{find_in, lock_app};
use crate::members::{signed, unsigned};
use crate::{Store, StoreError};

const COLUMNS: &str = "id, conv, kind, call_id, body, created, state, attempts, retry, status, latency, error, \
                       finished";

/// Where a delivery is. The numbers are stored: never reuse one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum DeliveryState {
    /// Not yet tried.
    Waiting = 0,
    /// The receiver has it.
    Delivered = 1,
    /// Tried, and to be tried again; what follows in its conversation waits.
    Retrying = 2,
    /// Given up, and kept to be sent again when somebody asks for it.
    Failed = 3,
    /// Given up.
    Dropped = 4,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Waiting, Self::Delivered, Self::Retrying, Self::Failed, Self::Dropped];

    fn from_number(number: i64) -> Self {
        // Written by nobody else.
        Self::ALL.into_iter().find(|state| *state as i64 == number).unwrap_or(Self::Dropped)
    }
}

/// Something to be told to the receiver of a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewDelivery {
    /// The rule.
    pub rule: String,
    /// Number that rises within the rule.
    pub id: u64,
    /// What it has to stay in order with.
    pub conversation: String,
    /// Selector, such as `chat:txt`.
    pub kind: String,
    /// By which a receiver tells a repetition.
    pub call_id: String,
    /// JSON, but for the signature.
    pub body: String,
    /// When it happened.
    pub created: Timestamp,
}

/// A delivery and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// Number within the rule.
    pub id: u64,
    /// What it has to stay in order with.
    pub conversation: String,
    /// Selector.
    pub kind: String,
    /// By which a receiver tells a repetition.
    pub call_id: String,
    /// JSON, but for the signature.
    pub body: String,
    /// When it happened.
    pub created: Timestamp,
    /// Where it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// How often somebody asked for it again.
    pub retry: u32,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// How long the last try took, in milliseconds.
    pub latency: Option<u64>,
    /// What was wrong with the last try.
    pub error: Option<String>,
    /// When it came to an end.
    pub finished: Option<Timestamp>,
}

/// What became of a delivery.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settled {
    /// Number within the rule.
    pub id: u64,
    /// Where it is now.
    pub state: DeliveryState,
    /// Tries that were made.
    pub attempts: u32,
    /// Not to be tried before, where it is to be tried again.
    pub due: Timestamp,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// How long the last try took, in milliseconds.
    pub latency: Option<u64>,
    /// What was wrong with it.
    pub error: Option<String>,
    /// Now.
    pub now: Timestamp,
}

/// Which deliveries of a rule [`list`] shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeliveryFilter {
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Whose selector begins so.
    pub kind: Option<String>,
    /// Whose call id or conversation is this.
    pub search: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not after.
    pub to: Option<Timestamp>,
}

/// What a rule has in each state.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Not yet delivered.
    pub waiting: u64,
    /// Given up and kept.
    pub failed: u64,
    /// Delivered since a time.
    pub delivered: u64,
    /// What was wrong with the last one that failed.
    pub last_error: Option<String>,
}

/// Which deliveries are sent again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Chosen {
    /// These.
    Ids(Vec<u64>),
    /// Those of a time, both ends included.
    Time(Timestamp, Timestamp),
}

/// Failed deliveries of ten minutes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bucket {
    /// When it begins.
    pub start: Timestamp,
    /// How many it holds.
    pub size: u64,
    /// How often it was asked for again.
    pub retry: u32,
}

/// A rule that is told nothing for a while.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ban {
    /// Until then.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// When its bans began, the oldest first.
    pub begun: Vec<Timestamp>,
}

/// Length of a bucket.
pub const BUCKET_MS: i64 = 10 * 60 * 1000;

/// Queues deliveries.
pub async fn enqueue(store: &Store, app: AppId, new: &[NewDelivery]) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let mut tx = store.begin_write().await?;
    insert(&mut tx, app, new).await?;
    tx.commit().await?;
    Ok(())
}

/// Queues what entries of the log up to `entry` are to tell, and notes that they have been looked at, in one
/// transaction. Does nothing if they have been already: a node that has lost its lease may not know it yet.
pub async fn collect(
    store: &Store,
    app: AppId,
    entry: MessageId,
    new: &[NewDelivery],
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    let moved = sqlx::query(
        "INSERT INTO callback_cursors (app_id, entry) VALUES ($1, $2) \
         ON CONFLICT (app_id) DO UPDATE SET entry = excluded.entry WHERE callback_cursors.entry < excluded.entry",
    )
    .bind(app.0)
    .bind(signed(entry.0))
    .execute(&mut *tx)
    .await?;
    if moved.rows_affected() == 1 {
        insert(&mut tx, app, new).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Ends to follow the log of an app, unless it has rules after sending: who calls this may know the app as it was before
/// it got one. It begins to be followed where such a rule is saved, with its app.
pub async fn unfollow(store: &Store, app: AppId) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    lock_app(&mut tx, app).await?;
    let current = find_in(store, &mut tx, app).await?;
    if current.is_none_or(|app| app.settings.rules_after_sending().next().is_none()) {
        CALLBACKS.unfollow(&mut tx, app).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The apps whose log is followed.
pub async fn followed(store: &Store) -> Result<Vec<AppId>, StoreError> {
    CALLBACKS.followed(store).await
}

/// Up to which entry an app's log has been looked at; `None` if it is not followed.
pub async fn cursor(store: &Store, app: AppId) -> Result<Option<MessageId>, StoreError> {
    CALLBACKS.cursor(store, app).await
}

/// What is to be told next to the receiver of a rule, the oldest first: what waits and does not follow something of
/// its conversation that is to be tried again, and what is due again.
pub async fn open(
    store: &Store,
    app: AppId,
    rule: &str,
    (now, limit): (Timestamp, usize),
    aside: &[String],
) -> Result<Vec<Delivery>, StoreError> {
    let places: Vec<String> = (5..5 + aside.len()).map(|n| format!("${n}")).collect();
    let aside_too = match places.is_empty() {
        true => String::new(),
        false => format!("AND conv NOT IN ({})", places.join(", ")),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM callback_deliveries WHERE app_id = $1 AND rule = $2 AND state IN (0, 2) {aside_too} \
         AND ((state = 2 AND due <= $3) OR (state = 0 AND conv NOT IN \
         (SELECT conv FROM callback_deliveries WHERE app_id = $1 AND rule = $2 AND state = 2))) \
         ORDER BY id LIMIT $4"
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(app.0)
        .bind(rule)
        .bind(now)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    for conversation in aside {
        query = query.bind(conversation.as_str());
    }
    let rows = query.fetch_all(store.pool()).await?;
    rows.iter().map(delivery).collect()
}

/// When the first delivery that was tried is due again.
pub async fn next_due(
    store: &Store,
    app: AppId,
    rule: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query(
        "SELECT MIN(due) AS due FROM callback_deliveries WHERE app_id = $1 AND rule = $2 AND state = 2",
    )
    .bind(app.0)
    .bind(rule)
    .fetch_one(store.pool())
    .await?;
    Ok(row.try_get("due")?)
}

/// Notes what became of deliveries of a rule.
pub async fn settle(
    store: &Store,
    app: AppId,
    rule: &str,
    settled: &[Settled],
) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    for one in settled {
        let ends = matches!(
            one.state,
            DeliveryState::Delivered | DeliveryState::Failed | DeliveryState::Dropped
        );
        sqlx::query(
            "UPDATE callback_deliveries SET state = $4, attempts = attempts + $5, due = $6, status = $7, \
             latency = $8, error = $9, finished = $10 WHERE app_id = $1 AND rule = $2 AND id = $3",
        )
        .bind(app.0)
        .bind(rule)
        .bind(signed(one.id))
        .bind(one.state as i64)
        .bind(i64::from(one.attempts))
        .bind(one.due)
        .bind(one.status.map(i64::from))
        .bind(one.latency.map(signed))
        .bind(one.error.as_deref())
        .bind(ends.then_some(one.now))
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Gives up what waits for a rule that is banned, up to `limit`; how many these were.
pub async fn give_up(
    store: &Store,
    app: AppId,
    rule: &str,
    (state, error): (DeliveryState, &str),
    now: Timestamp,
    limit: usize,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE callback_deliveries SET state = $3, error = $4, finished = $5 WHERE app_id = $1 AND rule = $2 AND id IN \
         (SELECT id FROM callback_deliveries WHERE app_id = $1 AND rule = $2 AND state IN (0, 2) ORDER BY id LIMIT $6)",
    )
    .bind(app.0)
    .bind(rule)
    .bind(state as i64)
    .bind(error)
    .bind(now)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected())
}

/// Deliveries of a rule from new to old, those before `before`.
pub async fn list(
    store: &Store,
    app: AppId,
    rule: &str,
    filter: &DeliveryFilter,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Delivery>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM callback_deliveries WHERE app_id = $1 AND rule = $2 AND id < $3 \
         AND (state = $4 OR $4 < 0) AND (kind = $5 OR kind LIKE $6 OR $5 = '') \
         AND (call_id = $7 OR conv = $7 OR $7 = '') AND created >= $8 AND created <= $9 ORDER BY id DESC LIMIT $10"
    );
    let kind = filter.kind.as_deref().unwrap_or_default();
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(app.0)
        .bind(rule)
        .bind(before.map_or(i64::MAX, signed))
        .bind(filter.state.map_or(-1, |state| state as i64))
        .bind(kind)
        // Selectors hold no character that LIKE knows but `_`, which matches itself, too.
        .bind(format!("{kind}:%"))
        .bind(filter.search.as_deref().unwrap_or_default())
        .bind(filter.from.unwrap_or(i64::MIN))
        .bind(filter.to.unwrap_or(i64::MAX))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(delivery).collect()
}

/// Lets deliveries of a rule that have come to an end wait again; how many these were.
pub async fn replay(
    store: &Store,
    app: AppId,
    rule: &str,
    chosen: &Chosen,
) -> Result<u64, StoreError> {
    const ENDED: &str = "UPDATE callback_deliveries SET state = 0, due = 0, retry = retry + 1, finished = NULL \
                         WHERE app_id = $1 AND rule = $2 AND state IN (1, 3, 4)";
    match chosen {
        Chosen::Time(from, to) => {
            let sql = format!("{ENDED} AND created >= $3 AND created <= $4");
            let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(app.0).bind(rule);
            Ok(query.bind(*from).bind(*to).execute(store.pool()).await?.rows_affected())
        }
        Chosen::Ids(ids) => {
            let mut tx = store.begin_write().await?;
            let mut replayed = 0;
            for id in ids {
                let sql = format!("{ENDED} AND id = $3");
                let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(app.0).bind(rule);
                replayed += query.bind(signed(*id)).execute(&mut *tx).await?.rows_affected();
            }
            tx.commit().await?;
            Ok(replayed)
        }
    }
}

/// What a rule has in each state; delivered are those since `since`.
pub async fn counts(
    store: &Store,
    app: AppId,
    rule: &str,
    since: Timestamp,
) -> Result<Counts, StoreError> {
    let rows = sqlx::query(
        "SELECT state, COUNT(*) AS n FROM callback_deliveries \
         WHERE app_id = $1 AND rule = $2 AND (state <> 1 OR finished >= $3) GROUP BY state",
    )
    .bind(app.0)
    .bind(rule)
    .bind(since)
    .fetch_all(store.pool())
    .await?;
    let mut counts = Counts::default();
    for row in rows {
        let n: u64 = unsigned("deliveries", row.try_get("n")?)?;
        match DeliveryState::from_number(row.try_get("state")?) {
            DeliveryState::Waiting | DeliveryState::Retrying => counts.waiting += n,
            DeliveryState::Failed => counts.failed = n,
            DeliveryState::Delivered => counts.delivered = n,
            DeliveryState::Dropped => {}
        }
    }
    let row = sqlx::query(
        "SELECT error FROM callback_deliveries WHERE app_id = $1 AND rule = $2 AND state IN (2, 3, 4) \
         ORDER BY id DESC LIMIT 1",
    )
    .bind(app.0)
    .bind(rule)
    .fetch_optional(store.pool())
    .await?;
    counts.last_error = row.map(|row| row.try_get("error")).transpose()?.flatten();
    Ok(counts)
}

/// The failed deliveries of an app since `since` that are kept, ten minutes at a time, the oldest first.
pub async fn buckets(
    store: &Store,
    app: AppId,
    since: Timestamp,
) -> Result<Vec<Bucket>, StoreError> {
    let rows = sqlx::query(
        "SELECT created / $3 AS bucket, COUNT(*) AS n, MAX(retry) AS retry FROM callback_deliveries \
         WHERE app_id = $1 AND state = 3 AND created >= $2 GROUP BY created / $3 ORDER BY bucket",
    )
    .bind(app.0)
    .bind(since)
    .bind(BUCKET_MS)
    .fetch_all(store.pool())
    .await?;
    let bucket = |row: &AnyRow| {
        Ok(Bucket {
            start: row.try_get::<i64, _>("bucket")? * BUCKET_MS,
            size: unsigned("deliveries", row.try_get("n")?)?,
            retry: unsigned("retry", row.try_get("retry")?)?,
        })
    };
    rows.iter().map(bucket).collect()
}

/// Failed deliveries of the bucket that begins at `start` with their rules, those after the rule and number `after`.
pub async fn of_bucket(
    store: &Store,
    app: AppId,
    start: Timestamp,
    after: (&str, u64),
    limit: usize,
) -> Result<Vec<(String, Delivery)>, StoreError> {
    let sql = format!(
        "SELECT rule, {COLUMNS} FROM callback_deliveries WHERE app_id = $1 AND state = 3 AND created >= $2 \
         AND created < $3 AND (rule > $4 OR (rule = $4 AND id > $5)) ORDER BY rule, id LIMIT $6"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(app.0)
        .bind(start)
        .bind(start + BUCKET_MS)
        .bind(after.0)
        .bind(signed(after.1))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(|row| Ok((row.try_get("rule")?, delivery(row)?))).collect()
}

/// Counts one more time that a bucket was asked for.
pub async fn note_retry(store: &Store, app: AppId, start: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE callback_deliveries SET retry = retry + 1 WHERE app_id = $1 AND state = 3 AND created >= $2 \
         AND created < $3",
    )
    .bind(app.0)
    .bind(start)
    .bind(start + BUCKET_MS)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The ban of a rule, also one that is over.
pub async fn ban(store: &Store, app: AppId, rule: &str) -> Result<Option<Ban>, StoreError> {
    let row = sqlx::query(
        "SELECT until, reason, begun FROM callback_bans WHERE app_id = $1 AND rule = $2",
    )
    .bind(app.0)
    .bind(rule)
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let begun: String = row.try_get("begun")?;
    Ok(Some(Ban {
        until: row.try_get("until")?,
        reason: row.try_get("reason")?,
        begun: begun.split(',').filter_map(|time| time.parse().ok()).collect(),
    }))
}

/// Sets the ban of a rule.
pub async fn set_ban(store: &Store, app: AppId, rule: &str, ban: &Ban) -> Result<(), StoreError> {
    let begun: Vec<String> = ban.begun.iter().map(ToString::to_string).collect();
    sqlx::query(
        "INSERT INTO callback_bans (app_id, rule, until, reason, begun) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (app_id, rule) DO UPDATE SET until = excluded.until, reason = excluded.reason, \
         begun = excluded.begun",
    )
    .bind(app.0)
    .bind(rule)
    .bind(ban.until)
    .bind(ban.reason.as_str())
    .bind(begun.join(","))
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Forgets what a rule was to tell, up to `limit` deliveries, and its ban; `true` once nothing is left.
pub async fn forget_rule(
    store: &Store,
    app: AppId,
    rule: &str,
    limit: usize,
) -> Result<bool, StoreError> {
    sqlx::query("DELETE FROM callback_bans WHERE app_id = $1 AND rule = $2")
        .bind(app.0)
        .bind(rule)
        .execute(store.pool())
        .await?;
    let removed = sqlx::query(
        "DELETE FROM callback_deliveries WHERE app_id = $1 AND rule = $2 AND id IN \
         (SELECT id FROM callback_deliveries WHERE app_id = $1 AND rule = $2 LIMIT $3)",
    )
    .bind(app.0)
    .bind(rule)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected() < limit as u64)
}

// The conditions of what follows stand twice: PostgreSQL looks at the outer ones again when it had to wait for a row.

/// Gives up, and keeps, up to `limit` deliveries of an app from before `before` that still wait; answers how many.
pub async fn expire(
    store: &Store,
    app: AppId,
    before: Timestamp,
    now: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let expired = sqlx::query(
        "UPDATE callback_deliveries SET state = 3, finished = $3, error = COALESCE(error, 'waited for too long') \
         WHERE app_id = $1 AND state IN (0, 2) AND (rule, id) IN (SELECT rule, id FROM callback_deliveries \
         WHERE app_id = $1 AND state IN (0, 2) AND created < $2 ORDER BY rule, id LIMIT $4)",
    )
    .bind(app.0)
    .bind(before)
    .bind(now)
    .bind(i64::from(limit))
    .execute(store.pool())
    .await?;
    Ok(expired.rows_affected())
}

/// Removes up to `limit` deliveries of an app that came to an end before `before`; answers how many.
pub async fn forget(
    store: &Store,
    app: AppId,
    before: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "DELETE FROM callback_deliveries WHERE app_id = $1 AND finished < $2 AND state IN (1, 3, 4) AND (rule, id) IN \
         (SELECT rule, id FROM callback_deliveries WHERE app_id = $1 AND finished < $2 AND state IN (1, 3, 4) \
         ORDER BY finished LIMIT $3)",
    )
    .bind(app.0)
    .bind(before)
    .bind(i64::from(limit))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected())
}

async fn insert(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    new: &[NewDelivery],
) -> Result<(), StoreError> {
    for one in new {
        sqlx::query(
            "INSERT INTO callback_deliveries (app_id, rule, id, conv, kind, call_id, body, created, state, attempts, \
             retry, due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0)",
        )
        .bind(app.0)
        .bind(one.rule.as_str())
        .bind(signed(one.id))
        .bind(one.conversation.as_str())
        .bind(one.kind.as_str())
        .bind(one.call_id.as_str())
        .bind(one.body.as_str())
        .bind(one.created)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

fn delivery(row: &AnyRow) -> Result<Delivery, StoreError> {
    let status: Option<i64> = row.try_get("status")?;
    let latency: Option<i64> = row.try_get("latency")?;
    Ok(Delivery {
        id: unsigned("delivery", row.try_get("id")?)?,
        conversation: row.try_get("conv")?,
        kind: row.try_get("kind")?,
        call_id: row.try_get("call_id")?,
        body: row.try_get("body")?,
        created: row.try_get("created")?,
        state: DeliveryState::from_number(row.try_get("state")?),
        attempts: unsigned("attempts", row.try_get("attempts")?)?,
        retry: unsigned("retry", row.try_get("retry")?)?,
        status: status.map(|status| unsigned("status", status)).transpose()?,
        latency: latency.map(|latency| unsigned("latency", latency)).transpose()?,
        error: row.try_get("error")?,
        finished: row.try_get("finished")?,
    })
}
