//! Letting go of what nobody asks for any more, in small pieces.

use hongyan_model::AppId;

use super::{DayNumber, Subject, stored};
use crate::{Store, StoreError};

/// The apps that have figures of `day`.
pub async fn apps_of_day(store: &Store, day: DayNumber) -> Result<Vec<AppId>, StoreError> {
    let apps: Vec<i64> = sqlx::query_scalar(
        "SELECT DISTINCT app_id FROM metering_days WHERE day = $1 ORDER BY app_id",
    )
    .bind(day)
    .fetch_all(store.pool())
    .await?;
    Ok(apps.into_iter().map(AppId).collect())
}

/// Forgets who was connected before `day`, at most `limit` rows; how many it were.
pub async fn forget_active(store: &Store, day: DayNumber, limit: usize) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "DELETE FROM metering_active WHERE (day, app_id, platform, user_id) IN \
         (SELECT day, app_id, platform, user_id FROM metering_active WHERE day < $1 \
          ORDER BY day, app_id, platform, user_id LIMIT $2)",
    )
    .bind(day)
    .bind(stored(limit as u64))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected())
}

/// Leaves the `keep` busiest subjects of a day and forgets others, at most `limit`; how many it were.
pub async fn trim_subjects(
    store: &Store,
    app: AppId,
    subject: Subject,
    day: DayNumber,
    keep: usize,
    limit: usize,
) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "WITH last AS (SELECT total, id FROM metering_subjects WHERE app_id = $1 AND subject = $2 AND day = $3 \
                       ORDER BY total DESC, id LIMIT 1 OFFSET $4) \
         DELETE FROM metering_subjects WHERE app_id = $1 AND subject = $2 AND day = $3 AND id IN \
         (SELECT s.id FROM metering_subjects s JOIN last ON s.total < last.total \
              OR (s.total = last.total AND s.id > last.id) \
          WHERE s.app_id = $1 AND s.subject = $2 AND s.day = $3 LIMIT $5)",
    )
    .bind(app.0)
    .bind(subject as i64)
    .bind(day)
    .bind(stored(keep.saturating_sub(1) as u64))
    .bind(stored(limit as u64))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected())
}

/// Forgets an app's subjects of the days before `day`, at most `limit`; how many it were.
pub async fn forget_subjects(
    store: &Store,
    app: AppId,
    subject: Subject,
    day: DayNumber,
    limit: usize,
) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "DELETE FROM metering_subjects WHERE app_id = $1 AND subject = $2 AND (day, id) IN \
         (SELECT day, id FROM metering_subjects WHERE app_id = $1 AND subject = $2 AND day < $3 \
          ORDER BY day, id LIMIT $4)",
    )
    .bind(app.0)
    .bind(subject as i64)
    .bind(day)
    .bind(stored(limit as u64))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected())
}
