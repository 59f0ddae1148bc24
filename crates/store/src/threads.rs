//! Threads and their members.
//!
//! Every write that adds takes the row of the thread's group first, as writes to the group do: nobody joins a thread
//! while it leaves the group, and no thread outlives its group.

use hongyan_model::{AppId, Conversation, GroupId, MessageId, Thread, ThreadId, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::contacts::lock_users;
use crate::counters::{Counted, change};
use crate::engine::placeholders;
use crate::groups;
use crate::members::{read_position, rows_of, unsigned};
use crate::{Store, StoreError, pins};

/// What is read of a thread; `$of` is empty or such as `"x."`.
macro_rules! thread {
    ($of:literal) => {
        crate::columns::columns!($of, "id", "group_id", "message_id", "name", "owner", "created")
    };
}

const THREAD: &str = thread!("");
const FIND: &str = concat!("SELECT ", thread!(""), " FROM threads WHERE app_id = $1 AND id = $2");

/// Values in one statement.
const CHUNK: usize = 500;

/// How many there may be; `None` is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ThreadQuota {
    /// Threads of the app.
    pub threads: Option<u64>,
    /// Threads of one user.
    pub threads_per_user: Option<u64>,
}

/// What became of [`insert`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Creation {
    /// The thread is there, with its owner in it.
    Done,
    /// There is no such group.
    NoGroup,
    /// The owner is not in the group.
    NotInGroup,
    /// The message has a thread already.
    Exists,
    /// The app has as many threads as it may have.
    TooMany,
    /// The owner is in as many threads as it may be.
    UserFull,
}

/// What became of [`add_members`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Joining {
    /// There is no such thread.
    NoThread,
    /// This one is not in the group; none was added.
    NotInGroup(UserId),
    /// This one is in as many threads as it may be; none was added.
    UserFull(UserId),
    /// Those who were not in the thread before.
    Joined(Vec<UserId>),
}

/// A thread and when somebody joined it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Joined {
    /// The thread.
    pub thread: Thread,
    /// Log position when the user joined.
    pub joined_at: MessageId,
}

/// Stores a thread with its owner in it.
pub async fn insert(
    store: &Store,
    app: AppId,
    thread: &Thread,
    joined_at: MessageId,
    quota: ThreadQuota,
) -> Result<Creation, StoreError> {
    let mut tx = store.begin_write().await?;
    if groups::lock(&mut tx, app, &thread.group).await?.is_none() {
        return Ok(Creation::NoGroup);
    }
    let owner = std::slice::from_ref(&thread.owner);
    if first_outside(&mut tx, app, &thread.group, owner).await?.is_some() {
        return Ok(Creation::NotInGroup);
    }
    let inserted = sqlx::query(
        "INSERT INTO threads (app_id, id, group_id, message_id, name, owner, created) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(app.0)
    .bind(thread.id.as_str())
    .bind(thread.group.as_str())
    .bind(stored(thread.message))
    .bind(&thread.name)
    .bind(thread.owner.as_str())
    .bind(thread.created)
    .execute(&mut *tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(Creation::Exists);
    }
    let members = [(thread.owner.clone(), joined_at)];
    insert_members(&mut tx, app, thread, &members).await?;
    if first_full(&mut tx, app, owner, quota.threads_per_user).await?.is_some() {
        return Ok(Creation::UserFull);
    }
    let threads = change(&mut tx, app, Counted::Threads, 1).await?;
    if quota.threads.is_some_and(|most| threads > most) {
        return Ok(Creation::TooMany);
    }
    tx.commit().await?;
    Ok(Creation::Done)
}

/// Adds those of `users` who are not in the thread yet, each with the log position of its joining: all of them, or none.
pub async fn add_members(
    store: &Store,
    app: AppId,
    thread: &ThreadId,
    users: &[(UserId, MessageId)],
    most: Option<u64>,
) -> Result<Joining, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(thread) = lock(&mut tx, app, thread).await? else {
        return Ok(Joining::NoThread);
    };
    let named: Vec<UserId> = users.iter().map(|(user, _)| user.clone()).collect();
    if let Some(outside) = first_outside(&mut tx, app, &thread.group, &named).await? {
        return Ok(Joining::NotInGroup(outside));
    }
    let joined = insert_members(&mut tx, app, &thread, users).await?;
    if let Some(full) = first_full(&mut tx, app, &joined, most).await? {
        return Ok(Joining::UserFull(full));
    }
    tx.commit().await?;
    Ok(Joining::Joined(joined))
}

/// Removes those of `users` who are in the thread, and answers them.
pub async fn remove_members(
    store: &Store,
    app: AppId,
    thread: &ThreadId,
    users: &[UserId],
) -> Result<Vec<UserId>, StoreError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "DELETE FROM thread_members WHERE app_id = $1 AND thread_id = $2 AND user_id IN ({}) RETURNING user_id",
        placeholders(3, users.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(thread.as_str());
    for user in users {
        query = query.bind(user.as_str());
    }
    query.fetch_all(store.pool()).await?.iter().map(read_user).collect()
}

/// Renames a thread; answers it as it is now, or `None` if there is none.
pub async fn rename(
    store: &Store,
    app: AppId,
    thread: &ThreadId,
    name: &str,
) -> Result<Option<Thread>, StoreError> {
    let row = sqlx::query(concat!(
        "UPDATE threads SET name = $3 WHERE app_id = $1 AND id = $2 RETURNING ",
        thread!(""),
    ))
    .bind(app.0)
    .bind(thread.as_str())
    .bind(name)
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read_thread).transpose()
}

/// Removes a thread; answers it and those who were in it, or `None` if there was none.
pub async fn delete(
    store: &Store,
    app: AppId,
    thread: &ThreadId,
) -> Result<Option<(Thread, Vec<UserId>)>, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(deleted) = lock(&mut tx, app, thread).await? else {
        return Ok(None);
    };
    let members = sqlx::query(
        "DELETE FROM thread_members WHERE app_id = $1 AND thread_id = $2 RETURNING user_id",
    )
    .bind(app.0)
    .bind(thread.as_str())
    .fetch_all(&mut *tx)
    .await?;
    pins::clear(&mut tx, app, &Conversation::Thread(thread.clone()).key()).await?;
    sqlx::query("DELETE FROM threads WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(thread.as_str())
        .execute(&mut *tx)
        .await?;
    change(&mut tx, app, Counted::Threads, -1).await?;
    tx.commit().await?;
    Ok(Some((deleted, members.iter().map(read_user).collect::<Result<_, _>>()?)))
}

/// Removes every thread of a group whose row the transaction has, and answers them.
pub(crate) async fn delete_of_group(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    group: &GroupId,
) -> Result<Vec<ThreadId>, StoreError> {
    sqlx::query("DELETE FROM thread_members WHERE app_id = $1 AND group_id = $2")
        .bind(app.0)
        .bind(group.as_str())
        .execute(&mut **tx)
        .await?;
    pins::clear_threads(tx, app, group).await?;
    let deleted =
        sqlx::query("DELETE FROM threads WHERE app_id = $1 AND group_id = $2 RETURNING id")
            .bind(app.0)
            .bind(group.as_str())
            .fetch_all(&mut **tx)
            .await?;
    if !deleted.is_empty() {
        let deleted = i64::try_from(deleted.len()).unwrap_or(i64::MAX);
        change(tx, app, Counted::Threads, -deleted).await?;
    }
    deleted.iter().map(|row| read_id(row, "id")).collect()
}

/// Takes users who have left a group, whose row the transaction has, out of its threads; answers which.
pub(crate) async fn strike(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    group: &GroupId,
    users: &[UserId],
) -> Result<Vec<(ThreadId, UserId)>, StoreError> {
    let mut left = Vec::new();
    for chunk in users.chunks(CHUNK) {
        let text = format!(
            "DELETE FROM thread_members WHERE app_id = $1 AND group_id = $2 AND user_id IN ({}) \
             RETURNING thread_id, user_id",
            placeholders(3, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(group.as_str());
        for user in chunk {
            query = query.bind(user.as_str());
        }
        for row in query.fetch_all(&mut **tx).await? {
            left.push((read_id(&row, "thread_id")?, read_user(&row)?));
        }
    }
    Ok(left)
}

/// The thread, if there is one.
pub async fn find(
    store: &Store,
    app: AppId,
    thread: &ThreadId,
) -> Result<Option<Thread>, StoreError> {
    let row =
        sqlx::query(FIND).bind(app.0).bind(thread.as_str()).fetch_optional(store.pool()).await?;
    row.as_ref().map(read_thread).transpose()
}

/// The threads that hang below some of `messages`.
pub async fn below(
    store: &Store,
    app: AppId,
    messages: &[MessageId],
) -> Result<Vec<Thread>, StoreError> {
    let mut threads = Vec::new();
    for chunk in messages.chunks(CHUNK) {
        let text = format!(
            "SELECT {THREAD} FROM threads WHERE app_id = $1 AND message_id IN ({})",
            placeholders(2, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0);
        for message in chunk {
            query = query.bind(stored(*message));
        }
        for row in query.fetch_all(store.pool()).await? {
            threads.push(read_thread(&row)?);
        }
    }
    Ok(threads)
}

/// The log position at which `user` joined the thread; `None` if it is not in it.
pub async fn joined_at(
    store: &Store,
    app: AppId,
    thread: &ThreadId,
    user: &UserId,
) -> Result<Option<MessageId>, StoreError> {
    let row = sqlx::query(
        "SELECT joined_at FROM thread_members WHERE app_id = $1 AND thread_id = $2 AND user_id = $3",
    )
    .bind(app.0)
    .bind(thread.as_str())
    .bind(user.as_str())
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read_position).transpose()
}

/// A page of the app's threads, or of one group's, by age, behind the thread made at `after` with that id.
pub async fn page(
    store: &Store,
    app: AppId,
    group: Option<&GroupId>,
    after: Option<(Timestamp, ThreadId)>,
    (newest_first, limit): (bool, usize),
) -> Result<Vec<Thread>, StoreError> {
    let (than, order, edge) =
        if newest_first { ("<", "DESC", i64::MAX) } else { (">", "ASC", i64::MIN) };
    let (created, id) =
        after.map_or((edge, String::new()), |(created, id)| (created, id.as_str().to_owned()));
    let of_group = if group.is_some() { "AND group_id = $5" } else { "" };
    let text = format!(
        "SELECT {THREAD} FROM threads WHERE app_id = $1 AND (created, id) {than} ($2, $3) {of_group} \
         ORDER BY created {order}, id {order} LIMIT $4"
    );
    let mut query =
        sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(created).bind(id).bind(rows_of(limit));
    if let Some(group) = group {
        query = query.bind(group.as_str());
    }
    query.fetch_all(store.pool()).await?.iter().map(read_thread).collect()
}

/// A page of the threads that `user` is in, all or those of one group, by the time it joined them, behind the one it
/// joined at `after`.
pub async fn joined(
    store: &Store,
    app: AppId,
    user: &UserId,
    group: Option<&GroupId>,
    (after, newest_first, limit): (Option<MessageId>, bool, usize),
) -> Result<Vec<Joined>, StoreError> {
    let (than, order, edge) =
        if newest_first { ("<", "DESC", i64::MAX) } else { (">", "ASC", i64::MIN) };
    let of_group = if group.is_some() { "AND m.group_id = $5" } else { "" };
    const OF_MEMBER: &str = thread!("t.");
    let text = format!(
        "SELECT m.joined_at, {OF_MEMBER} FROM thread_members m \
         JOIN threads t ON t.app_id = m.app_id AND t.id = m.thread_id \
         WHERE m.app_id = $1 AND m.user_id = $2 AND m.joined_at {than} $3 {of_group} \
         ORDER BY m.joined_at {order} LIMIT $4"
    );
    let mut query = sqlx::query(AssertSqlSafe(text))
        .bind(app.0)
        .bind(user.as_str())
        .bind(after.map_or(edge, stored))
        .bind(rows_of(limit));
    if let Some(group) = group {
        query = query.bind(group.as_str());
    }
    let rows = query.fetch_all(store.pool()).await?;
    let read =
        |row: &AnyRow| Ok(Joined { thread: read_thread(row)?, joined_at: read_position(row)? });
    rows.iter().map(read).collect()
}

/// A page of the users in a thread, the first to join first, behind the one who joined at `after`.
pub async fn members(
    store: &Store,
    app: AppId,
    thread: &ThreadId,
    after: Option<(MessageId, UserId)>,
    limit: usize,
) -> Result<Vec<(UserId, MessageId)>, StoreError> {
    let (joined_at, user) = after.map_or((i64::MIN, String::new()), |(joined_at, user)| {
        (stored(joined_at), user.as_str().to_owned())
    });
    let rows = sqlx::query(
        "SELECT user_id, joined_at FROM thread_members WHERE app_id = $1 AND thread_id = $2 \
         AND (joined_at, user_id) > ($3, $4) ORDER BY joined_at, user_id LIMIT $5",
    )
    .bind(app.0)
    .bind(thread.as_str())
    .bind(joined_at)
    .bind(user)
    .bind(rows_of(limit))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(|row| Ok((read_user(row)?, read_position(row)?))).collect()
}

/// How many users are in a thread.
pub async fn member_count(store: &Store, app: AppId, thread: &ThreadId) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM thread_members WHERE app_id = $1 AND thread_id = $2",
    )
    .bind(app.0)
    .bind(thread.as_str())
    .fetch_one(store.pool())
    .await?;
    unsigned("number of members", row.try_get("n")?)
}

/// Every thread that `user` is in, with the log position at which it joined.
pub async fn joined_positions(
    store: &Store,
    app: AppId,
    user: &UserId,
) -> Result<Vec<(ThreadId, MessageId)>, StoreError> {
    let rows = sqlx::query(
        "SELECT thread_id, joined_at FROM thread_members WHERE app_id = $1 AND user_id = $2",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(|row| Ok((read_id(row, "thread_id")?, read_position(row)?))).collect()
}

/// Takes the row of the thread's group until the transaction ends, and reads the thread behind it.
async fn lock(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    thread: &ThreadId,
) -> Result<Option<Thread>, StoreError> {
    let find = || sqlx::query(FIND).bind(app.0).bind(thread.as_str());
    let Some(row) = find().fetch_optional(&mut **tx).await? else { return Ok(None) };
    groups::lock(tx, app, &read_thread(&row)?.group).await?;
    // It may have ended while this waited.
    let row = find().fetch_optional(&mut **tx).await?;
    row.as_ref().map(read_thread).transpose()
}

/// Inserts those who are not in the thread yet and answers them.
async fn insert_members(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    thread: &Thread,
    users: &[(UserId, MessageId)],
) -> Result<Vec<UserId>, StoreError> {
    let mut joined = Vec::with_capacity(users.len());
    for (user, joined_at) in users {
        let inserted = sqlx::query(
            "INSERT INTO thread_members (app_id, thread_id, user_id, group_id, joined_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(app.0)
        .bind(thread.id.as_str())
        .bind(user.as_str())
        .bind(thread.group.as_str())
        .bind(stored(*joined_at))
        .execute(&mut **tx)
        .await?;
        if inserted.rows_affected() > 0 {
            joined.push(user.clone());
        }
    }
    Ok(joined)
}

/// The first of `users`, a few, who is not in the group.
async fn first_outside(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    group: &GroupId,
    users: &[UserId],
) -> Result<Option<UserId>, StoreError> {
    for user in users {
        let row = sqlx::query(
            "SELECT 1 AS x FROM group_members WHERE app_id = $1 AND group_id = $2 AND user_id = $3",
        )
        .bind(app.0)
        .bind(group.as_str())
        .bind(user.as_str())
        .fetch_optional(&mut **tx)
        .await?;
        if row.is_none() {
            return Ok(Some(user.clone()));
        }
    }
    Ok(None)
}

/// The first of `users`, a few who have just been entered into a thread, who is in more than `most` threads with it.
///
/// Takes their rows, so that nobody enters them elsewhere at the same time.
async fn first_full(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    users: &[UserId],
    most: Option<u64>,
) -> Result<Option<UserId>, StoreError> {
    let Some(most) = most else { return Ok(None) };
    lock_users(tx, app, &users.iter().collect::<Vec<_>>()).await?;
    for user in users {
        // No further than needed: there may be very many.
        let row = sqlx::query(
            "SELECT COUNT(*) AS n FROM (SELECT 1 AS x FROM thread_members WHERE app_id = $1 AND user_id = $2 \
             LIMIT $3) AS few",
        )
        .bind(app.0)
        .bind(user.as_str())
        .bind(i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1))
        .fetch_one(&mut **tx)
        .await?;
        if unsigned::<u64>("number of threads", row.try_get("n")?)? > most {
            return Ok(Some(user.clone()));
        }
    }
    Ok(None)
}

fn read_thread(row: &AnyRow) -> Result<Thread, StoreError> {
    Ok(Thread {
        id: read_id(row, "id")?,
        group: GroupId::from_trusted(row.try_get::<String, _>("group_id")?),
        message: MessageId(unsigned("message id", row.try_get("message_id")?)?),
        name: row.try_get("name")?,
        owner: UserId::from_trusted(row.try_get::<String, _>("owner")?),
        created: row.try_get("created")?,
    })
}

fn read_id(row: &AnyRow, column: &str) -> Result<ThreadId, StoreError> {
    Ok(ThreadId::from_trusted(row.try_get::<String, _>(column)?))
}

fn read_user(row: &AnyRow) -> Result<UserId, StoreError> {
    Ok(UserId::from_trusted(row.try_get::<String, _>("user_id")?))
}

/// Ids have 63 bits, so nothing is lost.
fn stored(id: MessageId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}
