//! Contacts of users, and invitations that wait for an answer.
//!
//! Every write that adds takes the rows of both users first, in the order of their ids: the numbers are right, and
//! neither user can be deleted meanwhile.

use hongyan_model::{AppId, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::engine::placeholders;
use crate::{Store, StoreError};

/// A contact, as the user who has it sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contact {
    /// Who.
    pub user: UserId,
    /// The user's own words on it.
    pub remark: String,
    /// Since when.
    pub created: Timestamp,
}

/// What became of [`invite`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Invitation {
    /// It waits for an answer.
    Open,
    /// They are contacts already.
    AlreadyContacts,
    /// This one is no user of the app.
    UnknownUser(UserId),
    /// The inviter has too many contacts or open invitations.
    TooMany,
}

/// What became of [`befriend`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Friendship {
    /// They are contacts of each other now.
    New,
    /// They were before.
    Old,
    /// This one is no user of the app.
    UnknownUser(UserId),
    /// The contact has not invited the user.
    NotInvited,
    /// This one has too many contacts.
    Full(UserId),
}

/// Stores an invitation, unless the inviter has `most` contacts (`None` is no limit) or `most_open` open invitations.
pub async fn invite(
    store: &Store,
    app: AppId,
    inviter: &UserId,
    invitee: &UserId,
    (most, most_open): (Option<u64>, usize),
    now: Timestamp,
) -> Result<Invitation, StoreError> {
    let mut tx = store.begin_write().await?;
    if let Some(missing) = lock_users(&mut tx, app, &[inviter, invitee]).await? {
        return Ok(Invitation::UnknownUser(missing));
    }
    if exists(&mut tx, app, inviter, invitee).await? {
        return Ok(Invitation::AlreadyContacts);
    }
    sqlx::query(
        "INSERT INTO contact_invitations (app_id, inviter, invitee, created) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(app.0)
    .bind(inviter.as_str())
    .bind(invitee.as_str())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM contact_invitations WHERE app_id = $1 AND inviter = $2",
    )
    .bind(app.0)
    .bind(inviter.as_str())
    .fetch_one(&mut *tx)
    .await?;
    if row.try_get::<i64, _>("n")? > rows_of(most_open)
        || is_full(&mut tx, app, inviter, most).await?
    {
        return Ok(Invitation::TooMany);
    }
    tx.commit().await?;
    Ok(Invitation::Open)
}

/// Drops an invitation; `false` if there was none.
pub async fn drop_invitation(
    store: &Store,
    app: AppId,
    inviter: &UserId,
    invitee: &UserId,
) -> Result<bool, StoreError> {
    let deleted = sqlx::query(
        "DELETE FROM contact_invitations WHERE app_id = $1 AND inviter = $2 AND invitee = $3",
    )
    .bind(app.0)
    .bind(inviter.as_str())
    .bind(invitee.as_str())
    .execute(store.pool())
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Makes two users contacts of each other, unless one has `most` (`None` is no limit); with `invited` only if
/// `contact` has invited `user`. Invitations between them are settled by it.
pub async fn befriend(
    store: &Store,
    app: AppId,
    user: &UserId,
    contact: &UserId,
    invited: bool,
    most: Option<u64>,
    now: Timestamp,
) -> Result<Friendship, StoreError> {
    let mut tx = store.begin_write().await?;
    if let Some(missing) = lock_users(&mut tx, app, &[user, contact]).await? {
        return Ok(Friendship::UnknownUser(missing));
    }
    if exists(&mut tx, app, user, contact).await? {
        return Ok(Friendship::Old);
    }
    let settled = sqlx::query(
        "DELETE FROM contact_invitations WHERE app_id = $1 \
         AND ((inviter = $2 AND invitee = $3) OR (inviter = $3 AND invitee = $2)) RETURNING inviter",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(contact.as_str())
    .fetch_all(&mut *tx)
    .await?;
    let inviters = read_users(&settled, "inviter")?;
    if invited && !inviters.contains(contact) {
        return Ok(Friendship::NotInvited);
    }
    for (of, other) in [(user, contact), (contact, user)] {
        if is_full(&mut tx, app, of, most).await? {
            return Ok(Friendship::Full(of.clone()));
        }
        sqlx::query(
            "INSERT INTO contacts (app_id, user_id, contact_id, remark, created) VALUES ($1, $2, $3, '', $4)",
        )
        .bind(app.0)
        .bind(of.as_str())
        .bind(other.as_str())
        .bind(now)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(Friendship::New)
}

/// Ends a friendship on both sides, with the remarks; `false` if there was none.
pub async fn remove(
    store: &Store,
    app: AppId,
    user: &UserId,
    contact: &UserId,
) -> Result<bool, StoreError> {
    let deleted = sqlx::query(
        "DELETE FROM contacts WHERE app_id = $1 \
         AND ((user_id = $2 AND contact_id = $3) OR (user_id = $3 AND contact_id = $2))",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(contact.as_str())
    .execute(store.pool())
    .await?;
    Ok(deleted.rows_affected() > 0)
}

/// Ends every friendship of a user, on both sides; answers with whom.
pub async fn remove_all(
    store: &Store,
    app: AppId,
    user: &UserId,
) -> Result<Vec<UserId>, StoreError> {
    let mut tx = store.begin_write().await?;
    // Keeps new friendships away until the old ones are gone.
    lock_users(&mut tx, app, &[user]).await?;
    let rows =
        sqlx::query("DELETE FROM contacts WHERE app_id = $1 AND contact_id = $2 RETURNING user_id")
            .bind(app.0)
            .bind(user.as_str())
            .fetch_all(&mut *tx)
            .await?;
    sqlx::query("DELETE FROM contacts WHERE app_id = $1 AND user_id = $2")
        .bind(app.0)
        .bind(user.as_str())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    read_users(&rows, "user_id")
}

/// Sets the remark of `user` on a contact; `false` if it is none.
pub async fn set_remark(
    store: &Store,
    app: AppId,
    user: &UserId,
    contact: &UserId,
    remark: &str,
) -> Result<bool, StoreError> {
    let updated = sqlx::query(
        "UPDATE contacts SET remark = $4 WHERE app_id = $1 AND user_id = $2 AND contact_id = $3",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(contact.as_str())
    .bind(remark)
    .execute(store.pool())
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Contacts of a user, the newest first, behind the one `after` with its age.
pub async fn page(
    store: &Store,
    app: AppId,
    user: &UserId,
    after: Option<(Timestamp, UserId)>,
    limit: usize,
) -> Result<Vec<Contact>, StoreError> {
    let (created, id) =
        after.map_or((i64::MAX, String::new()), |(created, id)| (created, id.as_str().to_owned()));
    let rows = sqlx::query(
        "SELECT contact_id, remark, created FROM contacts WHERE app_id = $1 AND user_id = $2 \
         AND (created, contact_id) < ($3, $4) ORDER BY created DESC, contact_id DESC LIMIT $5",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(created)
    .bind(id)
    .bind(rows_of(limit))
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        Ok(Contact {
            user: UserId::from_trusted(row.try_get::<String, _>("contact_id")?),
            remark: row.try_get("remark")?,
            created: row.try_get("created")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Whether two users are contacts of each other.
pub async fn are_contacts(
    store: &Store,
    app: AppId,
    user: &UserId,
    other: &UserId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 AS one FROM contacts WHERE app_id = $1 AND user_id = $2 AND contact_id = $3",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(other.as_str())
    .fetch_optional(store.pool())
    .await?;
    Ok(row.is_some())
}

/// Which of `others` are contacts of `user`.
pub async fn among(
    store: &Store,
    app: AppId,
    user: &UserId,
    others: &[UserId],
) -> Result<Vec<UserId>, StoreError> {
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT contact_id FROM contacts WHERE app_id = $1 AND user_id = $2 AND contact_id IN ({})",
        placeholders(3, others.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(user.as_str());
    for other in others {
        query = query.bind(other.as_str());
    }
    read_users(&query.fetch_all(store.pool()).await?, "contact_id")
}

/// What these users call these others among their contacts: user, contact, remark; where it is nothing, it is not in the
/// answer.
pub async fn remarks(
    store: &Store,
    app: AppId,
    users: &[UserId],
    others: &[UserId],
) -> Result<Vec<(UserId, UserId, String)>, StoreError> {
    if users.is_empty() || others.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT user_id, contact_id, remark FROM contacts \
         WHERE app_id = $1 AND remark <> '' AND user_id IN ({}) AND contact_id IN ({})",
        placeholders(2, users.len()),
        placeholders(2 + users.len(), others.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(app.0);
    for user in users.iter().chain(others) {
        query = query.bind(user.as_str());
    }
    let rows = query.fetch_all(store.pool()).await?;
    let user = |row: &AnyRow, column| {
        Ok::<_, StoreError>(UserId::from_trusted(row.try_get::<String, _>(column)?))
    };
    let read = |row: &AnyRow| {
        Ok((user(row, "user_id")?, user(row, "contact_id")?, row.try_get("remark")?))
    };
    rows.iter().map(read).collect()
}

/// Takes the rows of these users until the transaction ends; the first that is missing, if any.
pub(crate) async fn lock_users(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    users: &[&UserId],
) -> Result<Option<UserId>, StoreError> {
    let mut users = users.to_vec();
    users.sort();
    for user in users {
        let locked =
            sqlx::query("UPDATE users SET modified = modified WHERE app_id = $1 AND id = $2")
                .bind(app.0)
                .bind(user.as_str())
                .execute(&mut **tx)
                .await?;
        if locked.rows_affected() == 0 {
            return Ok(Some(user.clone()));
        }
    }
    Ok(None)
}

async fn exists(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    user: &UserId,
    contact: &UserId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 AS one FROM contacts WHERE app_id = $1 AND user_id = $2 AND contact_id = $3",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(contact.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// Whether the user has `most` contacts.
async fn is_full(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    user: &UserId,
    most: Option<u64>,
) -> Result<bool, StoreError> {
    let Some(most) = most else { return Ok(false) };
    let row = sqlx::query("SELECT COUNT(*) AS n FROM contacts WHERE app_id = $1 AND user_id = $2")
        .bind(app.0)
        .bind(user.as_str())
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.try_get::<i64, _>("n")? >= i64::try_from(most).unwrap_or(i64::MAX))
}

fn read_users(rows: &[AnyRow], column: &str) -> Result<Vec<UserId>, StoreError> {
    let read = |row: &AnyRow| Ok(UserId::from_trusted(row.try_get::<String, _>(column)?));
    rows.iter().map(read).collect()
}

fn rows_of(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
