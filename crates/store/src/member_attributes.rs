//! What members of groups say of themselves there: names and texts that the app chooses. They end with the membership.

use hongyan_model::{AppId, GroupId, UserId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::attributes::{Attributes, from_text, to_text};
use crate::engine::placeholders;
use crate::{Store, StoreError};

/// What became of [`merge`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Merged {
    /// Stored; all attributes after it.
    Stored(Attributes),
    /// The user is not in the group.
    NotMember,
    /// Names and values together would exceed the limit; nothing is stored.
    TooLarge,
}

/// Adds to, and replaces in, the attributes of a member, which may grow to `limit` bytes; an empty value removes its
/// name.
pub async fn merge(
    store: &Store,
    app: AppId,
    group: &GroupId,
    user: &UserId,
    changes: &Attributes,
    limit: usize,
) -> Result<Merged, StoreError> {
    let mut tx = store.begin_write().await?;
    // Locks the member's row, so that of two changes at once one waits and then sees the other.
    let locked = sqlx::query(
        "UPDATE group_members SET role = role WHERE app_id = $1 AND group_id = $2 AND user_id = $3",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(user.as_str())
    .execute(&mut *tx)
    .await?;
    if locked.rows_affected() == 0 {
        return Ok(Merged::NotMember);
    }
    let row = sqlx::query(
        "SELECT user_id, attributes FROM group_member_attributes \
         WHERE app_id = $1 AND group_id = $2 AND user_id = $3",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(user.as_str())
    .fetch_optional(&mut *tx)
    .await?;
    let mut attributes = match row {
        Some(row) => read(&row)?.1,
        None => Attributes::new(),
    };
    attributes.extend(changes.iter().map(|(name, value)| (name.clone(), value.clone())));
    attributes.retain(|_, value| !value.is_empty());
    let bytes: usize = attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > limit {
        return Ok(Merged::TooLarge);
    }
    sqlx::query(
        "INSERT INTO group_member_attributes (app_id, group_id, user_id, attributes) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (app_id, group_id, user_id) DO UPDATE SET attributes = excluded.attributes",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(user.as_str())
    .bind(to_text(&attributes)?)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Merged::Stored(attributes))
}

/// The attributes of those of `users` who are in the group.
pub async fn of(
    store: &Store,
    app: AppId,
    group: &GroupId,
    users: &[UserId],
) -> Result<Vec<(UserId, Attributes)>, StoreError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT m.user_id, a.attributes FROM group_members m LEFT JOIN group_member_attributes a \
         ON a.app_id = m.app_id AND a.group_id = m.group_id AND a.user_id = m.user_id \
         WHERE m.app_id = $1 AND m.group_id = $2 AND m.user_id IN ({})",
        placeholders(3, users.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(group.as_str());
    for user in users {
        query = query.bind(user.as_str());
    }
    query.fetch_all(store.pool()).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<(UserId, Attributes), StoreError> {
    let user = UserId::from_trusted(row.try_get::<String, _>("user_id")?);
    let text: Option<String> = row.try_get("attributes")?;
    Ok((user, text.map_or_else(|| Ok(Attributes::new()), |text| from_text(&text))?))
}
