//! Staff: the accounts of the console. Those without an organisation are operators.

use hongyan_model::{AppId, OrgId, StaffId, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use crate::organisations::{self, Organisation};
use crate::{Store, StoreError};

/// An account as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StaffRow {
    /// Number.
    pub id: StaffId,
    /// Address, in lower case; the name at login.
    pub email: String,
    /// PHC text.
    pub password_hash: String,
    /// Organisation; `None` for operators.
    pub org: Option<Organisation>,
    /// Word for the role in the organisation; `None` for operators.
    pub role: Option<String>,
    /// Name.
    pub name: String,
    /// Phone number.
    pub phone: String,
    /// QQ number.
    pub qq: String,
    /// What whoever made the account noted on it.
    pub remark: String,
    /// Language of pages and mails.
    pub language: String,
    /// Whether a link sent to the address was opened.
    pub email_verified: bool,
    /// Whether it may log in.
    pub activated: bool,
    /// Whether the password was set by somebody else.
    pub must_change_password: bool,
    /// Whether it may see client secrets, where its role allows it.
    pub may_reveal_secret: bool,
    /// Apps it is limited to; `None` for all of the organisation.
    pub granted_apps: Option<Vec<AppId>>,
    /// Sealed secret of the authenticator app.
    pub totp_secret: Option<Vec<u8>>,
    /// Whether logins ask for a second factor.
    pub login_protection: bool,
    /// Whether sensitive operations ask for a factor.
    pub operation_protection: bool,
    /// Last login.
    pub last_login: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
}

impl std::fmt::Debug for StaffRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StaffRow({})", self.id.0)
    }
}

/// An account to be stored.
#[derive(Clone, Default)]
pub struct NewStaff {
    /// Address, in lower case.
    pub email: String,
    /// PHC text.
    pub password_hash: String,
    /// Word for the role in the organisation; `None` for operators.
    pub role: Option<String>,
    /// Name.
    pub name: String,
    /// Phone number.
    pub phone: String,
    /// Remark.
    pub remark: String,
    /// Language.
    pub language: String,
    /// Whether the address is known to be its owner's.
    pub email_verified: bool,
    /// Whether it may log in.
    pub activated: bool,
    /// Whether the password has to be changed.
    pub must_change_password: bool,
    /// Whether it may see client secrets.
    pub may_reveal_secret: bool,
    /// Apps it is limited to.
    pub granted_apps: Option<Vec<AppId>>,
    /// Now.
    pub created: Timestamp,
}

/// What became of [`insert_member`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Membership {
    /// Stored.
    Done(StaffId),
    /// There is no such organisation.
    NoOrganisation,
    /// The address has an account.
    EmailTaken,
    /// The organisation has as many members as it may.
    Full,
    /// The invitation was used or taken back meanwhile.
    NoInvitation,
}

/// What became of [`insert_with_organisation`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Founding {
    /// Both are stored.
    Done(StaffId),
    /// The organisation's name is taken.
    NameTaken,
    /// The address has an account.
    EmailTaken,
    /// The invitation was used or taken back meanwhile.
    NoInvitation,
}

/// What a change of a member comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The changed row is stored.
    Save,
    /// The row is deleted, with its sessions and all that hangs on it.
    Delete,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT s.id, s.email, s.password_hash, s.role, s.name, s.phone, s.qq, s.remark, s.language, \
             s.email_verified, s.activated, s.must_change_password, s.may_reveal_secret, s.granted_apps, \
             s.totp_secret, s.login_protection, s.operation_protection, s.last_login, s.created, \
             o.id AS org_id, o.name AS org_name, o.title AS org_title, o.kind AS org_kind, \
             o.closing_requested AS org_closing, o.created AS org_created \
             FROM staff s LEFT JOIN organizations o ON o.id = s.organization_id ",
            $tail
        )
    };
}
const SELECT_BY_ID: &str = select!("WHERE s.id = $1");
const SELECT_BY_EMAIL: &str = select!("WHERE s.email = $1");
const SELECT_BY_ORG: &str = select!("WHERE s.organization_id = $1 ORDER BY s.created, s.id");

/// Stores an operator; `None` if the address is taken.
pub async fn insert_operator(store: &Store, new: &NewStaff) -> Result<Option<StaffId>, StoreError> {
    let mut tx = store.begin_write().await?;
    let id = insert(&mut tx, None, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// Stores a member of an organisation, which may grow to `limit` members; uses up the `invitation`.
pub async fn insert_member(
    store: &Store,
    org: OrgId,
    new: &NewStaff,
    limit: usize,
    invitation: Option<i64>,
) -> Result<Membership, StoreError> {
    let mut tx = store.begin_write().await?;
    if !organisations::lock(&mut tx, org).await? {
        return Ok(Membership::NoOrganisation);
    }
    if !use_invitation(&mut tx, invitation).await? {
        return Ok(Membership::NoInvitation);
    }
    let Some(id) = insert(&mut tx, Some(org), new).await? else {
        return Ok(Membership::EmailTaken);
    };
    let row = sqlx::query("SELECT COUNT(*) AS n FROM staff WHERE organization_id = $1")
        .bind(org.0)
        .fetch_one(&mut *tx)
        .await?;
    if row.try_get::<i64, _>("n")? > i64::try_from(limit).unwrap_or(i64::MAX) {
        return Ok(Membership::Full);
    }
    tx.commit().await?;
    Ok(Membership::Done(id))
}

/// Stores a new organisation with its first account; uses up the `invitation`.
pub async fn insert_with_organisation(
    store: &Store,
    org: &organisations::NewOrganisation,
    new: &NewStaff,
    invitation: Option<i64>,
) -> Result<Founding, StoreError> {
    let mut tx = store.begin_write().await?;
    if !use_invitation(&mut tx, invitation).await? {
        return Ok(Founding::NoInvitation);
    }
    let Some(org) = organisations::insert_in(&mut tx, org).await? else {
        return Ok(Founding::NameTaken);
    };
    let Some(id) = insert(&mut tx, Some(org), new).await? else {
        return Ok(Founding::EmailTaken);
    };
    tx.commit().await?;
    Ok(Founding::Done(id))
}

/// The account with this number.
pub async fn find(store: &Store, id: StaffId) -> Result<Option<StaffRow>, StoreError> {
    let row = sqlx::query(SELECT_BY_ID).bind(id.0).fetch_optional(store.pool()).await?;
    row.as_ref().map(staff_from_row).transpose()
}

/// The account with this address (in lower case).
pub async fn find_by_email(store: &Store, email: &str) -> Result<Option<StaffRow>, StoreError> {
    let row = sqlx::query(SELECT_BY_EMAIL).bind(email).fetch_optional(store.pool()).await?;
    row.as_ref().map(staff_from_row).transpose()
}

/// The members of an organisation, the oldest first. An organisation has few.
pub async fn of_org(store: &Store, org: OrgId) -> Result<Vec<StaffRow>, StoreError> {
    let rows = sqlx::query(SELECT_BY_ORG).bind(org.0).fetch_all(store.pool()).await?;
    rows.iter().map(staff_from_row).collect()
}

/// Whether the installation has an operator.
pub async fn any_operator(store: &Store) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT id FROM staff WHERE operator = 1 LIMIT 1")
        .fetch_optional(store.pool())
        .await?;
    Ok(found.is_some())
}

/// Changes an account in one transaction; answers it as it is then, or why `change` refused. `None` without such
/// an account. The address has to be free: see [`set_email`].
pub async fn update<E>(
    store: &Store,
    id: StaffId,
    change: impl FnOnce(&mut StaffRow) -> Result<(), E>,
) -> Result<Option<Result<StaffRow, E>>, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(mut row) = lock(&mut tx, id).await? else { return Ok(None) };
    if let Err(refused) = change(&mut row) {
        return Ok(Some(Err(refused)));
    }
    save(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(Some(Ok(row)))
}

/// Like [`update`] for a member of `org`. `change` is also told how many other members have the role
/// `counted_role`, which no other change can alter meanwhile.
pub async fn update_member<E>(
    store: &Store,
    org: OrgId,
    id: StaffId,
    counted_role: &str,
    change: impl FnOnce(&mut StaffRow, i64) -> Result<Verdict, E>,
) -> Result<Option<Result<StaffRow, E>>, StoreError> {
    let mut tx = store.begin_write().await?;
    if !organisations::lock(&mut tx, org).await? {
        return Ok(None);
    }
    let Some(mut row) = lock(&mut tx, id).await? else { return Ok(None) };
    if row.org.as_ref().is_none_or(|own| own.id != org) {
        return Ok(None);
    }
    let others = sqlx::query(
        "SELECT COUNT(*) AS n FROM staff WHERE organization_id = $1 AND role = $2 AND activated = 1 AND id <> $3",
    )
    .bind(org.0)
    .bind(counted_role)
    .bind(id.0)
    .fetch_one(&mut *tx)
    .await?;
    match change(&mut row, others.try_get("n")?) {
        Err(refused) => return Ok(Some(Err(refused))),
        Ok(Verdict::Save) => save(&mut tx, &row).await?,
        Ok(Verdict::Delete) => {
            sqlx::query("DELETE FROM staff WHERE id = $1").bind(id.0).execute(&mut *tx).await?;
        }
    }
    tx.commit().await?;
    Ok(Some(Ok(row)))
}

/// Sets the address; `false` if another account has it.
pub async fn set_email(
    store: &Store,
    id: StaffId,
    email: &str,
    verified: bool,
) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    let taken = sqlx::query("SELECT id FROM staff WHERE email = $1 AND id <> $2")
        .bind(email)
        .bind(id.0)
        .fetch_optional(&mut *tx)
        .await?;
    if taken.is_some() {
        return Ok(false);
    }
    let updated = sqlx::query("UPDATE staff SET email = $2, email_verified = $3 WHERE id = $1")
        .bind(id.0)
        .bind(email)
        .bind(i64::from(verified))
        .execute(&mut *tx)
        .await;
    match updated {
        Ok(_) => {}
        // Somebody else was in between.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    tx.commit().await?;
    Ok(true)
}

/// Marks a time step of the authenticator app as used; `false` if it, or a later one, was used before.
pub async fn use_totp_step(store: &Store, id: StaffId, step: i64) -> Result<bool, StoreError> {
    let updated = sqlx::query("UPDATE staff SET totp_step = $2 WHERE id = $1 AND totp_step < $2")
        .bind(id.0)
        .bind(step)
        .execute(store.pool())
        .await?;
    Ok(updated.rows_affected() == 1)
}

async fn insert(
    tx: &mut Transaction<'static, Any>,
    org: Option<OrgId>,
    new: &NewStaff,
) -> Result<Option<StaffId>, StoreError> {
    let row = sqlx::query(
        "INSERT INTO staff (email, password_hash, operator, organization_id, role, name, phone, remark, language, \
         email_verified, activated, must_change_password, may_reveal_secret, granted_apps, created) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         ON CONFLICT (email) DO NOTHING RETURNING id",
    )
    .bind(new.email.as_str())
    .bind(new.password_hash.as_str())
    .bind(i64::from(org.is_none()))
    .bind(org.map(|org| org.0))
    .bind(new.role.clone())
    .bind(new.name.as_str())
    .bind(new.phone.as_str())
    .bind(new.remark.as_str())
    .bind(new.language.as_str())
    .bind(i64::from(new.email_verified))
    .bind(i64::from(new.activated))
    .bind(i64::from(new.must_change_password))
    .bind(i64::from(new.may_reveal_secret))
    .bind(apps_to_text(new.granted_apps.as_deref())?)
    .bind(new.created)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(StaffId(row.try_get("id")?)))
}

/// `false` if there is no such invitation any more.
async fn use_invitation(
    tx: &mut Transaction<'static, Any>,
    invitation: Option<i64>,
) -> Result<bool, StoreError> {
    let Some(id) = invitation else { return Ok(true) };
    let deleted = sqlx::query("DELETE FROM staff_invitations WHERE id = $1")
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(deleted.rows_affected() == 1)
}

/// The row, which nobody else changes until the transaction ends.
async fn lock(
    tx: &mut Transaction<'static, Any>,
    id: StaffId,
) -> Result<Option<StaffRow>, StoreError> {
    sqlx::query("UPDATE staff SET created = created WHERE id = $1")
        .bind(id.0)
        .execute(&mut **tx)
        .await?;
    let row = sqlx::query(SELECT_BY_ID).bind(id.0).fetch_optional(&mut **tx).await?;
    row.as_ref().map(staff_from_row).transpose()
}

async fn save(tx: &mut Transaction<'static, Any>, row: &StaffRow) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE staff SET password_hash = $2, role = $3, name = $4, phone = $5, qq = $6, remark = $7, language = $8, \
         email_verified = $9, activated = $10, must_change_password = $11, may_reveal_secret = $12, \
         granted_apps = $13, totp_secret = $14, login_protection = $15, operation_protection = $16, last_login = $17 \
         WHERE id = $1",
    )
    .bind(row.id.0)
    .bind(row.password_hash.as_str())
    .bind(row.role.clone())
    .bind(row.name.as_str())
    .bind(row.phone.as_str())
    .bind(row.qq.as_str())
    .bind(row.remark.as_str())
    .bind(row.language.as_str())
    .bind(i64::from(row.email_verified))
    .bind(i64::from(row.activated))
    .bind(i64::from(row.must_change_password))
    .bind(i64::from(row.may_reveal_secret))
    .bind(apps_to_text(row.granted_apps.as_deref())?)
    .bind(row.totp_secret.clone())
    .bind(i64::from(row.login_protection))
    .bind(i64::from(row.operation_protection))
    .bind(row.last_login)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn staff_from_row(row: &AnyRow) -> Result<StaffRow, StoreError> {
    let flag = |name: &str| Ok::<_, sqlx::Error>(row.try_get::<i64, _>(name)? != 0);
    let org: Option<i64> = row.try_get("org_id")?;
    let org = match org {
        None => None,
        Some(id) => Some(Organisation {
            id: OrgId(id),
            name: row.try_get("org_name")?,
            title: row.try_get("org_title")?,
            kind: row.try_get("org_kind")?,
            closing_requested: row.try_get("org_closing")?,
            created: row.try_get("org_created")?,
        }),
    };
    Ok(StaffRow {
        id: StaffId(row.try_get("id")?),
        email: row.try_get("email")?,
        password_hash: row.try_get("password_hash")?,
        org,
        role: row.try_get("role")?,
        name: row.try_get("name")?,
        phone: row.try_get("phone")?,
        qq: row.try_get("qq")?,
        remark: row.try_get("remark")?,
        language: row.try_get("language")?,
        email_verified: flag("email_verified")?,
        activated: flag("activated")?,
        must_change_password: flag("must_change_password")?,
        may_reveal_secret: flag("may_reveal_secret")?,
        granted_apps: apps_from_text(row.try_get("granted_apps")?)?,
        totp_secret: row.try_get("totp_secret")?,
        login_protection: flag("login_protection")?,
        operation_protection: flag("operation_protection")?,
        last_login: row.try_get("last_login")?,
        created: row.try_get("created")?,
    })
}

fn apps_to_text(apps: Option<&[AppId]>) -> Result<Option<String>, StoreError> {
    apps.map(serde_json::to_string).transpose().map_err(unreadable_apps)
}

fn apps_from_text(text: Option<String>) -> Result<Option<Vec<AppId>>, StoreError> {
    text.map(|text| serde_json::from_str(&text)).transpose().map_err(unreadable_apps)
}

fn unreadable_apps(error: serde_json::Error) -> StoreError {
    StoreError::Unreadable { what: "granted apps", source: error.into() }
}
