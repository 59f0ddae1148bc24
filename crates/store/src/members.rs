//! Members of groups and chat rooms: two tables of one shape.

use std::collections::HashSet;

use hongyan_model::{AppId, Member, MessageId, Role, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::contacts::lock_users;
use crate::engine::placeholders;
use crate::{Store, StoreError};

/// Values in one statement; far below the engines' limits on parameters.
const CHUNK: usize = 500;
/// The owner stands first, the others by age.
const PLACE: &str = "CASE role WHEN 2 THEN 0 ELSE 1 END, joined_at, user_id";
const BACKWARDS: &str = "CASE role WHEN 2 THEN 0 ELSE 1 END DESC, joined_at DESC, user_id DESC";

/// A place in the list of members: the owner stands first, the others by age.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberPosition {
    /// Whether it is the owner.
    pub owner: bool,
    /// When it joined.
    pub joined_at: MessageId,
    /// Who.
    pub user: UserId,
}

impl MemberPosition {
    /// The place of `member`.
    #[must_use]
    pub fn of(member: &Member) -> Self {
        Self {
            owner: member.role == Role::Owner,
            joined_at: member.joined_at,
            user: member.user.clone(),
        }
    }
}

/// One of the two tables.
#[derive(Clone, Copy)]
pub(crate) struct Members {
    table: &'static str,
    /// The column with the id of the group or room.
    of: &'static str,
}

impl Members {
    pub(crate) const GROUPS: Self = Self { table: "group_members", of: "group_id" };
    pub(crate) const ROOMS: Self = Self { table: "room_members", of: "room_id" };

    /// Inserts those who are not there yet and answers them in the order given.
    pub(crate) async fn insert(
        self,
        tx: &mut Transaction<'static, Any>,
        app: AppId,
        id: &str,
        members: &[Member],
    ) -> Result<Vec<UserId>, StoreError> {
        let Self { table, of } = self;
        let mut inserted = Vec::new();
        for chunk in members.chunks(CHUNK) {
            let rows: Vec<String> = (0..chunk.len())
                .map(|row| format!("($1, $2, {})", placeholders(3 + 4 * row, 4)))
                .collect();
            let text = format!(
                "INSERT INTO {table} (app_id, {of}, user_id, role, joined, joined_at) VALUES {} \
                 ON CONFLICT DO NOTHING RETURNING user_id",
                rows.join(", ")
            );
            let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(id);
            for member in chunk {
                query = query
                    .bind(member.user.as_str())
                    .bind(member.role as i64)
                    .bind(member.joined)
                    .bind(position(member.joined_at));
            }
            let new: HashSet<UserId> =
                read_users(&query.fetch_all(&mut **tx).await?)?.into_iter().collect();
            inserted.extend(
                chunk.iter().map(|member| member.user.clone()).filter(|user| new.contains(user)),
            );
        }
        Ok(inserted)
    }

    /// Removes those of `users` who are members with a role lower than `below`, and answers them.
    pub(crate) async fn remove(
        self,
        tx: &mut Transaction<'static, Any>,
        app: AppId,
        id: &str,
        users: &[UserId],
        below: Role,
    ) -> Result<Vec<UserId>, StoreError> {
        let Self { table, of } = self;
        let mut removed = Vec::new();
        for chunk in users.chunks(CHUNK) {
            let text = format!(
                "DELETE FROM {table} WHERE app_id = $1 AND {of} = $2 AND role < $3 AND user_id IN ({}) \
                 RETURNING user_id",
                placeholders(4, chunk.len())
            );
            let mut query =
                sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(id).bind(below as i64);
            for user in chunk {
                query = query.bind(user.as_str());
            }
            removed.extend(read_users(&query.fetch_all(&mut **tx).await?)?);
        }
        Ok(removed)
    }

    /// Removes everybody and answers who that was.
    pub(crate) async fn remove_all(
        self,
        tx: &mut Transaction<'static, Any>,
        app: AppId,
        id: &str,
    ) -> Result<Vec<UserId>, StoreError> {
        let Self { table, of } = self;
        let text = format!("DELETE FROM {table} WHERE app_id = $1 AND {of} = $2 RETURNING user_id");
        let rows =
            sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(id).fetch_all(&mut **tx).await?;
        read_users(&rows)
    }

    /// Gives a member a role; answers whether it is a member.
    pub(crate) async fn set_role(
        self,
        tx: &mut Transaction<'static, Any>,
        app: AppId,
        id: &str,
        user: &UserId,
        role: Role,
    ) -> Result<bool, StoreError> {
        let Self { table, of } = self;
        let text = format!(
            "UPDATE {table} SET role = $4 WHERE app_id = $1 AND {of} = $2 AND user_id = $3"
        );
        let updated = sqlx::query(AssertSqlSafe(text))
            .bind(app.0)
            .bind(id)
            .bind(user.as_str())
            .bind(role as i64)
            .execute(&mut **tx)
            .await?;
        Ok(updated.rows_affected() > 0)
    }

    /// The first of `users`, who have just been entered somewhere, who is in more than `most` places with it: those in
    /// which its role is `least` or higher, and the one named.
    ///
    /// Takes their rows, so that nobody enters them elsewhere at the same time.
    pub(crate) async fn first_full(
        self,
        tx: &mut Transaction<'static, Any>,
        app: AppId,
        users: &[UserId],
        most: Option<u64>,
        (least, entered): (Role, &str),
    ) -> Result<Option<UserId>, StoreError> {
        let Self { table, of } = self;
        let Some(most) = most else { return Ok(None) };
        lock_users(tx, app, &users.iter().collect::<Vec<_>>()).await?;
        for chunk in users.chunks(CHUNK) {
            let text = format!(
                "SELECT user_id FROM {table} WHERE app_id = $1 AND (role >= $3 OR {of} = $4) AND user_id IN ({}) \
                 GROUP BY user_id HAVING COUNT(*) > $2 ORDER BY user_id LIMIT 1",
                placeholders(5, chunk.len())
            );
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(most);
            let mut query = query.bind(least as i64).bind(entered);
            for user in chunk {
                query = query.bind(user.as_str());
            }
            if let Some(row) = query.fetch_optional(&mut **tx).await? {
                return Ok(Some(UserId::from_trusted(row.try_get::<String, _>("user_id")?)));
            }
        }
        Ok(None)
    }

    /// `limit` of them, in no order.
    pub(crate) async fn ids(
        self,
        store: &Store,
        app: AppId,
        id: &str,
        limit: usize,
    ) -> Result<Vec<UserId>, StoreError> {
        let Self { table, of } = self;
        let text = format!("SELECT user_id FROM {table} WHERE app_id = $1 AND {of} = $2 LIMIT $3");
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(app.0)
            .bind(id)
            .bind(rows_of(limit))
            .fetch_all(store.pool())
            .await?;
        read_users(&rows)
    }

    /// `limit` members from place `offset` (from 0) on.
    pub(crate) async fn list(
        self,
        store: &Store,
        app: AppId,
        id: &str,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError> {
        let Self { table, of } = self;
        let text = format!(
            "SELECT user_id, role, joined, joined_at FROM {table} WHERE app_id = $1 AND {of} = $2 \
             ORDER BY {PLACE} LIMIT $3 OFFSET $4"
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(app.0)
            .bind(id)
            .bind(rows_of(limit))
            .bind(rows_of(offset))
            .fetch_all(store.pool())
            .await?;
        rows.iter().map(read_member).collect()
    }

    /// Owner and administrators.
    pub(crate) async fn heads(
        self,
        store: &Store,
        app: AppId,
        id: &str,
    ) -> Result<Vec<Member>, StoreError> {
        let Self { table, of } = self;
        let text = format!(
            "SELECT user_id, role, joined, joined_at FROM {table} WHERE app_id = $1 AND {of} = $2 AND role > $3 \
             ORDER BY {PLACE}"
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(app.0)
            .bind(id)
            .bind(Role::Member as i64)
            .fetch_all(store.pool())
            .await?;
        rows.iter().map(read_member).collect()
    }

    /// `limit` members behind `after`, or from the first on; `backwards` from the last on.
    pub(crate) async fn list_after(
        self,
        store: &Store,
        app: AppId,
        id: &str,
        after: Option<&MemberPosition>,
        backwards: bool,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError> {
        let Self { table, of } = self;
        let (behind, order) = if backwards { ("<", BACKWARDS) } else { (">", PLACE) };
        let text = format!(
            "SELECT user_id, role, joined, joined_at FROM {table} WHERE app_id = $1 AND {of} = $2 \
             AND ({PLACE}) {behind} ($3, $4, $5) ORDER BY {order} LIMIT $6"
        );
        // Before the owner is nobody, and nobody is behind a third kind of member.
        let (kind, joined_at, user) = match after {
            Some(after) => {
                (i64::from(!after.owner), position(after.joined_at), after.user.as_str())
            }
            None => (if backwards { 2 } else { -1 }, 0, ""),
        };
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(app.0)
            .bind(id)
            .bind(kind)
            .bind(joined_at)
            .bind(user)
            .bind(rows_of(limit))
            .fetch_all(store.pool())
            .await?;
        rows.iter().map(read_member).collect()
    }
}

/// The first of `users` who is no user of the app.
pub(crate) async fn unknown_user(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    users: impl Iterator<Item = &UserId> + Send,
) -> Result<Option<UserId>, StoreError> {
    let users: Vec<&UserId> = users.collect();
    for chunk in users.chunks(CHUNK) {
        let text = format!(
            "SELECT id FROM users WHERE app_id = $1 AND id IN ({})",
            placeholders(2, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0);
        for user in chunk {
            query = query.bind(user.as_str());
        }
        let rows = query.fetch_all(&mut **tx).await?;
        let known: HashSet<String> =
            rows.iter().map(|row| row.try_get("id")).collect::<Result<_, _>>()?;
        if let Some(missing) = chunk.iter().find(|user| !known.contains(user.as_str())) {
            return Ok(Some((*missing).clone()));
        }
    }
    Ok(None)
}

fn read_member(row: &AnyRow) -> Result<Member, StoreError> {
    Ok(Member {
        user: UserId::from_trusted(row.try_get::<String, _>("user_id")?),
        role: read_role(row.try_get("role")?)?,
        joined: row.try_get("joined")?,
        joined_at: read_position(row)?,
    })
}

pub(crate) fn read_users(rows: &[AnyRow]) -> Result<Vec<UserId>, StoreError> {
    let read = |row: &AnyRow| Ok(UserId::from_trusted(row.try_get::<String, _>("user_id")?));
    rows.iter().map(read).collect()
}

pub(crate) fn read_role(number: i64) -> Result<Role, StoreError> {
    [Role::Member, Role::Admin, Role::Owner]
        .into_iter()
        .find(|role| *role as i64 == number)
        .ok_or_else(|| StoreError::Unreadable { what: "role", source: format!("{number}").into() })
}

pub(crate) fn read_position(row: &AnyRow) -> Result<MessageId, StoreError> {
    Ok(MessageId(unsigned("log position", row.try_get("joined_at")?)?))
}

/// Ids have 63 bits, so nothing is lost.
fn position(id: MessageId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

pub(crate) fn rows_of(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The stored form of an unsigned number of 63 bits or less.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned<T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>>(
    what: &'static str,
    value: i64,
) -> Result<T, StoreError> {
    T::try_from(value).map_err(|source| StoreError::Unreadable { what, source: source.into() })
}
