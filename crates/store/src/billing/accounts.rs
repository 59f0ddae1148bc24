//! Money accounts.

use hongyan_model::billing::Account;
use hongyan_model::catalogue::Money;
use hongyan_model::{OrgId, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Tx, or_empty};
use crate::organisations::contains;
use crate::{Store, StoreError};

const COLUMNS: &str =
    "balance, gift, credit_limit, alert_below, alerted, in_arrears_since, notices, suspended";

/// An organisation and its account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrgAccount {
    /// Name of the organisation.
    pub name: String,
    /// The company's name.
    pub title: String,
    /// Its account.
    pub account: Account,
}

/// The account of an organisation.
pub async fn account(store: &Store, org: OrgId) -> Result<Account, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM accounts WHERE org_id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(org.0).fetch_optional(store.pool()).await?;
    Ok(or_empty(row.map(|row| read(&row, org)).transpose()?, org))
}

/// One page of organisations by name, of those whose name or title contains `text`, and the number of all such.
pub async fn accounts_page(
    store: &Store,
    text: &str,
    offset: u64,
    limit: u32,
) -> Result<(Vec<OrgAccount>, i64), StoreError> {
    let filter = "WHERE o.name LIKE $1 ESCAPE '\\' OR LOWER(o.title) LIKE $1 ESCAPE '\\'";
    let sql = format!(
        "SELECT o.id, o.name, o.title, COALESCE(a.balance, 0) AS balance, COALESCE(a.gift, 0) AS gift, \
         a.credit_limit, a.alert_below, COALESCE(a.alerted, 0) AS alerted, a.in_arrears_since, \
         COALESCE(a.notices, 0) AS notices, COALESCE(a.suspended, 0) AS suspended \
         FROM organizations o LEFT JOIN accounts a ON a.org_id = o.id {filter} ORDER BY o.name LIMIT $2 OFFSET $3"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(contains(text))
        .bind(i64::from(limit))
        .bind(super::signed(offset))
        .fetch_all(store.pool())
        .await?;
    let sql = format!("SELECT COUNT(*) AS n FROM organizations o {filter}");
    let total =
        sqlx::query(AssertSqlSafe(sql)).bind(contains(text)).fetch_one(store.pool()).await?;
    let one = |row: &AnyRow| {
        Ok(OrgAccount {
            name: row.try_get("name")?,
            title: row.try_get("title")?,
            account: read(row, OrgId(row.try_get("id")?))?,
        })
    };
    let page = rows.iter().map(one).collect::<Result<_, StoreError>>()?;
    Ok((page, total.try_get("n")?))
}

/// Accounts that owe more than they may.
pub async fn accounts_in_arrears(store: &Store) -> Result<Vec<Account>, StoreError> {
    let sql = format!("SELECT org_id, {COLUMNS} FROM accounts WHERE in_arrears_since IS NOT NULL");
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(store.pool()).await?;
    rows.iter().map(|row| read(row, OrgId(row.try_get("org_id")?))).collect()
}

/// Accounts that owe more than they may, and are not known to.
pub async fn accounts_unnoticed(
    store: &Store,
    credit_limit: Money,
) -> Result<Vec<Account>, StoreError> {
    let sql = format!(
        "SELECT org_id, {COLUMNS} FROM accounts WHERE balance < 0 AND in_arrears_since IS NULL AND balance + COALESCE(credit_limit, $1) < 0"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(credit_limit.0).fetch_all(store.pool()).await?;
    rows.iter().map(|row| read(row, OrgId(row.try_get("org_id")?))).collect()
}

/// Accounts whose owners want to be told of such a balance, and were not.
pub async fn accounts_below_alert(store: &Store) -> Result<Vec<Account>, StoreError> {
    let sql = format!(
        "SELECT org_id, {COLUMNS} FROM accounts WHERE balance < alert_below AND alerted = 0"
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(store.pool()).await?;
    rows.iter().map(|row| read(row, OrgId(row.try_get("org_id")?))).collect()
}

/// Takes the account until the transaction ends; makes it if there is none.
pub(super) async fn lock(tx: &mut Tx, org: OrgId) -> Result<Account, StoreError> {
    let sql = format!(
        "INSERT INTO accounts (org_id, balance, gift, alerted, notices, suspended) VALUES ($1, 0, 0, 0, 0, 0) \
         ON CONFLICT (org_id) DO UPDATE SET balance = accounts.balance RETURNING {COLUMNS}"
    );
    let row = sqlx::query(AssertSqlSafe(sql)).bind(org.0).fetch_one(&mut **tx).await?;
    read(&row, org)
}

pub(super) async fn save(tx: &mut Tx, account: &Account) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE accounts SET balance = $2, gift = $3, credit_limit = $4, alert_below = $5, alerted = $6, \
         in_arrears_since = $7, notices = $8, suspended = $9 WHERE org_id = $1",
    )
    .bind(account.org.0)
    .bind(account.balance.0)
    .bind(account.gift.0)
    .bind(account.credit_limit.map(|limit| limit.0))
    .bind(account.alert_below.map(|least| least.0))
    .bind(i64::from(account.alerted))
    .bind(account.in_arrears_since)
    .bind(i64::from(account.notices))
    .bind(i64::from(account.suspended))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn read(row: &AnyRow, org: OrgId) -> Result<Account, StoreError> {
    let flag = |name: &str| row.try_get::<i64, _>(name).map(|flag| flag != 0);
    let money = |name: &str| row.try_get::<Option<i64>, _>(name).map(|fen| fen.map(Money));
    let notices: i64 = row.try_get("notices")?;
    let since: Option<Timestamp> = row.try_get("in_arrears_since")?;
    Ok(Account {
        org,
        balance: Money(row.try_get("balance")?),
        gift: Money(row.try_get("gift")?),
        credit_limit: money("credit_limit")?,
        alert_below: money("alert_below")?,
        alerted: flag("alerted")?,
        in_arrears_since: since,
        notices: u32::try_from(notices).unwrap_or_default(),
        suspended: flag("suspended")?,
    })
}
