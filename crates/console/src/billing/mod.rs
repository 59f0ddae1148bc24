//! 版本开通, 费用中心, and what the operator does with money.

pub(crate) mod account;
pub(crate) mod bills;
pub(crate) mod operator;
pub(crate) mod orders;
pub(crate) mod plans;
pub(crate) mod purchase;
pub(crate) mod words;

use hongyan_model::catalogue::Money;
use hongyan_model::{OrgId, Timestamp};
use hongyan_platform::organisations;
use serde::Deserialize;

use crate::call::Call;
use crate::csv::Csv;
use crate::endpoint::Routes;
use crate::errors::Failure;
use crate::page::CursorPage;

/// Rows of a file to save; older ones are on the pages.
const FILE_ROWS: usize = 100_000;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(purchase::routes())
        .merge(account::routes())
        .merge(orders::routes())
        .merge(bills::routes())
        .merge(operator::routes())
        .merge(plans::routes())
}

/// What every list here understands.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ListQuery {
    /// Operators name the organisation.
    org: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    cursor: Option<String>,
    limit: Option<usize>,
}

impl ListQuery {
    /// Rows on a page.
    fn limit(&self) -> usize {
        self.limit.unwrap_or(20).clamp(1, 50)
    }

    /// The row behind which the page begins.
    fn before(&self) -> Option<i64> {
        self.cursor.as_ref().and_then(|cursor| cursor.parse().ok())
    }
}

/// Whose money it is about: one's own organisation, or the one that an operator names.
async fn org(call: &Call, name: Option<&str>) -> Result<OrgId, Failure> {
    let name = name.filter(|name| !name.is_empty());
    let staff = &call.session()?.staff;
    Ok(organisations::within_reach(call.platform(), staff, name).await?)
}

/// The organisation of a path. For operators.
async fn org_of_path(call: &Call) -> Result<OrgId, Failure> {
    org(call, Some(call.path("org"))).await
}

/// One row more than fits on the page was read: it says that there is another page.
fn page<R, T>(
    mut rows: Vec<R>,
    limit: usize,
    id: impl Fn(&R) -> i64,
    shape: impl Fn(R) -> T,
) -> CursorPage<T> {
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let cursor = rows.last().filter(|_| has_more).map(|row| id(row).to_string());
    CursorPage { items: rows.into_iter().map(shape).collect(), cursor }
}

/// An amount as spreadsheets read it.
fn amount(money: Money) -> String {
    money.to_string()
}

/// A moment on the installation's clock, or nothing.
fn time(call: &Call, time: Option<Timestamp>) -> String {
    time.map(|time| call.platform().calendar().clock(time)).unwrap_or_default()
}

/// A table with these columns.
fn table(columns: &[&str]) -> Csv {
    Csv::with_header(columns)
}
