//! Organisations.

use hongyan_model::{OrgId, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::{Store, StoreError};

/// An organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organisation {
    /// Number.
    pub id: OrgId,
    /// First half of its App Keys.
    pub name: String,
    /// The company's name.
    pub title: String,
    /// `company` or `individual`.
    pub kind: String,
    /// When its super admin asked to close it, if so.
    pub closing_requested: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
}

/// An organisation to be stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewOrganisation {
    /// First half of its App Keys.
    pub name: String,
    /// The company's name.
    pub title: String,
    /// `company` or `individual`.
    pub kind: String,
    /// Now.
    pub created: Timestamp,
}

/// An organisation with the numbers of what belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The organisation.
    pub org: Organisation,
    /// Its apps, whatever their status.
    pub apps: i64,
    /// Its members.
    pub members: i64,
}

/// What became of [`delete`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deletion {
    /// It and its members are gone.
    Done,
    /// There was none.
    Missing,
    /// It has apps, whatever their status.
    HasApps,
    /// Its super admin has not asked for it, or has taken that back.
    NotRequested,
}

const COLUMNS: &str = "o.id, o.name, o.title, o.kind, o.closing_requested, o.created";

/// Stores an organisation; `None` if the name is taken.
pub async fn insert(store: &Store, new: &NewOrganisation) -> Result<Option<OrgId>, StoreError> {
    let mut tx = store.begin_write().await?;
    let id = insert_in(&mut tx, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// The organisation with this name.
pub async fn find(store: &Store, name: &str) -> Result<Option<Organisation>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM organizations o WHERE o.name = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(name).fetch_optional(store.pool()).await?;
    row.as_ref().map(org_from_row).transpose()
}

/// The organisation with this number.
pub async fn find_by_id(store: &Store, id: OrgId) -> Result<Option<Organisation>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM organizations o WHERE o.id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id.0).fetch_optional(store.pool()).await?;
    row.as_ref().map(org_from_row).transpose()
}

/// One page of organisations by name, of those whose name or title contains `text`, and the number of all such.
pub async fn page(
    store: &Store,
    text: &str,
    offset: u64,
    limit: u32,
) -> Result<(Vec<Listed>, i64), StoreError> {
    let pattern = contains(text);
    let filter = "WHERE o.name LIKE $1 ESCAPE '\\' OR LOWER(o.title) LIKE $1 ESCAPE '\\'";
    let sql = format!(
        "SELECT {COLUMNS}, (SELECT COUNT(*) FROM apps a WHERE a.organization_id = o.id) AS apps, \
         (SELECT COUNT(*) FROM staff s WHERE s.organization_id = o.id) AS members \
         FROM organizations o {filter} ORDER BY o.name LIMIT $2 OFFSET $3"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(pattern.as_str())
        .bind(i64::from(limit))
        .bind(i64::try_from(offset).unwrap_or(i64::MAX))
        .fetch_all(store.pool())
        .await?;
    let sql = format!("SELECT COUNT(*) AS n FROM organizations o {filter}");
    let total = sqlx::query(AssertSqlSafe(sql)).bind(pattern).fetch_one(store.pool()).await?;
    let read = |row: &AnyRow| {
        Ok(Listed {
            org: org_from_row(row)?,
            apps: row.try_get("apps")?,
            members: row.try_get("members")?,
        })
    };
    let listed = rows.iter().map(read).collect::<Result<_, StoreError>>()?;
    Ok((listed, total.try_get("n")?))
}

/// Sets the company's name; `false` without such an organisation.
pub async fn set_title(store: &Store, id: OrgId, title: &str) -> Result<bool, StoreError> {
    let updated = sqlx::query("UPDATE organizations SET title = $2 WHERE id = $1")
        .bind(id.0)
        .bind(title)
        .execute(store.pool())
        .await?;
    Ok(updated.rows_affected() == 1)
}

/// Notes, or forgets, that somebody asked to close it.
pub async fn set_closing(
    store: &Store,
    id: OrgId,
    requested: Option<Timestamp>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE organizations SET closing_requested = $2 WHERE id = $1")
        .bind(id.0)
        .bind(requested)
        .execute(store.pool())
        .await?;
    Ok(())
}

/// Number of its apps, whatever their status.
pub async fn apps(store: &Store, id: OrgId) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM apps WHERE organization_id = $1")
        .bind(id.0)
        .fetch_one(store.pool())
        .await?;
    Ok(row.try_get("n")?)
}

/// Deletes an organisation without apps that is to be closed, and its members.
pub async fn delete(store: &Store, id: OrgId) -> Result<Deletion, StoreError> {
    let mut tx = store.begin_write().await?;
    if !lock(&mut tx, id).await? {
        return Ok(Deletion::Missing);
    }
    let wanted = "SELECT id FROM organizations WHERE id = $1 AND closing_requested IS NOT NULL";
    if sqlx::query(wanted).bind(id.0).fetch_optional(&mut *tx).await?.is_none() {
        return Ok(Deletion::NotRequested);
    }
    let app = sqlx::query("SELECT id FROM apps WHERE organization_id = $1 LIMIT 1")
        .bind(id.0)
        .fetch_optional(&mut *tx)
        .await?;
    if app.is_some() {
        return Ok(Deletion::HasApps);
    }
    sqlx::query("DELETE FROM staff WHERE organization_id = $1")
        .bind(id.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query("DELETE FROM organizations WHERE id = $1").bind(id.0).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(Deletion::Done)
}

/// Takes the organisation's row until the transaction ends; `false` without one.
pub(crate) async fn lock(
    tx: &mut Transaction<'static, Any>,
    id: OrgId,
) -> Result<bool, StoreError> {
    let updated = sqlx::query("UPDATE organizations SET created = created WHERE id = $1")
        .bind(id.0)
        .execute(&mut **tx)
        .await?;
    Ok(updated.rows_affected() == 1)
}

pub(crate) async fn insert_in(
    tx: &mut Transaction<'static, Any>,
    new: &NewOrganisation,
) -> Result<Option<OrgId>, StoreError> {
    let row = sqlx::query(
        "INSERT INTO organizations (name, title, kind, created) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (name) DO NOTHING RETURNING id",
    )
    .bind(new.name.as_str())
    .bind(new.title.as_str())
    .bind(new.kind.as_str())
    .bind(new.created)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(OrgId(row.try_get("id")?)))
}

/// Pattern for `LIKE … ESCAPE '\'` on text in lower case.
pub(crate) fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn org_from_row(row: &AnyRow) -> Result<Organisation, StoreError> {
    Ok(Organisation {
        id: OrgId(row.try_get("id")?),
        name: row.try_get("name")?,
        title: row.try_get("title")?,
        kind: row.try_get("kind")?,
        closing_requested: row.try_get("closing_requested")?,
        created: row.try_get("created")?,
    })
}
