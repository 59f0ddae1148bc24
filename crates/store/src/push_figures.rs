//! How many notices there were, per day, vendor and reason.

use hongyan_model::AppId;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use crate::members::unsigned;
use crate::{Store, StoreError};

/// Notices of a day that went the same way.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Figure {
    /// The day's number.
    pub day: i64,
    /// The vendor; empty for what was for none.
    pub channel: String,
    /// Why they failed; empty for the others.
    pub reason: String,
    /// Taken by the vendor.
    pub success: u64,
    /// Refused, or not to be sent.
    pub failure: u64,
    /// Of which it is not known.
    pub unknown: u64,
    /// Shown by the phone, where the vendor says so.
    pub arrived: u64,
    /// Tapped on, where the vendor says so.
    pub clicked: u64,
}

/// Adds to the figures.
pub(crate) async fn add(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    figures: &[Figure],
) -> Result<(), StoreError> {
    for figure in merged(figures) {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        sqlx::query(
            "INSERT INTO push_figures (app_id, day, channel, reason, success, failure, unknown, arrived, clicked) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (app_id, day, channel, reason) DO UPDATE SET \
             success = push_figures.success + excluded.success, failure = push_figures.failure + excluded.failure, \
             unknown = push_figures.unknown + excluded.unknown, arrived = push_figures.arrived + excluded.arrived, \
             clicked = push_figures.clicked + excluded.clicked",
        )
        .bind(app.0)
        .bind(figure.day)
        .bind(figure.channel.as_str())
        .bind(figure.reason.as_str())
        .bind(number(figure.success))
        .bind(number(figure.failure))
        .bind(number(figure.unknown))
        .bind(number(figure.arrived))
        .bind(number(figure.clicked))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Adds what vendors said later.
pub async fn add_later(store: &Store, app: AppId, figures: &[Figure]) -> Result<(), StoreError> {
    let mut tx = store.begin_write().await?;
    add(&mut tx, app, figures).await?;
    tx.commit().await?;
    Ok(())
}

/// The figures of days from `first` to `last`, by day, vendor and reason.
pub async fn read(
    store: &Store,
    app: AppId,
    (first, last): (i64, i64),
) -> Result<Vec<Figure>, StoreError> {
    let rows = sqlx::query(
        "SELECT day, channel, reason, success, failure, unknown, arrived, clicked FROM push_figures \
         WHERE app_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, channel, reason",
    )
    .bind(app.0)
    .bind(first)
    .bind(last)
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(figure).collect()
}

/// Removes the figures of days before `day`.
pub async fn forget(store: &Store, day: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM push_figures WHERE day < $1").bind(day).execute(store.pool()).await?;
    Ok(())
}

/// One line for each day, vendor and reason, always in the same order: two writers never wait for each other.
fn merged(figures: &[Figure]) -> Vec<Figure> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(|a, b| (a.day, &a.channel, &a.reason).cmp(&(b.day, &b.channel, &b.reason)));
    let mut merged: Vec<Figure> = Vec::new();
    for figure in sorted {
        match merged.last_mut() {
            Some(last)
                if (last.day, &last.channel, &last.reason)
                    == (figure.day, &figure.channel, &figure.reason) =>
            {
                last.success += figure.success;
                last.failure += figure.failure;
                last.unknown += figure.unknown;
                last.arrived += figure.arrived;
                last.clicked += figure.clicked;
            }
            _ => merged.push(figure),
        }
    }
    merged
}

fn figure(row: &AnyRow) -> Result<Figure, StoreError> {
    let number = |name| unsigned("push figure", row.try_get(name)?);
    Ok(Figure {
        day: row.try_get("day")?,
        channel: row.try_get("channel")?,
        reason: row.try_get("reason")?,
        success: number("success")?,
        failure: number("failure")?,
        unknown: number("unknown")?,
        arrived: number("arrived")?,
        clicked: number("clicked")?,
    })
}
