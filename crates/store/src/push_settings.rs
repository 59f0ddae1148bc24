//! What users wish of push notifications: in general, and of single conversations.

use hongyan_model::{AppId, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::contacts::lock_users;
use crate::engine::placeholders;
use crate::members::{rows_of, unsigned};
use crate::{Store, StoreError};

/// Of which messages a user wants to be notified. The numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Remind {
    /// Of all.
    #[default]
    All = 1,
    /// Of those that mention it.
    Mentions = 2,
    /// Of none.
    Nothing = 3,
}

impl Remind {
    const ALL: [Self; 3] = [Self::All, Self::Mentions, Self::Nothing];
}

/// Minutes of the day between which nothing is notified, every day; over midnight if the second is the smaller one, all
/// day if they are equal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interval {
    /// It begins with this minute.
    pub from: u16,
    /// It ends with the beginning of this minute.
    pub to: u16,
}

/// The wishes of a user that hold for all conversations.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PushSettings {
    /// Of which messages.
    pub remind: Remind,
    /// Not until then (Unix ms); 0 is no such wish.
    pub quiet_until: Timestamp,
    /// Not in this part of the day.
    pub interval: Option<Interval>,
    /// Into which language texts are translated; empty: into none.
    pub language: String,
    /// Whether a notification shows what was written.
    pub shows_content: bool,
    /// Whether `disturb` holds: the older form of `interval`.
    pub no_disturbing: bool,
    /// From which hour to which.
    pub disturb: (Option<u8>, Option<u8>),
    /// The template it has chosen for its notices; empty: none.
    pub template: String,
}

/// What a conversation is with. The numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PeerKind {
    /// A user.
    User = 0,
    /// A group or a chat room.
    Muc = 1,
}

/// A conversation, as one of its users names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// What it is with.
    pub kind: PeerKind,
    /// The other user, the group or the room.
    pub id: String,
}

/// The wishes of a user about one conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ConversationWish {
    /// Of which messages; `None`: as in general.
    pub remind: Option<Remind>,
    /// Not until then (Unix ms); 0 is no such wish.
    pub quiet_until: Timestamp,
}

/// What became of [`update_conversation`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Stored; the wishes after it.
    Done(ConversationWish),
    /// No such user.
    NoUser,
    /// The user has wishes about as many conversations as it may have; nothing is stored.
    Full,
}

const COLUMNS: &str = "remind, quiet_until, quiet_from, quiet_to, language, display_style, \
     no_disturbing, disturb_from, disturb_to, template";

/// Changes a user's wishes as `change` says, which gets them as they are; `None` without such a user.
pub async fn update(
    store: &Store,
    app: AppId,
    user: &UserId,
    change: impl FnOnce(&mut PushSettings) + Send,
) -> Result<Option<PushSettings>, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock_users(&mut tx, app, &[user]).await?.is_some() {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM push_settings WHERE app_id = $1 AND user_id = $2");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(app.0).bind(user.as_str());
    let row = row.fetch_optional(&mut *tx).await?;
    let mut settings = row.as_ref().map(read_settings).transpose()?.unwrap_or_default();
    change(&mut settings);
    let sql = format!(
        "INSERT INTO push_settings (app_id, user_id, {COLUMNS}) VALUES ({}) \
         ON CONFLICT (app_id, user_id) DO UPDATE SET remind = excluded.remind, \
         quiet_until = excluded.quiet_until, quiet_from = excluded.quiet_from, \
         quiet_to = excluded.quiet_to, language = excluded.language, \
         display_style = excluded.display_style, no_disturbing = excluded.no_disturbing, \
         disturb_from = excluded.disturb_from, disturb_to = excluded.disturb_to, \
         template = excluded.template",
        placeholders(1, 12)
    );
    let (from, to) = (settings.interval.map(|i| i.from), settings.interval.map(|i| i.to));
    sqlx::query(AssertSqlSafe(sql))
        .bind(app.0)
        .bind(user.as_str())
        .bind(settings.remind as i64)
        .bind(settings.quiet_until)
        .bind(from.map(i64::from))
        .bind(to.map(i64::from))
        .bind(settings.language.as_str())
        .bind(i64::from(settings.shows_content))
        .bind(i64::from(settings.no_disturbing))
        .bind(settings.disturb.0.map(i64::from))
        .bind(settings.disturb.1.map(i64::from))
        .bind(settings.template.as_str())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Some(settings))
}

/// A user's wishes; those of a user who never said any are the default.
pub async fn find(store: &Store, app: AppId, user: &UserId) -> Result<PushSettings, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM push_settings WHERE app_id = $1 AND user_id = $2");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(app.0).bind(user.as_str());
    let row = row.fetch_optional(store.pool()).await?;
    Ok(row.as_ref().map(read_settings).transpose()?.unwrap_or_default())
}

/// The wishes of these users; those who never said any are not in the answer.
pub async fn of_users(
    store: &Store,
    app: AppId,
    users: &[UserId],
) -> Result<Vec<(UserId, PushSettings)>, StoreError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT user_id, {COLUMNS} FROM push_settings WHERE app_id = $1 AND user_id IN ({})",
        placeholders(2, users.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0);
    for user in users {
        query = query.bind(user.as_str());
    }
    let rows = query.fetch_all(store.pool()).await?;
    rows.iter().map(|row| Ok((read_user(row)?, read_settings(row)?))).collect()
}

/// The wishes of these users about the conversations with these peers, each with user and peer; those without any are not
/// in the answer.
pub async fn of_users_about(
    store: &Store,
    app: AppId,
    users: &[UserId],
    (kind, peers): (PeerKind, &[String]),
) -> Result<Vec<(UserId, String, ConversationWish)>, StoreError> {
    if users.is_empty() || peers.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT user_id, peer, remind, quiet_until FROM push_conversations \
         WHERE app_id = $1 AND kind = $2 AND user_id IN ({}) AND peer IN ({})",
        placeholders(3, users.len()),
        placeholders(3 + users.len(), peers.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0).bind(kind as i64);
    for user in users {
        query = query.bind(user.as_str());
    }
    for peer in peers {
        query = query.bind(peer.as_str());
    }
    let rows = query.fetch_all(store.pool()).await?;
    let read = |row: &AnyRow| Ok((read_user(row)?, row.try_get("peer")?, read_wish(row)?));
    rows.iter().map(read).collect()
}

/// Changes a user's wishes about a conversation as `change` says, which gets them as they are. A user has them about at
/// most `limit` conversations; wishes that are over are dropped on the way.
pub async fn update_conversation(
    store: &Store,
    app: AppId,
    user: &UserId,
    peer: &Peer,
    (limit, now): (usize, Timestamp),
    change: impl FnOnce(&mut ConversationWish) + Send,
) -> Result<Outcome, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock_users(&mut tx, app, &[user]).await?.is_some() {
        return Ok(Outcome::NoUser);
    }
    let row = sqlx::query(
        "SELECT remind, quiet_until FROM push_conversations \
         WHERE app_id = $1 AND user_id = $2 AND kind = $3 AND peer = $4",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(peer.kind as i64)
    .bind(peer.id.as_str())
    .fetch_optional(&mut *tx)
    .await?;
    let mut wish = row.as_ref().map(read_wish).transpose()?.unwrap_or_default();
    change(&mut wish);
    sqlx::query(
        "INSERT INTO push_conversations (app_id, user_id, kind, peer, remind, quiet_until) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (app_id, user_id, kind, peer) \
         DO UPDATE SET remind = excluded.remind, quiet_until = excluded.quiet_until",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(peer.kind as i64)
    .bind(peer.id.as_str())
    .bind(wish.remind.map_or(0, |remind| remind as i64))
    .bind(wish.quiet_until)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "DELETE FROM push_conversations \
         WHERE app_id = $1 AND user_id = $2 AND remind = 0 AND quiet_until <= $3",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM push_conversations WHERE app_id = $1 AND user_id = $2",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_one(&mut *tx)
    .await?;
    if row.try_get::<i64, _>("n")? > rows_of(limit) {
        return Ok(Outcome::Full);
    }
    tx.commit().await?;
    Ok(Outcome::Done(wish))
}

/// A user's wishes about these conversations; those without any are not in the answer.
pub async fn conversations(
    store: &Store,
    app: AppId,
    user: &UserId,
    kind: PeerKind,
    ids: &[String],
) -> Result<Vec<(String, ConversationWish)>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT peer, remind, quiet_until FROM push_conversations \
         WHERE app_id = $1 AND user_id = $2 AND kind = $3 AND peer IN ({})",
        placeholders(4, ids.len())
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(app.0).bind(user.as_str());
    let mut query = query.bind(kind as i64);
    for id in ids {
        query = query.bind(id.as_str());
    }
    let rows = query.fetch_all(store.pool()).await?;
    rows.iter().map(|row| Ok((row.try_get("peer")?, read_wish(row)?))).collect()
}

/// The conversations of which the user wants other notifications than in general, those with users first, behind
/// `after`.
pub async fn reminding(
    store: &Store,
    app: AppId,
    user: &UserId,
    after: Option<&Peer>,
    limit: usize,
) -> Result<Vec<(Peer, Remind)>, StoreError> {
    let (kind, id) = after.map_or((-1, ""), |peer| (peer.kind as i64, peer.id.as_str()));
    let rows = sqlx::query(
        "SELECT kind, peer, remind FROM push_conversations WHERE app_id = $1 AND user_id = $2 \
         AND remind <> 0 AND (kind, peer) > ($3, $4) ORDER BY kind, peer LIMIT $5",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(kind)
    .bind(id)
    .bind(rows_of(limit))
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        let kind = if row.try_get::<i64, _>("kind")? == 0 { PeerKind::User } else { PeerKind::Muc };
        let peer = Peer { kind, id: row.try_get("peer")? };
        Ok((peer, remind_of(row.try_get("remind")?)?.unwrap_or_default()))
    };
    rows.iter().map(read).collect()
}

/// Forgets what others wish about their conversations with a user who is to be deleted.
pub async fn forget_peer(store: &Store, app: AppId, user: &UserId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM push_conversations WHERE app_id = $1 AND kind = $2 AND peer = $3")
        .bind(app.0)
        .bind(PeerKind::User as i64)
        .bind(user.as_str())
        .execute(store.pool())
        .await?;
    Ok(())
}

fn read_user(row: &AnyRow) -> Result<UserId, StoreError> {
    Ok(UserId::from_trusted(row.try_get::<String, _>("user_id")?))
}

fn read_settings(row: &AnyRow) -> Result<PushSettings, StoreError> {
    let minute = |name| number::<u16>(row, name);
    let hour = |name| number::<u8>(row, name);
    let interval = minute("quiet_from")?.zip(minute("quiet_to")?);
    Ok(PushSettings {
        remind: remind_of(row.try_get("remind")?)?.unwrap_or_default(),
        quiet_until: row.try_get("quiet_until")?,
        interval: interval.map(|(from, to)| Interval { from, to }),
        language: row.try_get("language")?,
        shows_content: row.try_get::<i64, _>("display_style")? != 0,
        no_disturbing: row.try_get::<i64, _>("no_disturbing")? != 0,
        disturb: (hour("disturb_from")?, hour("disturb_to")?),
        template: row.try_get("template")?,
    })
}

fn number<T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>>(
    row: &AnyRow,
    name: &str,
) -> Result<Option<T>, StoreError> {
    let value: Option<i64> = row.try_get(name)?;
    value.map(|value| unsigned("push setting", value)).transpose()
}

fn read_wish(row: &AnyRow) -> Result<ConversationWish, StoreError> {
    Ok(ConversationWish {
        remind: remind_of(row.try_get("remind")?)?,
        quiet_until: row.try_get("quiet_until")?,
    })
}

fn remind_of(number: i64) -> Result<Option<Remind>, StoreError> {
    if number == 0 {
        return Ok(None);
    }
    let found = Remind::ALL.into_iter().find(|remind| *remind as i64 == number);
    found.map(Some).ok_or_else(|| StoreError::Unreadable {
        what: "push setting",
        source: format!("{number}").into(),
    })
}
