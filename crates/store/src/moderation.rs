//! What was examined and what became of it, who has which tag, and what is still to be examined.

use std::collections::BTreeMap;

use hongyan_model::{
    AppId, ChatType, MessageId, ModeratedKind, ModerationAct, Outcome, Timestamp, UserId,
};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::members::{signed, unsigned};
use crate::{Store, StoreError};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// A message that was examined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Names the line; rises with time.
    pub id: u64,
    /// When.
    pub time: Timestamp,
    /// Who wrote it.
    pub sender: UserId,
    /// The other user, the group or the chat room.
    pub target: String,
    /// Where.
    pub chat: ChatType,
    /// As what it was examined.
    pub kind: ModeratedKind,
    /// The text, or where the file is.
    pub content: String,
    /// The rule's name.
    pub rule: String,
    /// What was found out.
    pub outcome: Outcome,
    /// What became of it.
    pub act: ModerationAct,
    /// The provider's word for the risk, or the list of keywords.
    pub risk: String,
    /// More of it.
    pub detail: String,
    /// Its id, where it is in the log.
    pub message: Option<MessageId>,
    /// Nobody sent it: a rule was tried out.
    pub is_trial: bool,
    /// The same for all parts of a message.
    pub review: u64,
}

/// Which records [`records`] shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RecordFilter {
    /// Of this sender; empty: of all.
    pub sender: String,
    /// To this user, group or chat room; empty: to all.
    pub target: String,
    /// In this type of chat.
    pub chat: Option<ChatType>,
    /// Of this kind.
    pub kind: Option<ModeratedKind>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// With this end.
    pub act: Option<ModerationAct>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not after.
    pub to: Option<Timestamp>,
}

/// How many messages of a day ended how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Count {
    /// Days since 1970, UTC.
    pub day: i64,
    /// As what they were examined.
    pub kind: ModeratedKind,
    /// What was found out.
    pub outcome: Outcome,
    /// What became of them.
    pub act: ModerationAct,
    /// The risk.
    pub risk: String,
    /// How many.
    pub n: u64,
}

/// What became of members that were to get a tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tagged {
    /// They have it now.
    pub added: usize,
    /// They had it.
    pub already: usize,
    /// They have another one of those that exclude it.
    pub elsewhere: usize,
    /// No place for them.
    pub over_limit: usize,
}

/// Notes messages that were examined, and counts them, but for trials of a rule.
pub async fn note(store: &Store, records: &[(AppId, Record)]) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    // In order, so that two writers do not wait for each other.
    let mut counts: BTreeMap<_, i64> = BTreeMap::new();
    for (app, record) in records {
        sqlx::query(
            "INSERT INTO moderation_records (app_id, id, created, sender, target, chat, kind, content, rule, result, \
             act, risk, detail, message, trial, review) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        )
        .bind(app.0)
        .bind(signed(record.id))
        .bind(record.time)
        .bind(record.sender.as_str())
        .bind(record.target.as_str())
        .bind(record.chat as i64)
        .bind(record.kind.key())
        .bind(record.content.as_str())
        .bind(record.rule.as_str())
        .bind(record.outcome.key())
        .bind(record.act.key())
        .bind(record.risk.as_str())
        .bind(record.detail.as_str())
        .bind(record.message.map(|message| signed(message.0)))
        .bind(i64::from(record.is_trial))
        .bind(signed(record.review))
        .execute(&mut *tx)
        .await?;
        if record.is_trial {
            continue;
        }
        let day = record.time.div_euclid(DAY_MS);
        let ends = (record.kind.key(), record.outcome.key(), record.act.key());
        *counts.entry((app.0, day, ends, record.risk.as_str())).or_default() += 1;
    }
    for ((app, day, (kind, outcome, act), risk), n) in counts {
        sqlx::query(
            "INSERT INTO moderation_counts (app_id, day, kind, result, act, risk, n) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (app_id, day, kind, result, act, risk) DO UPDATE SET n = moderation_counts.n + excluded.n",
        )
        .bind(app)
        .bind(day)
        .bind(kind)
        .bind(outcome)
        .bind(act)
        .bind(risk)
        .bind(n)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Records from new to old, those before `before`.
pub async fn records(
    store: &Store,
    app: AppId,
    filter: &RecordFilter,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Record>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, created, sender, target, chat, kind, content, rule, result, act, risk, detail, message, \
         trial, review FROM moderation_records WHERE app_id = $1 AND id < $2 AND (sender = $3 OR $3 = '') \
         AND (target = $4 OR $4 = '') AND (chat = $5 OR $5 = -1) AND (kind = $6 OR $6 = '') \
         AND (result = $7 OR $7 = '') AND (act = $8 OR $8 = '') AND created >= $9 AND created <= $10 \
         ORDER BY id DESC LIMIT $11",
    )
    .bind(app.0)
    .bind(before.map_or(i64::MAX, signed))
    .bind(filter.sender.as_str())
    .bind(filter.target.as_str())
    .bind(filter.chat.map_or(-1, |chat| chat as i64))
    .bind(filter.kind.map(ModeratedKind::key).unwrap_or_default())
    .bind(filter.outcome.map(Outcome::key).unwrap_or_default())
    .bind(filter.act.map(ModerationAct::key).unwrap_or_default())
    .bind(filter.from.unwrap_or(i64::MIN))
    .bind(filter.to.unwrap_or(i64::MAX))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(record).collect()
}

/// How many messages of a user were rejected since then.
pub async fn rejected(
    store: &Store,
    app: AppId,
    sender: &UserId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(DISTINCT review) AS n FROM moderation_records \
         WHERE app_id = $1 AND sender = $2 AND created >= $3 AND result = 'reject' AND trial = 0",
    )
    .bind(app.0)
    .bind(sender.as_str())
    .bind(since)
    .fetch_one(store.pool())
    .await?;
    unsigned("rejected messages", row.try_get("n")?)
}

/// Counts of these days, the first and the last included.
pub async fn counts(
    store: &Store,
    app: AppId,
    (first, last): (i64, i64),
) -> Result<Vec<Count>, StoreError> {
    let rows = sqlx::query(
        "SELECT day, kind, result, act, risk, n FROM moderation_counts \
         WHERE app_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, kind, result, act, risk",
    )
    .bind(app.0)
    .bind(first)
    .bind(last)
    .fetch_all(store.pool())
    .await?;
    rows.iter()
        .map(|row| {
            let (kind, outcome, act) = ends(row)?;
            Ok(Count {
                day: row.try_get("day")?,
                kind,
                outcome,
                act,
                risk: row.try_get("risk")?,
                n: unsigned("messages", row.try_get("n")?)?,
            })
        })
        .collect()
}

/// Removes up to `limit` records, of every app, from before `before`, and counts of days before that; answers how many
/// records.
pub async fn forget(store: &Store, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    sqlx::query("DELETE FROM moderation_counts WHERE day < $1")
        .bind(before.div_euclid(DAY_MS))
        .execute(store.pool())
        .await?;
    let removed = sqlx::query(
        "DELETE FROM moderation_records WHERE (app_id, id) IN \
         (SELECT app_id, id FROM moderation_records WHERE created < $1 ORDER BY created LIMIT $2)",
    )
    .bind(before)
    .bind(i64::from(limit))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected())
}

/// Gives members a tag that `most` may have; those with one of `excluding` do not get it.
pub async fn tag(
    store: &Store,
    (app, tag): (AppId, &str),
    members: &[String],
    (most, excluding): (usize, &[String]),
    now: Timestamp,
) -> Result<Tagged, StoreError> {
    let mut tx = store.begin_write().await?;
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM moderation_tag_members WHERE app_id = $1 AND tag = $2",
    )
    .bind(app.0)
    .bind(tag)
    .fetch_one(&mut *tx)
    .await?;
    let mut there: usize = unsigned("members", row.try_get("n")?)?;
    let mut done = Tagged::default();
    for member in members {
        let rows =
            sqlx::query("SELECT tag FROM moderation_tag_members WHERE app_id = $1 AND member = $2")
                .bind(app.0)
                .bind(member.as_str())
                .fetch_all(&mut *tx)
                .await?;
        let has: Vec<String> =
            rows.iter().map(|row| row.try_get("tag")).collect::<Result<_, sqlx::Error>>()?;
        if has.iter().any(|other| other == tag) {
            done.already += 1;
        } else if has.iter().any(|other| excluding.contains(other)) {
            done.elsewhere += 1;
        } else if there >= most {
            done.over_limit += 1;
        } else {
            sqlx::query(
                "INSERT INTO moderation_tag_members (app_id, tag, member, added) VALUES ($1, $2, $3, $4)",
            )
            .bind(app.0)
            .bind(tag)
            .bind(member.as_str())
            .bind(now)
            .execute(&mut *tx)
            .await?;
            (done.added, there) = (done.added + 1, there + 1);
        }
    }
    tx.commit().await?;
    Ok(done)
}

/// Takes a tag from members; how many had it.
pub async fn untag(
    store: &Store,
    (app, tag): (AppId, &str),
    members: &[String],
) -> Result<u64, StoreError> {
    let mut tx = store.begin_write().await?;
    let mut removed = 0;
    for member in members {
        let done = sqlx::query(
            "DELETE FROM moderation_tag_members WHERE app_id = $1 AND tag = $2 AND member = $3",
        )
        .bind(app.0)
        .bind(tag)
        .bind(member.as_str())
        .execute(&mut *tx)
        .await?;
        removed += done.rows_affected();
    }
    tx.commit().await?;
    Ok(removed)
}

/// Takes a tag from all who have it.
pub async fn clear_tag(store: &Store, app: AppId, tag: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM moderation_tag_members WHERE app_id = $1 AND tag = $2")
        .bind(app.0)
        .bind(tag)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Who has a tag, in order, those after `after`, whose name holds `search`, and since when.
pub async fn tagged(
    store: &Store,
    (app, tag): (AppId, &str),
    search: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, Timestamp)>, StoreError> {
    let escaped = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let rows = sqlx::query(
        "SELECT member, added FROM moderation_tag_members WHERE app_id = $1 AND tag = $2 AND member > $3 \
         AND member LIKE $4 ESCAPE '\\' ORDER BY member LIMIT $5",
    )
    .bind(app.0)
    .bind(tag)
    .bind(after.unwrap_or_default())
    .bind(format!("%{escaped}%"))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(|row| Ok((row.try_get("member")?, row.try_get("added")?))).collect()
}

/// How many have each tag of an app; tags that nobody has are missing.
pub async fn tag_sizes(store: &Store, app: AppId) -> Result<Vec<(String, u64)>, StoreError> {
    let rows = sqlx::query(
        "SELECT tag, COUNT(*) AS n FROM moderation_tag_members WHERE app_id = $1 GROUP BY tag",
    )
    .bind(app.0)
    .fetch_all(store.pool())
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("tag")?, unsigned("members", row.try_get("n")?)?)))
        .collect()
}

/// The tags that a user, group or chat room has.
pub async fn tags_of(store: &Store, app: AppId, member: &str) -> Result<Vec<String>, StoreError> {
    let rows =
        sqlx::query("SELECT tag FROM moderation_tag_members WHERE app_id = $1 AND member = $2")
            .bind(app.0)
            .bind(member)
            .fetch_all(store.pool())
            .await?;
    rows.iter().map(|row| Ok(row.try_get("tag")?)).collect()
}

/// Notes that a delivered message is to be examined.
pub async fn add_job(
    store: &Store,
    app: AppId,
    message: MessageId,
    due: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO moderation_jobs (app_id, message, attempts, due) VALUES ($1, $2, 0, $3) \
         ON CONFLICT (app_id, message) DO NOTHING",
    )
    .bind(app.0)
    .bind(signed(message.0))
    .bind(due)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Takes messages that are due, of all apps, and makes them due again at `again`, when whoever took them has failed: the
/// message, and how often it was taken before.
pub async fn take_jobs(
    store: &Store,
    now: Timestamp,
    again: Timestamp,
    limit: u32,
) -> Result<Vec<(AppId, MessageId, u32)>, StoreError> {
    // Mostly there is nothing, and others want to write.
    let due = sqlx::query("SELECT 1 AS n FROM moderation_jobs WHERE due <= $1 LIMIT 1")
        .bind(now)
        .fetch_optional(store.pool())
        .await?;
    if due.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = store.begin_write().await?;
    let rows = sqlx::query(
        "SELECT app_id, message, attempts FROM moderation_jobs WHERE due <= $1 ORDER BY due LIMIT $2",
    )
    .bind(now)
    .bind(i64::from(limit))
    .fetch_all(&mut *tx)
    .await?;
    let mut jobs = Vec::with_capacity(rows.len());
    for row in &rows {
        let (app, message): (i64, i64) = (row.try_get("app_id")?, row.try_get("message")?);
        sqlx::query(
            "UPDATE moderation_jobs SET attempts = attempts + 1, due = $3 WHERE app_id = $1 AND message = $2",
        )
        .bind(app)
        .bind(message)
        .bind(again)
        .execute(&mut *tx)
        .await?;
        let attempts = unsigned("attempts", row.try_get("attempts")?)?;
        jobs.push((AppId(app), MessageId(unsigned("message", message)?), attempts));
    }
    tx.commit().await?;
    Ok(jobs)
}

/// Makes everything due: whoever had taken it is gone.
pub async fn release_jobs(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE moderation_jobs SET due = $1 WHERE due > $1")
        .bind(now)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// A message needs to be examined no more.
pub async fn end_job(store: &Store, app: AppId, message: MessageId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM moderation_jobs WHERE app_id = $1 AND message = $2")
        .bind(app.0)
        .bind(signed(message.0))
        .execute(store.pool())
        .await?;
    Ok(())
}

fn record(row: &AnyRow) -> Result<Record, StoreError> {
    let (kind, outcome, act) = ends(row)?;
    let message: Option<i64> = row.try_get("message")?;
    Ok(Record {
        id: unsigned("record", row.try_get("id")?)?,
        time: row.try_get("created")?,
        sender: UserId::from_trusted(row.try_get::<String, _>("sender")?),
        target: row.try_get("target")?,
        chat: ChatType::from_number(row.try_get("chat")?).unwrap_or(ChatType::Single),
        kind,
        content: row.try_get("content")?,
        rule: row.try_get("rule")?,
        outcome,
        act,
        risk: row.try_get("risk")?,
        detail: row.try_get("detail")?,
        message: message.map(|id| unsigned("message", id).map(MessageId)).transpose()?,
        is_trial: row.try_get::<i64, _>("trial")? != 0,
        review: unsigned("review", row.try_get("review")?)?,
    })
}

/// They were written from their types.
fn ends(row: &AnyRow) -> Result<(ModeratedKind, Outcome, ModerationAct), StoreError> {
    let (kind, outcome, act): (String, String, String) =
        (row.try_get("kind")?, row.try_get("result")?, row.try_get("act")?);
    Ok((
        ModeratedKind::from_key(&kind).unwrap_or(ModeratedKind::Text),
        Outcome::from_key(&outcome).unwrap_or(Outcome::Failed),
        ModerationAct::from_key(&act).unwrap_or(ModerationAct::Pass),
    ))
}

/// A message is examined again, not before `due`.
pub async fn put_off(
    store: &Store,
    app: AppId,
    message: MessageId,
    due: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE moderation_jobs SET due = $3 WHERE app_id = $1 AND message = $2")
        .bind(app.0)
        .bind(signed(message.0))
        .bind(due)
        .execute(store.pool())
        .await?;
    Ok(())
}
