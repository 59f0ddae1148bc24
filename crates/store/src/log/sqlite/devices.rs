//! Devices and their cursors.

use hongyan_model::{AppId, DeviceId, MessageId, Timestamp, UserId};
use rusqlite::{OptionalExtension, params};

use super::writer::Writer;
use crate::StoreError;
use crate::log::{CursorRow, DeviceSighting, loaded, stored};

impl Writer {
    pub(super) fn save_cursors(&self, rows: &[CursorRow]) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO cursors VALUES (?1,?2,?3,?4,?5)
             ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)",
        )?;
        for row in rows {
            statement.execute(params![
                row.app.0,
                row.user.as_str(),
                row.device.as_str(),
                row.conversation.as_str(),
                stored(row.seq),
            ])?;
        }
        Ok(())
    }

    pub(super) fn open_device(
        &self,
        app: AppId,
        user: &UserId,
        device: &DeviceId,
        sighting: DeviceSighting,
    ) -> Result<MessageId, StoreError> {
        let (app, user, device) = (app.0, user.as_str(), device.as_str());
        if let Some(base) = self.touch_device(app, user, device, sighting.now)? {
            return Ok(base);
        }
        for sql in [
            "DELETE FROM cursors WHERE app = ?1 AND user_id = ?2 AND device IN
             (SELECT device FROM devices WHERE app = ?1 AND user_id = ?2 AND last_seen < ?3)",
            "DELETE FROM devices WHERE app = ?1 AND user_id = ?2 AND last_seen < ?3",
        ] {
            self.connection.prepare_cached(sql)?.execute(params![
                app,
                user,
                sighting.forget_before
            ])?;
        }
        if let Some(former) = &sighting.former {
            for sql in [
                "UPDATE cursors SET device = ?4 WHERE app = ?1 AND user_id = ?2 AND device = ?3",
                "UPDATE devices SET device = ?4 WHERE app = ?1 AND user_id = ?2 AND device = ?3",
            ] {
                let renamed = params![app, user, former.as_str(), device];
                self.connection.prepare_cached(sql)?.execute(renamed)?;
            }
            if let Some(base) = self.touch_device(app, user, device, sighting.now)? {
                return Ok(base);
            }
        }
        self.connection
            .prepare_cached(
                "INSERT INTO cursors SELECT app, user_id, ?3, conv, seq FROM cursors
                 WHERE app = ?1 AND user_id = ?2 AND device =
                     (SELECT device FROM devices WHERE app = ?1 AND user_id = ?2
                      ORDER BY last_seen LIMIT 1)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![app, user, device])?;
        let base: i64 = self
            .connection
            .prepare_cached(
                "INSERT INTO devices SELECT ?1, ?2, ?3, max(?4, coalesce(
                     (SELECT base FROM devices WHERE app = ?1 AND user_id = ?2
                      ORDER BY last_seen LIMIT 1), 0)), ?5
                 RETURNING base",
            )?
            .query_row(
                params![app, user, device, stored(sighting.first_base.0), sighting.now],
                |row| row.get(0),
            )?;
        Ok(MessageId(loaded(base)))
    }

    fn touch_device(
        &self,
        app: i64,
        user: &str,
        device: &str,
        now: Timestamp,
    ) -> Result<Option<MessageId>, StoreError> {
        let base: Option<i64> = self
            .connection
            .prepare_cached(
                "UPDATE devices SET last_seen = ?4 WHERE app = ?1 AND user_id = ?2 AND device = ?3
                 RETURNING base",
            )?
            .query_row(params![app, user, device, now], |row| row.get(0))
            .optional()?;
        Ok(base.map(|base| MessageId(loaded(base))))
    }
}
