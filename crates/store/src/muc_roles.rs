//! Who owns and administrates groups and chat rooms.

use hongyan_model::{AppId, Muc, Role, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::members::{Members, read_role, rows_of};
use crate::{Store, StoreError, muc};

/// What became of [`set_administrator`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RoleChange {
    /// There is no such group or room.
    Nowhere,
    /// The user is not in it.
    NotMember,
    /// The user owns it; nothing changed.
    Owner,
    /// There are as many administrators as there may be; nothing changed.
    Full,
    /// It is as it should be.
    Done {
        /// Whether it was not before.
        changed: bool,
    },
}

/// What became of [`transfer`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Transfer {
    /// There is no such group or room.
    Nowhere,
    /// The user is not in it.
    NotMember,
    /// The user owns it already.
    SameOwner,
    /// It has a new owner.
    Done {
        /// Who owned it, now a plain member.
        former: UserId,
    },
}

/// Makes a member an administrator, of whom there may be `limit`, or a plain member again.
pub async fn set_administrator(
    store: &Store,
    app: AppId,
    muc: &Muc,
    user: &UserId,
    administrator: bool,
    limit: usize,
) -> Result<RoleChange, StoreError> {
    let mut tx = store.begin_write().await?;
    if muc::lock(&mut tx, app, muc).await?.is_none() {
        return Ok(RoleChange::Nowhere);
    }
    let role = if administrator { Role::Admin } else { Role::Member };
    match role_of(&mut tx, app, muc, user).await? {
        None => return Ok(RoleChange::NotMember),
        Some(Role::Owner) => return Ok(RoleChange::Owner),
        Some(before) if before == role => return Ok(RoleChange::Done { changed: false }),
        Some(Role::Member | Role::Admin) => {}
    }
    let members = members(muc);
    members.set_role(&mut tx, app, muc.id(), user, role).await?;
    if administrator && count(&mut tx, app, muc).await? > rows_of(limit) {
        return Ok(RoleChange::Full);
    }
    tx.commit().await?;
    Ok(RoleChange::Done { changed: true })
}

/// Gives a group or room to a member. Its former owner stays as a plain member; the new one is muted no longer.
pub async fn transfer(
    store: &Store,
    app: AppId,
    muc: &Muc,
    to: &UserId,
    now: Timestamp,
) -> Result<Transfer, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(former) = muc::lock(&mut tx, app, muc).await? else {
        return Ok(Transfer::Nowhere);
    };
    if former == *to {
        return Ok(Transfer::SameOwner);
    }
    let members = members(muc);
    if !members.set_role(&mut tx, app, muc.id(), to, Role::Owner).await? {
        return Ok(Transfer::NotMember);
    }
    members.set_role(&mut tx, app, muc.id(), &former, Role::Member).await?;
    let text = format!(
        "UPDATE {} SET owner = $3, modified = $4 WHERE app_id = $1 AND id = $2",
        muc::table(muc)
    );
    sqlx::query(AssertSqlSafe(text))
        .bind(app.0)
        .bind(muc.id())
        .bind(to.as_str())
        .bind(now)
        .execute(&mut *tx)
        .await?;
    muc::welcome_owner(&mut tx, app, muc.id(), to).await?;
    tx.commit().await?;
    Ok(Transfer::Done { former })
}

/// The administrators without the owner, by age of their membership.
pub async fn administrators(
    store: &Store,
    app: AppId,
    muc: &Muc,
) -> Result<Vec<UserId>, StoreError> {
    let text = format!("SELECT user_id FROM {} AND role = $3 ORDER BY joined_at, user_id", of(muc));
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(app.0)
        .bind(muc.id())
        .bind(Role::Admin as i64)
        .fetch_all(store.pool())
        .await?;
    let read = |row: &AnyRow| Ok(UserId::from_trusted(row.try_get::<String, _>("user_id")?));
    rows.iter().map(read).collect()
}

fn members(muc: &Muc) -> Members {
    match muc {
        Muc::Group(_) => Members::GROUPS,
        Muc::Room(_) => Members::ROOMS,
    }
}

/// Table and condition of the members of a group or room.
fn of(muc: &Muc) -> &'static str {
    match muc {
        Muc::Group(_) => "group_members WHERE app_id = $1 AND group_id = $2",
        Muc::Room(_) => "room_members WHERE app_id = $1 AND room_id = $2",
    }
}

async fn role_of(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    muc: &Muc,
    user: &UserId,
) -> Result<Option<Role>, StoreError> {
    let text = format!("SELECT role FROM {} AND user_id = $3", of(muc));
    let row = sqlx::query(AssertSqlSafe(text))
        .bind(app.0)
        .bind(muc.id())
        .bind(user.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| read_role(row.try_get("role")?)).transpose()
}

async fn count(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    muc: &Muc,
) -> Result<i64, StoreError> {
    let text = format!("SELECT COUNT(*) AS n FROM {} AND role = $3", of(muc));
    let row = sqlx::query(AssertSqlSafe(text))
        .bind(app.0)
        .bind(muc.id())
        .bind(Role::Admin as i64)
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.try_get("n")?)
}
