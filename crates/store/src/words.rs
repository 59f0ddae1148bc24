//! Words of an app's lists, and the messages that held a sensitive one.

use std::collections::HashSet;

use hongyan_model::{AppId, ChatType, Timestamp, UserId, WordPolicy};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::members::{signed, unsigned};
use crate::{Store, StoreError};

/// A word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// The word.
    pub word: String,
    /// When it was added.
    pub added: Timestamp,
}

/// The list of sensitive words; lists of keywords have other numbers.
pub const SENSITIVE: i64 = 0;

/// What became of words that were to be added.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Added {
    /// Added.
    pub added: usize,
    /// There already.
    pub duplicate: usize,
    /// No place for them.
    pub over_limit: usize,
}

/// A message that held sensitive words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WordHit {
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
    /// Whether it was a new content of a message.
    pub edit: bool,
    /// What it said.
    pub text: String,
    /// The words in it.
    pub words: Vec<String>,
    /// What became of it.
    pub verdict: WordPolicy,
}

/// Which hits [`hits`] shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HitFilter {
    /// Of this sender.
    pub sender: Option<String>,
    /// With this end.
    pub verdict: Option<WordPolicy>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not after.
    pub to: Option<Timestamp>,
}

/// Adds words to a list that may have `most`.
pub async fn add(
    store: &Store,
    (app, list): (AppId, i64),
    words: &[String],
    most: usize,
    now: Timestamp,
) -> Result<Added, StoreError> {
    let mut tx = store.begin_write().await?;
    let row =
        sqlx::query("SELECT COUNT(*) AS n FROM listed_words WHERE app_id = $1 AND list_id = $2")
            .bind(app.0)
            .bind(list)
            .fetch_one(&mut *tx)
            .await?;
    let mut there: usize = unsigned("words", row.try_get("n")?)?;
    let (mut done, mut seen) = (Added::default(), HashSet::new());
    for word in words {
        if !seen.insert(word) {
            done.duplicate += 1;
            continue;
        }
        if there >= most {
            let known = sqlx::query(
                "SELECT 1 AS n FROM listed_words WHERE app_id = $1 AND list_id = $2 AND word = $3",
            )
            .bind(app.0)
            .bind(list)
            .bind(word.as_str())
            .fetch_optional(&mut *tx)
            .await?;
            if known.is_some() {
                done.duplicate += 1
            } else {
                done.over_limit += 1
            }
            continue;
        }
        let inserted = sqlx::query(
            "INSERT INTO listed_words (app_id, list_id, word, added) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (app_id, list_id, word) DO NOTHING",
        )
        .bind(app.0)
        .bind(list)
        .bind(word.as_str())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        if inserted.rows_affected() == 1 {
            (done.added, there) = (done.added + 1, there + 1);
        } else {
            done.duplicate += 1;
        }
    }
    tx.commit().await?;
    Ok(done)
}

/// Removes words; how many these were.
pub async fn remove(
    store: &Store,
    (app, list): (AppId, i64),
    words: &[String],
) -> Result<u64, StoreError> {
    let mut tx = store.begin_write().await?;
    let mut removed = 0;
    for word in words {
        let done = sqlx::query(
            "DELETE FROM listed_words WHERE app_id = $1 AND list_id = $2 AND word = $3",
        )
        .bind(app.0)
        .bind(list)
        .bind(word.as_str())
        .execute(&mut *tx)
        .await?;
        removed += done.rows_affected();
    }
    tx.commit().await?;
    Ok(removed)
}

/// Removes all words of a list; how many these were.
pub async fn clear(store: &Store, (app, list): (AppId, i64)) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM listed_words WHERE app_id = $1 AND list_id = $2")
        .bind(app.0)
        .bind(list)
        .execute(store.pool())
        .await?;
    Ok(done.rows_affected())
}

/// How many words a list has.
pub async fn count(store: &Store, (app, list): (AppId, i64)) -> Result<u64, StoreError> {
    let row =
        sqlx::query("SELECT COUNT(*) AS n FROM listed_words WHERE app_id = $1 AND list_id = $2")
            .bind(app.0)
            .bind(list)
            .fetch_one(store.pool())
            .await?;
    unsigned("words", row.try_get("n")?)
}

/// All words of a list, in order.
pub async fn all(store: &Store, (app, list): (AppId, i64)) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "SELECT word FROM listed_words WHERE app_id = $1 AND list_id = $2 ORDER BY word",
    )
    .bind(app.0)
    .bind(list)
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(|row| Ok(row.try_get("word")?)).collect()
}

/// Words of a list in order, those after `after` that hold `search`.
pub async fn page(
    store: &Store,
    (app, list): (AppId, i64),
    search: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Word>, StoreError> {
    let escaped =
        search.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let rows = sqlx::query(
        "SELECT word, added FROM listed_words WHERE app_id = $1 AND list_id = $2 AND word > $3 \
         AND LOWER(word) LIKE $4 ESCAPE '\\' ORDER BY word LIMIT $5",
    )
    .bind(app.0)
    .bind(list)
    .bind(after.unwrap_or_default())
    .bind(format!("%{escaped}%"))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    let word = |row: &AnyRow| Ok(Word { word: row.try_get("word")?, added: row.try_get("added")? });
    rows.iter().map(word).collect()
}

/// Notes a message that held sensitive words.
pub async fn note_hit(store: &Store, app: AppId, hit: &WordHit) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sensitive_word_hits (app_id, id, created, sender, target, chat, edit, text, words, verdict) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(app.0)
    .bind(signed(hit.id))
    .bind(hit.time)
    .bind(hit.sender.as_str())
    .bind(hit.target.as_str())
    .bind(hit.chat as i64)
    .bind(i64::from(hit.edit))
    .bind(hit.text.as_str())
    .bind(serde_json::Value::from(hit.words.clone()).to_string())
    .bind(hit.verdict.key())
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Messages that held sensitive words from new to old, those before `before`.
pub async fn hits(
    store: &Store,
    app: AppId,
    filter: &HitFilter,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<WordHit>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, created, sender, target, chat, edit, text, words, verdict FROM sensitive_word_hits \
         WHERE app_id = $1 AND id < $2 AND (sender = $3 OR $3 = '') AND (verdict = $4 OR $4 = '') \
         AND created >= $5 AND created <= $6 ORDER BY id DESC LIMIT $7",
    )
    .bind(app.0)
    .bind(before.map_or(i64::MAX, signed))
    .bind(filter.sender.as_deref().unwrap_or_default())
    .bind(filter.verdict.map(WordPolicy::key).unwrap_or_default())
    .bind(filter.from.unwrap_or(i64::MIN))
    .bind(filter.to.unwrap_or(i64::MAX))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(hit).collect()
}

/// Removes up to `limit` hits, of every app, from before `before`; answers how many.
pub async fn forget_hits(store: &Store, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "DELETE FROM sensitive_word_hits WHERE (app_id, id) IN \
         (SELECT app_id, id FROM sensitive_word_hits WHERE created < $1 ORDER BY created LIMIT $2)",
    )
    .bind(before)
    .bind(i64::from(limit))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected())
}

fn hit(row: &AnyRow) -> Result<WordHit, StoreError> {
    let words: String = row.try_get("words")?;
    let chat: i64 = row.try_get("chat")?;
    let verdict: String = row.try_get("verdict")?;
    Ok(WordHit {
        id: unsigned("hit", row.try_get("id")?)?,
        time: row.try_get("created")?,
        sender: UserId::from_trusted(row.try_get::<String, _>("sender")?),
        target: row.try_get("target")?,
        // Both were written from their types.
        chat: ChatType::from_number(chat).unwrap_or(ChatType::Single),
        edit: row.try_get::<i64, _>("edit")? != 0,
        text: row.try_get("text")?,
        words: serde_json::from_str(&words).unwrap_or_default(),
        verdict: WordPolicy::from_key(&verdict).unwrap_or(WordPolicy::Record),
    })
}
