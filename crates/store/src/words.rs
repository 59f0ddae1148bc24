//! Words of an app's lists, and the messages that held a sensitive one.

use std::collections::HashSet;

use hongyan_model::{AppId, ChatType, IdGenerator, Timestamp, UserId, WordPolicy};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::apps::lock_app;
use crate::members::{rows_of, signed, unsigned};
use crate::{Store, StoreError};

/// A word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// Names it within its list.
    pub id: u64,
    /// The word.
    pub word: String,
    /// Who added or changed it, as the customer's server says; empty: nobody, or staff.
    pub by: String,
    /// When it was added.
    pub added: Timestamp,
    /// When it was added or changed.
    pub updated: Timestamp,
}

/// Words that are to be on a list.
#[derive(Clone, Copy, Debug)]
pub struct NewWords<'a> {
    /// The words.
    pub words: &'a [String],
    /// Who adds them.
    pub by: &'a str,
    /// How many the list may have.
    pub most: usize,
    /// When.
    pub now: Timestamp,
    /// Gives them ids.
    pub ids: &'a IdGenerator,
}

/// What became of words that were to be added all or not at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Addition {
    /// They are on the list, in the order in which they were given, each once. Those that were there stayed as they were.
    Done(Vec<Word>),
    /// All of them were there.
    AllThere,
    /// No place for those that were not there.
    OverLimit,
}

/// What became of a word that was to become another one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// It is this now.
    Done(Word),
    /// There is no word of this id.
    NotFound,
    /// The list has that word already.
    Taken,
}

const WORD: &str = "id, word, added_by, added, updated";

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

/// Adds words to a list as far as it has place for them.
pub async fn add(
    store: &Store,
    list: (AppId, i64),
    new: NewWords<'_>,
) -> Result<Added, StoreError> {
    let mut tx = store.begin_write().await?;
    let mut there = begin(&mut tx, list).await?;
    let (mut done, mut seen) = (Added::default(), HashSet::new());
    for word in new.words {
        if !seen.insert(word) {
            done.duplicate += 1;
        } else if there >= new.most {
            let is_known = find(&mut tx, list, word).await?.is_some();
            let count = if is_known { &mut done.duplicate } else { &mut done.over_limit };
            *count += 1;
        } else if insert(&mut tx, list, new, word).await?.is_some() {
            (done.added, there) = (done.added + 1, there + 1);
        } else {
            done.duplicate += 1;
        }
    }
    tx.commit().await?;
    Ok(done)
}

/// Adds all words to a list, or none of them.
pub async fn add_all(
    store: &Store,
    list: (AppId, i64),
    new: NewWords<'_>,
) -> Result<Addition, StoreError> {
    let mut tx = store.begin_write().await?;
    let there = begin(&mut tx, list).await?;
    let (mut words, mut seen, mut added) = (Vec::new(), HashSet::new(), 0);
    for word in new.words.iter().filter(|word| seen.insert(*word)) {
        if let Some(known) = find(&mut tx, list, word).await? {
            words.push(known);
        } else if there + added >= new.most {
            return Ok(Addition::OverLimit);
        } else {
            words.extend(insert(&mut tx, list, new, word).await?);
            added += 1;
        }
    }
    if added == 0 {
        return Ok(Addition::AllThere);
    }
    tx.commit().await?;
    Ok(Addition::Done(words))
}

/// Makes the word of an id another one.
pub async fn change(
    store: &Store,
    (app, list): (AppId, i64),
    id: u64,
    (word, by): (&str, &str),
    now: Timestamp,
) -> Result<Change, StoreError> {
    let mut tx = store.begin_write().await?;
    begin(&mut tx, (app, list)).await?;
    if find(&mut tx, (app, list), word).await?.is_some_and(|known| known.id != id) {
        return Ok(Change::Taken);
    }
    let changed = sqlx::query(
        "UPDATE listed_words SET word = $4, added_by = $5, updated = $6 \
         WHERE app_id = $1 AND list_id = $2 AND id = $3",
    )
    .bind(app.0)
    .bind(list)
    .bind(signed(id))
    .bind(word)
    .bind(by)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    if changed.rows_affected() == 0 {
        return Ok(Change::NotFound);
    }
    let word = find(&mut tx, (app, list), word).await?;
    tx.commit().await?;
    Ok(word.map_or(Change::NotFound, Change::Done))
}

/// One after the other within an app, so that counts are exact; answers how many words the list has.
async fn begin(
    tx: &mut Transaction<'_, Any>,
    (app, list): (AppId, i64),
) -> Result<usize, StoreError> {
    lock_app(tx, app).await?;
    let row =
        sqlx::query("SELECT COUNT(*) AS n FROM listed_words WHERE app_id = $1 AND list_id = $2")
            .bind(app.0)
            .bind(list)
            .fetch_one(&mut **tx)
            .await?;
    unsigned("words", row.try_get("n")?)
}

async fn find(
    tx: &mut Transaction<'_, Any>,
    (app, list): (AppId, i64),
    word: &str,
) -> Result<Option<Word>, StoreError> {
    let sql =
        format!("SELECT {WORD} FROM listed_words WHERE app_id = $1 AND list_id = $2 AND word = $3");
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(app.0)
        .bind(list)
        .bind(word)
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Adds a word; `None`: it is there.
async fn insert(
    tx: &mut Transaction<'_, Any>,
    (app, list): (AppId, i64),
    NewWords { by, now, ids, .. }: NewWords<'_>,
    word: &str,
) -> Result<Option<Word>, StoreError> {
    let id = ids.next(now).0;
    let done = sqlx::query(
        "INSERT INTO listed_words (app_id, list_id, word, added, id, added_by, updated) \
         VALUES ($1, $2, $3, $4, $5, $6, $4) ON CONFLICT (app_id, list_id, word) DO NOTHING",
    )
    .bind(app.0)
    .bind(list)
    .bind(word)
    .bind(now)
    .bind(signed(id))
    .bind(by)
    .execute(&mut **tx)
    .await?;
    let new = Word { id, word: word.to_owned(), by: by.to_owned(), added: now, updated: now };
    Ok((done.rows_affected() == 1).then_some(new))
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

/// Removes the words of these ids; how many these were.
pub async fn remove_by_ids(
    store: &Store,
    (app, list): (AppId, i64),
    ids: &[u64],
) -> Result<u64, StoreError> {
    let mut tx = store.begin_write().await?;
    let mut removed = 0;
    for id in ids {
        let done =
            sqlx::query("DELETE FROM listed_words WHERE app_id = $1 AND list_id = $2 AND id = $3")
                .bind(app.0)
                .bind(list)
                .bind(signed(*id))
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
    let sql = format!(
        "SELECT {WORD} FROM listed_words WHERE app_id = $1 AND list_id = $2 AND word > $3 \
         AND LOWER(word) LIKE $4 ESCAPE '\\' ORDER BY word LIMIT $5"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(app.0)
        .bind(list)
        .bind(after.unwrap_or_default())
        .bind(holding(search))
        .bind(rows_of(limit))
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(read).collect()
}

/// Words of a list that hold `search`, the newest first, without the first `skipped`; and how many there are.
pub async fn search(
    store: &Store,
    (app, list): (AppId, i64),
    search: &str,
    (skipped, limit): (usize, usize),
) -> Result<(Vec<Word>, u64), StoreError> {
    const THESE: &str =
        "FROM listed_words WHERE app_id = $1 AND list_id = $2 AND LOWER(word) LIKE $3 ESCAPE '\\'";
    let row = sqlx::query(AssertSqlSafe(format!("SELECT COUNT(*) AS n {THESE}")))
        .bind(app.0)
        .bind(list)
        .bind(holding(search))
        .fetch_one(store.pool())
        .await?;
    let total = unsigned("words", row.try_get("n")?)?;
    let sql = format!("SELECT {WORD} {THESE} ORDER BY id DESC, word LIMIT $4 OFFSET $5");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(app.0)
        .bind(list)
        .bind(holding(search))
        .bind(rows_of(limit))
        .bind(rows_of(skipped))
        .fetch_all(store.pool())
        .await?;
    Ok((rows.iter().map(read).collect::<Result<_, _>>()?, total))
}

/// What `LIKE` takes for a text that holds `search`, in lower case.
fn holding(search: &str) -> String {
    let escaped =
        search.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

fn read(row: &AnyRow) -> Result<Word, StoreError> {
    Ok(Word {
        id: unsigned("word", row.try_get("id")?)?,
        word: row.try_get("word")?,
        by: row.try_get("added_by")?,
        added: row.try_get("added")?,
        updated: row.try_get("updated")?,
    })
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
