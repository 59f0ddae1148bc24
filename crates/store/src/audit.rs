//! The operation log.

use hongyan_model::{OrgId, StaffId, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::organisations::contains;
use crate::{Store, StoreError};

/// One line of the log.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditRow {
    /// Number; rises. Not read when a line is stored.
    pub id: i64,
    /// When.
    pub time: Timestamp,
    /// Organisation it happened in, if in one.
    pub org: Option<OrgId>,
    /// Who, if an account.
    pub staff: Option<StaffId>,
    /// Address of who, or as given by whoever tried.
    pub email: String,
    /// Word for the role.
    pub role: String,
    /// Where the request came from.
    pub ip: String,
    /// App it was about.
    pub app_key: Option<String>,
    /// Part of the console.
    pub module: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// How it ended.
    pub result: String,
    /// JSON text.
    pub detail: String,
}

/// Which lines; absent fields do not narrow.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFilter {
    /// Of this organisation; `None` for all.
    pub org: Option<OrgId>,
    /// Of this account.
    pub staff: Option<StaffId>,
    /// About this app.
    pub app_key: Option<String>,
    /// Of this part.
    pub module: Option<String>,
    /// With the result `ok`, or with another.
    pub succeeded: Option<bool>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not at or after.
    pub to: Option<Timestamp>,
    /// With this in address, action, target or detail.
    pub text: Option<String>,
}

const COLUMNS: &str = "id, time, organization_id, staff_id, email, role, ip, app_key, module, action, target, result, detail";

/// Stores a line.
pub async fn insert(store: &Store, row: &AuditRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_log (time, organization_id, staff_id, email, role, ip, app_key, module, action, target, \
         result, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(row.time)
    .bind(row.org.map(|org| org.0))
    .bind(row.staff.map(|staff| staff.0))
    .bind(row.email.as_str())
    .bind(row.role.as_str())
    .bind(row.ip.as_str())
    .bind(row.app_key.clone())
    .bind(row.module.as_str())
    .bind(row.action.as_str())
    .bind(row.target.as_str())
    .bind(row.result.as_str())
    .bind(row.detail.as_str())
    .execute(store.pool())
    .await?;
    Ok(())
}

/// A page of lines, the newest first, of those older than `before` (time and number of a line).
pub async fn page(
    store: &Store,
    filter: &AuditFilter,
    before: Option<(Timestamp, i64)>,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let (clauses, mut values) = conditions(filter);
    let (time, id) = before.unwrap_or((i64::MAX, i64::MAX));
    values.extend([time, id, i64::from(limit)].map(Value::Number));
    let at = values.len();
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_log WHERE {clauses}(time, id) < (${}, ${}) \
         ORDER BY time DESC, id DESC LIMIT ${at}",
        at - 2,
        at - 1,
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for value in values {
        query = match value {
            Value::Number(number) => query.bind(number),
            Value::Text(text) => query.bind(text),
        };
    }
    let rows = query.fetch_all(store.pool()).await?;
    rows.iter().map(audit_from_row).collect()
}

/// Deletes up to `limit` lines that are older than `before`; answers how many.
pub async fn prune(store: &Store, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let deleted = sqlx::query(
        "DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE time < $1 ORDER BY time, id LIMIT $2)",
    )
    .bind(before)
    .bind(i64::from(limit))
    .execute(store.pool())
    .await?;
    Ok(deleted.rows_affected())
}

enum Value {
    Number(i64),
    Text(String),
}

/// The conditions, each with ` AND ` behind it, and the values of their placeholders from `$1` on.
fn conditions(filter: &AuditFilter) -> (String, Vec<Value>) {
    let mut clauses = String::new();
    let mut values = Vec::new();
    let mut narrow = |clause: &str, value: Option<Value>| {
        let Some(value) = value else { return };
        values.push(value);
        clauses.push_str(&clause.replace('?', &format!("${}", values.len())));
        clauses.push_str(" AND ");
    };
    narrow("organization_id = ?", filter.org.map(|org| Value::Number(org.0)));
    narrow("staff_id = ?", filter.staff.map(|staff| Value::Number(staff.0)));
    narrow("app_key = ?", filter.app_key.clone().map(Value::Text));
    narrow("module = ?", filter.module.clone().map(Value::Text));
    let ok = || Value::Text("ok".to_owned());
    narrow("result = ?", filter.succeeded.filter(|ended_well| *ended_well).map(|_| ok()));
    narrow("result <> ?", filter.succeeded.filter(|ended_well| !ended_well).map(|_| ok()));
    narrow("time >= ?", filter.from.map(Value::Number));
    narrow("time < ?", filter.to.map(Value::Number));
    narrow(
        "LOWER(email || ' ' || action || ' ' || target || ' ' || detail) LIKE ? ESCAPE '\\'",
        filter.text.as_deref().map(|text| Value::Text(contains(text))),
    );
    (clauses, values)
}

fn audit_from_row(row: &AnyRow) -> Result<AuditRow, StoreError> {
    let org: Option<i64> = row.try_get("organization_id")?;
    let staff: Option<i64> = row.try_get("staff_id")?;
    Ok(AuditRow {
        id: row.try_get("id")?,
        time: row.try_get("time")?,
        org: org.map(OrgId),
        staff: staff.map(StaffId),
        email: row.try_get("email")?,
        role: row.try_get("role")?,
        ip: row.try_get("ip")?,
        app_key: row.try_get("app_key")?,
        module: row.try_get("module")?,
        action: row.try_get("action")?,
        target: row.try_get("target")?,
        result: row.try_get("result")?,
        detail: row.try_get("detail")?,
    })
}
