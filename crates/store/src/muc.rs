//! Lists of groups and chat rooms: who is blocked, muted, allowed; mute-all and announcement.
//!
//! Every write takes the row of the group or room first, like the writes to its members: what is on a list belongs
//! to something that exists, and the lists keep their limit.

use hongyan_model::{AppId, Muc, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::engine::placeholders;
use crate::{Store, StoreError, muc_files};

/// The end of what does not end.
pub const FOREVER: Timestamp = Timestamp::MAX;

/// Users in one statement.
const CHUNK: usize = 500;

/// A list of a group or room. The numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum List {
    /// Who may not be in it.
    Blocked = 0,
    /// Who may not write.
    Muted = 1,
    /// Who may write while all are muted.
    Allowed = 2,
}

/// Somebody on a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Who.
    pub user: UserId,
    /// Until when, [`FOREVER`] but for mutes.
    pub expires: Timestamp,
}

/// What became of [`add`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Addition {
    /// There is no such group or room.
    Nowhere,
    /// They would be too many; none was added.
    Full,
    /// These are on the list now; the others are no users of the app.
    Done(Vec<UserId>),
}

/// What a group or room has beside its lists.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// Whether only owner, administrators and allowed members may write.
    pub all_muted: bool,
    /// Announcement; empty: none.
    pub announcement: String,
}

/// Who may write, as far as the lists say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Speech {
    /// Whether only owner, administrators and allowed members may write.
    pub all_muted: bool,
    /// The muted.
    pub muted: Vec<Listed>,
    /// The allowed.
    pub allowed: Vec<UserId>,
}

/// Puts `users` on a list until `expires`, or moves the end of those who are on it. What is over is dropped on the
/// way; the list may grow to `limit`. Whoever is blocked is allowed no longer.
pub async fn add(
    store: &Store,
    app: AppId,
    muc: &Muc,
    list: List,
    users: &[UserId],
    (expires, now, limit): (Timestamp, Timestamp, usize),
) -> Result<Addition, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock(&mut tx, app, muc).await?.is_none() {
        return Ok(Addition::Nowhere);
    }
    drop_expired(&mut tx, app, muc, now).await?;
    let mut added = Vec::with_capacity(users.len());
    for chunk in users.chunks(CHUNK) {
        let text = format!(
            "INSERT INTO muc_lists (app_id, muc_id, list, user_id, expires, created) \
             SELECT app_id, $2, $3, id, $4, $5 FROM users WHERE app_id = $1 AND id IN ({}) \
             ON CONFLICT (app_id, muc_id, list, user_id) DO UPDATE SET expires = excluded.expires \
             RETURNING user_id",
            placeholders(6, chunk.len())
        );
        let query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(muc.id()).bind(list as i64);
        let query = bind_users(query.bind(expires).bind(now), chunk);
        added.extend(read_users(&query.fetch_all(&mut *tx).await?)?);
    }
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM muc_lists WHERE app_id = $1 AND muc_id = $2 AND list = $3",
    )
    .bind(app.0)
    .bind(muc.id())
    .bind(list as i64)
    .fetch_one(&mut *tx)
    .await?;
    if row.try_get::<i64, _>("n")? > rows_of(limit) {
        return Ok(Addition::Full);
    }
    if list == List::Blocked {
        strike(&mut tx, app, muc.id(), List::Allowed, &added).await?;
    }
    tx.commit().await?;
    Ok(Addition::Done(added))
}

/// Takes `users` off a list; answers those who were on it. What is over counts as gone.
pub async fn remove(
    store: &Store,
    app: AppId,
    muc: &Muc,
    list: List,
    users: &[UserId],
    now: Timestamp,
) -> Result<Vec<UserId>, StoreError> {
    let mut tx = store.begin_write().await?;
    drop_expired(&mut tx, app, muc, now).await?;
    let removed = strike(&mut tx, app, muc.id(), list, users).await?;
    tx.commit().await?;
    Ok(removed)
}

/// Who is on a list, the first one first.
pub async fn list(
    store: &Store,
    app: AppId,
    muc: &Muc,
    list: List,
    now: Timestamp,
) -> Result<Vec<Listed>, StoreError> {
    let rows = sqlx::query(
        "SELECT user_id, expires FROM muc_lists \
         WHERE app_id = $1 AND muc_id = $2 AND list = $3 AND expires > $4 ORDER BY created, user_id",
    )
    .bind(app.0)
    .bind(muc.id())
    .bind(list as i64)
    .bind(now)
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read_listed).collect()
}

/// Mute-all and announcement; the defaults where nobody ever set them.
pub async fn settings(store: &Store, app: AppId, muc: &Muc) -> Result<Settings, StoreError> {
    let row = sqlx::query(
        "SELECT all_muted, announcement FROM muc_settings WHERE app_id = $1 AND muc_id = $2",
    )
    .bind(app.0)
    .bind(muc.id())
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else { return Ok(Settings::default()) };
    Ok(Settings {
        all_muted: row.try_get::<i64, _>("all_muted")? != 0,
        announcement: row.try_get("announcement")?,
    })
}

/// Sets mute-all; `false`: no such group or room.
pub async fn set_all_muted(
    store: &Store,
    app: AppId,
    muc: &Muc,
    muted: bool,
) -> Result<bool, StoreError> {
    let insert = sqlx::query(
        "INSERT INTO muc_settings (app_id, muc_id, all_muted, announcement) VALUES ($1, $2, $3, '') \
         ON CONFLICT (app_id, muc_id) DO UPDATE SET all_muted = excluded.all_muted",
    );
    set(store, app, muc, insert.bind(app.0).bind(muc.id()).bind(i64::from(muted))).await
}

/// Sets the announcement; `false`: no such group or room.
pub async fn set_announcement(
    store: &Store,
    app: AppId,
    muc: &Muc,
    announcement: &str,
) -> Result<bool, StoreError> {
    let insert = sqlx::query(
        "INSERT INTO muc_settings (app_id, muc_id, all_muted, announcement) VALUES ($1, $2, 0, $3) \
         ON CONFLICT (app_id, muc_id) DO UPDATE SET announcement = excluded.announcement",
    );
    set(store, app, muc, insert.bind(app.0).bind(muc.id()).bind(announcement.to_owned())).await
}

/// Everything that says who may write.
pub async fn speech(
    store: &Store,
    app: AppId,
    muc: &Muc,
    now: Timestamp,
) -> Result<Speech, StoreError> {
    let rows = sqlx::query(
        "SELECT user_id, list, expires FROM muc_lists \
         WHERE app_id = $1 AND muc_id = $2 AND list IN ($3, $4) AND expires > $5",
    )
    .bind(app.0)
    .bind(muc.id())
    .bind(List::Muted as i64)
    .bind(List::Allowed as i64)
    .bind(now)
    .fetch_all(store.pool())
    .await?;
    let all_muted = settings(store, app, muc).await?.all_muted;
    let mut speech = Speech { all_muted, ..Speech::default() };
    for row in &rows {
        let listed = read_listed(row)?;
        if row.try_get::<i64, _>("list")? == List::Muted as i64 {
            speech.muted.push(listed);
        } else {
            speech.allowed.push(listed.user);
        }
    }
    Ok(speech)
}

/// Takes `user` off every list; answers the ids of the groups and rooms whose lists they were.
pub async fn remove_everywhere(
    store: &Store,
    app: AppId,
    user: &UserId,
) -> Result<Vec<String>, StoreError> {
    let rows =
        sqlx::query("DELETE FROM muc_lists WHERE app_id = $1 AND user_id = $2 RETURNING muc_id")
            .bind(app.0)
            .bind(user.as_str())
            .fetch_all(store.pool())
            .await?;
    rows.iter().map(|row| Ok(row.try_get("muc_id")?)).collect()
}

/// Removes everything of a group or room that is being deleted in `tx`.
pub(crate) async fn clear(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    muc: &str,
) -> Result<(), StoreError> {
    for text in [
        "DELETE FROM muc_lists WHERE app_id = $1 AND muc_id = $2",
        "DELETE FROM muc_settings WHERE app_id = $1 AND muc_id = $2",
        "DELETE FROM push_conversations WHERE app_id = $1 AND kind = 1 AND peer = $2",
    ] {
        sqlx::query(text).bind(app.0).bind(muc).execute(&mut **tx).await?;
    }
    muc_files::clear(tx, app, muc).await
}

/// The first of `users` who may not be in the group or room, whose row `tx` has taken.
pub(crate) async fn first_blocked(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    muc: &str,
    users: impl Iterator<Item = &UserId> + Send,
) -> Result<Option<UserId>, StoreError> {
    let users: Vec<UserId> = users.cloned().collect();
    for chunk in users.chunks(CHUNK) {
        let text = format!(
            "SELECT user_id FROM muc_lists WHERE app_id = $1 AND muc_id = $2 AND list = $3 \
             AND user_id IN ({}) ORDER BY user_id LIMIT 1",
            placeholders(4, chunk.len())
        );
        let query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(muc);
        let query = bind_users(query.bind(List::Blocked as i64), chunk);
        let rows = query.fetch_all(&mut **tx).await?;
        if let Some(blocked) = read_users(&rows)?.pop() {
            return Ok(Some(blocked));
        }
    }
    Ok(None)
}

/// The owner of a group or room is neither blocked nor muted there.
pub(crate) async fn welcome_owner(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    muc: &str,
    owner: &UserId,
) -> Result<(), StoreError> {
    for list in [List::Blocked, List::Muted] {
        strike(tx, app, muc, list, std::slice::from_ref(owner)).await?;
    }
    Ok(())
}

/// Takes `users` off one list; answers those who were on it.
pub(crate) async fn strike(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    muc: &str,
    list: List,
    users: &[UserId],
) -> Result<Vec<UserId>, StoreError> {
    let mut removed = Vec::new();
    for chunk in users.chunks(CHUNK) {
        let text = format!(
            "DELETE FROM muc_lists WHERE app_id = $1 AND muc_id = $2 AND list = $3 AND user_id IN ({}) \
             RETURNING user_id",
            placeholders(4, chunk.len())
        );
        let query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(muc).bind(list as i64);
        removed.extend(read_users(&bind_users(query, chunk).fetch_all(&mut **tx).await?)?);
    }
    Ok(removed)
}

type Query<'q> = sqlx::query::Query<'q, Any, sqlx::any::AnyArguments>;

async fn set(
    store: &Store,
    app: AppId,
    muc: &Muc,
    insert: Query<'static>,
) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock(&mut tx, app, muc).await?.is_none() {
        return Ok(false);
    }
    insert.execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(true)
}

/// Keeps every other writer away from the group or room until the transaction ends; its owner, if it exists.
pub(crate) async fn lock(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    muc: &Muc,
) -> Result<Option<UserId>, StoreError> {
    let text = format!(
        "UPDATE {} SET member_count = member_count WHERE app_id = $1 AND id = $2 RETURNING owner",
        table(muc)
    );
    let row = sqlx::query(AssertSqlSafe(text))
        .bind(app.0)
        .bind(muc.id())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| Ok(UserId::from_trusted(row.try_get::<String, _>("owner")?))).transpose()
}

/// Where the facts of groups and rooms are.
pub(crate) fn table(muc: &Muc) -> &'static str {
    match muc {
        Muc::Group(_) => "chat_groups",
        Muc::Room(_) => "rooms",
    }
}

async fn drop_expired(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    muc: &Muc,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM muc_lists WHERE app_id = $1 AND muc_id = $2 AND expires <= $3")
        .bind(app.0)
        .bind(muc.id())
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn bind_users<'q>(mut query: Query<'q>, users: &'q [UserId]) -> Query<'q> {
    for user in users {
        query = query.bind(user.as_str());
    }
    query
}

fn read_listed(row: &AnyRow) -> Result<Listed, StoreError> {
    Ok(Listed {
        user: UserId::from_trusted(row.try_get::<String, _>("user_id")?),
        expires: row.try_get("expires")?,
    })
}

fn read_users(rows: &[AnyRow]) -> Result<Vec<UserId>, StoreError> {
    let read = |row: &AnyRow| Ok(UserId::from_trusted(row.try_get::<String, _>("user_id")?));
    rows.iter().map(read).collect()
}

fn rows_of(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
