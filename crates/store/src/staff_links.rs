//! Links of mails to staff, and invitations, by the hash of their token. Each is used once.

use hongyan_model::{OrgId, StaffId, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::{Store, StoreError};

/// A link to be stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewLink {
    /// Hash of its token.
    pub token_hash: Vec<u8>,
    /// For whom.
    pub staff: StaffId,
    /// What it does.
    pub purpose: &'static str,
    /// Address it goes to.
    pub email: String,
    /// Now.
    pub created: Timestamp,
    /// When its time is over.
    pub expires: Timestamp,
}

/// An invitation to be stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewInvitation {
    /// Hash of its token.
    pub token_hash: Vec<u8>,
    /// Organisation to join; `None` to register a new one.
    pub org: Option<OrgId>,
    /// Role there.
    pub role: Option<String>,
    /// Who is invited; empty for whoever has the link.
    pub email: String,
    /// Address of the inviter.
    pub invited_by: String,
    /// Now.
    pub created: Timestamp,
    /// When its time is over.
    pub expires: Timestamp,
}

/// An open invitation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invitation {
    /// Number.
    pub id: i64,
    /// Organisation to join; `None` to register a new one.
    pub org: Option<OrgId>,
    /// Role there.
    pub role: Option<String>,
    /// Who is invited; empty for whoever has the link.
    pub email: String,
    /// Address of the inviter.
    pub invited_by: String,
    /// When it was made.
    pub created: Timestamp,
    /// When its time is over.
    pub expires: Timestamp,
}

const INVITATION: &str = "id, organization_id, role, email, invited_by, created, expires";

/// Stores a link, unless the account got one for the same purpose after `not_before`; answers whether it did.
pub async fn insert(
    store: &Store,
    link: &NewLink,
    not_before: Timestamp,
) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    // Two requests at once come one after the other.
    sqlx::query("UPDATE staff SET created = created WHERE id = $1")
        .bind(link.staff.0)
        .execute(&mut *tx)
        .await?;
    let recent = sqlx::query(
        "SELECT created FROM staff_links WHERE staff_id = $1 AND purpose = $2 AND created > $3 LIMIT 1",
    )
    .bind(link.staff.0)
    .bind(link.purpose)
    .bind(not_before)
    .fetch_optional(&mut *tx)
    .await?;
    if recent.is_some() {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO staff_links (token_hash, staff_id, purpose, email, created, expires) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(link.token_hash.clone())
    .bind(link.staff.0)
    .bind(link.purpose)
    .bind(link.email.as_str())
    .bind(link.created)
    .bind(link.expires)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Uses up a link: whose it was, and the address it went to.
pub async fn take(
    store: &Store,
    token_hash: &[u8],
    purpose: &str,
    now: Timestamp,
) -> Result<Option<(StaffId, String)>, StoreError> {
    let row = sqlx::query(
        "DELETE FROM staff_links WHERE token_hash = $1 AND purpose = $2 AND expires > $3 \
         RETURNING staff_id, email",
    )
    .bind(token_hash.to_vec())
    .bind(purpose)
    .bind(now)
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some((StaffId(row.try_get("staff_id")?), row.try_get("email")?)))
}

/// Drops the links of an account for one purpose.
pub async fn drop_all(store: &Store, staff: StaffId, purpose: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM staff_links WHERE staff_id = $1 AND purpose = $2")
        .bind(staff.0)
        .bind(purpose)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Stores an invitation, unless there are `limit` open ones beside it, of its organisation or for new ones;
/// `None` then.
pub async fn invite(
    store: &Store,
    new: &NewInvitation,
    limit: usize,
) -> Result<Option<i64>, StoreError> {
    let mut tx = store.begin_write().await?;
    let row = sqlx::query(
        "INSERT INTO staff_invitations (token_hash, organization_id, role, email, invited_by, created, expires) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
    )
    .bind(new.token_hash.clone())
    .bind(new.org.map(|org| org.0))
    .bind(new.role.clone())
    .bind(new.email.as_str())
    .bind(new.invited_by.as_str())
    .bind(new.created)
    .bind(new.expires)
    .fetch_one(&mut *tx)
    .await?;
    let open = sqlx::query(
        "SELECT COUNT(*) AS n FROM staff_invitations WHERE COALESCE(organization_id, 0) = $1 AND expires > $2",
    )
    .bind(new.org.map_or(0, |org| org.0))
    .bind(new.created)
    .fetch_one(&mut *tx)
    .await?;
    if open.try_get::<i64, _>("n")? > i64::try_from(limit).unwrap_or(i64::MAX) {
        return Ok(None);
    }
    tx.commit().await?;
    Ok(Some(row.try_get("id")?))
}

/// The open invitation with this token.
pub async fn invitation(
    store: &Store,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<Invitation>, StoreError> {
    let sql = format!(
        "SELECT {INVITATION} FROM staff_invitations WHERE token_hash = $1 AND expires > $2"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(token_hash.to_vec())
        .bind(now)
        .fetch_optional(store.pool())
        .await?;
    row.as_ref().map(invitation_from_row).transpose()
}

/// Open invitations into an organisation, or for new ones, the newest first.
pub async fn invitations(
    store: &Store,
    org: Option<OrgId>,
    now: Timestamp,
) -> Result<Vec<Invitation>, StoreError> {
    let sql = format!(
        "SELECT {INVITATION} FROM staff_invitations WHERE COALESCE(organization_id, 0) = $1 AND expires > $2 \
         ORDER BY id DESC"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(org.map_or(0, |org| org.0))
        .bind(now)
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(invitation_from_row).collect()
}

/// Takes an invitation back; `false` if there is none such.
pub async fn revoke_invitation(
    store: &Store,
    org: Option<OrgId>,
    id: i64,
) -> Result<bool, StoreError> {
    let deleted = sqlx::query(
        "DELETE FROM staff_invitations WHERE id = $1 AND COALESCE(organization_id, 0) = $2",
    )
    .bind(id)
    .bind(org.map_or(0, |org| org.0))
    .execute(store.pool())
    .await?;
    Ok(deleted.rows_affected() == 1)
}

fn invitation_from_row(row: &AnyRow) -> Result<Invitation, StoreError> {
    let org: Option<i64> = row.try_get("organization_id")?;
    Ok(Invitation {
        id: row.try_get("id")?,
        org: org.map(OrgId),
        role: row.try_get("role")?,
        email: row.try_get("email")?,
        invited_by: row.try_get("invited_by")?,
        created: row.try_get("created")?,
        expires: row.try_get("expires")?,
    })
}
