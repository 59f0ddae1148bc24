//! Removing an app.

use hongyan_model::AppId;

use super::writer::Writer;
use crate::log::stored;

const STEPS: [&str; 8] = [
    "DELETE FROM messages WHERE app = $1 AND (conv, seq) IN
     (SELECT conv, seq FROM messages WHERE app = $1 ORDER BY conv, seq LIMIT $2)",
    "DELETE FROM conversations WHERE app = $1 AND conv IN
     (SELECT conv FROM conversations WHERE app = $1 LIMIT $2)",
    "DELETE FROM message_sends WHERE app = $1 AND (sender, device, client_id) IN
     (SELECT sender, device, client_id FROM message_sends WHERE app = $1 LIMIT $2)",
    "DELETE FROM inbox WHERE app = $1 AND (user_id, conv) IN
     (SELECT user_id, conv FROM inbox WHERE app = $1 LIMIT $2)",
    "DELETE FROM devices WHERE app = $1 AND (user_id, device) IN
     (SELECT user_id, device FROM devices WHERE app = $1 LIMIT $2)",
    "DELETE FROM cursors WHERE app = $1 AND (user_id, device, conv) IN
     (SELECT user_id, device, conv FROM cursors WHERE app = $1 LIMIT $2)",
    "DELETE FROM group_reads WHERE app = $1 AND (message, user_id) IN
     (SELECT message, user_id FROM group_reads WHERE app = $1 LIMIT $2)",
    "DELETE FROM message_edits WHERE app = $1 AND (message, id) IN
     (SELECT message, id FROM message_edits WHERE app = $1 LIMIT $2)",
];

impl Writer {
    /// Removes up to `limit` rows of the app from each table; answers how many.
    pub(super) async fn purge(&self, app: AppId, limit: usize) -> Result<u64, sqlx::Error> {
        let mut removed = 0;
        for sql in STEPS {
            let query = sqlx::query(sql).bind(app.0).bind(stored(limit as u64));
            removed += query.execute(&self.pool).await?.rows_affected();
        }
        Ok(removed)
    }
}
