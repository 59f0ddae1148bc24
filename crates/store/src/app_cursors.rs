//! Up to where the logs of apps have been looked at, by somebody who follows them: a table with a row for each app.

use hongyan_model::{AppId, IdGenerator, MessageId, Timestamp};
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::members::{signed, unsigned};
use crate::{Store, StoreError};

/// Of callbacks: apps with rules after sending.
pub(crate) const CALLBACKS: AppCursors = AppCursors("callback_cursors");
/// Of push: apps with certificates.
pub(crate) const PUSHES: AppCursors = AppCursors("push_cursors");

/// The table of one follower: `app_id`, `entry`.
#[derive(Clone, Copy)]
pub(crate) struct AppCursors(&'static str);

impl AppCursors {
    /// Begins to follow the log of an app from `since` on, unless it is followed already: in the transaction that brings
    /// the reason to follow it, or else a crash between would leave an app that is never looked at.
    pub(crate) async fn follow(
        self,
        tx: &mut Transaction<'static, Any>,
        app: AppId,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO {} (app_id, entry) VALUES ($1, $2) ON CONFLICT (app_id) DO NOTHING",
            self.0
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(app.0)
            .bind(signed(IdGenerator::floor(since).0))
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    /// Ends to follow the log of an app: in a transaction that has taken the app's row and has seen that there is no
    /// reason left to follow it.
    pub(crate) async fn unfollow(
        self,
        tx: &mut Transaction<'static, Any>,
        app: AppId,
    ) -> Result<(), StoreError> {
        let sql = format!("DELETE FROM {} WHERE app_id = $1", self.0);
        sqlx::query(AssertSqlSafe(sql)).bind(app.0).execute(&mut **tx).await?;
        Ok(())
    }

    /// The apps whose log is followed.
    pub(crate) async fn followed(self, store: &Store) -> Result<Vec<AppId>, StoreError> {
        let sql = format!("SELECT app_id FROM {}", self.0);
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(store.pool()).await?;
        rows.iter().map(|row| Ok(AppId(row.try_get("app_id")?))).collect()
    }

    /// Up to which entry an app's log has been looked at; `None` if it is not followed.
    pub(crate) async fn cursor(
        self,
        store: &Store,
        app: AppId,
    ) -> Result<Option<MessageId>, StoreError> {
        let sql = format!("SELECT entry FROM {} WHERE app_id = $1", self.0);
        let row = sqlx::query(AssertSqlSafe(sql)).bind(app.0).fetch_optional(store.pool()).await?;
        row.map(|row| Ok(MessageId(unsigned("entry", row.try_get("entry")?)?))).transpose()
    }
}
