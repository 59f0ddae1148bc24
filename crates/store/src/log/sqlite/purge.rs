//! Removing an app.

use hongyan_model::AppId;
use rusqlite::params;

use super::writer::Writer;
use crate::StoreError;
use crate::log::stored;

/// `message_index` after `messages`: it says where those are.
const STEPS: [&str; 8] = [
    "DELETE FROM messages WHERE id IN
     (SELECT id FROM message_index WHERE app = ?1 ORDER BY conv, seq LIMIT ?2)",
    "DELETE FROM messages WHERE id IN
     (SELECT id FROM messages WHERE app = ?1 AND seq < 0 ORDER BY conv, id LIMIT ?2)",
    "DELETE FROM message_index WHERE app = ?1 AND (conv, seq) IN
     (SELECT conv, seq FROM message_index WHERE app = ?1 ORDER BY conv, seq LIMIT ?2)",
    "DELETE FROM inbox WHERE app = ?1 AND (user_id, conv) IN
     (SELECT user_id, conv FROM inbox WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM devices WHERE app = ?1 AND (user_id, device) IN
     (SELECT user_id, device FROM devices WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM cursors WHERE app = ?1 AND (user_id, device, conv) IN
     (SELECT user_id, device, conv FROM cursors WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM group_reads WHERE app = ?1 AND (message, user_id) IN
     (SELECT message, user_id FROM group_reads WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM message_edits WHERE app = ?1 AND (message, id) IN
     (SELECT message, id FROM message_edits WHERE app = ?1 LIMIT ?2)",
];

impl Writer {
    /// Removes up to `limit` rows of the app from each table; answers how many.
    pub(super) fn purge(&self, app: AppId, limit: usize) -> Result<u64, StoreError> {
        let mut removed = 0;
        for sql in STEPS {
            let mut statement = self.connection.prepare_cached(sql)?;
            removed += statement.execute(params![app.0, stored(limit as u64)])? as u64;
        }
        Ok(removed)
    }
}
