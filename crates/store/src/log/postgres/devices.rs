//! Devices and their cursors.

use std::collections::BTreeMap;

use hongyan_model::{AppId, DeviceId, MessageId, Timestamp, UserId};
use sqlx::PgConnection;

use super::writer::Writer;
use crate::engine::begun;
use crate::log::{CursorRow, DeviceSighting, loaded, stored};

impl Writer {
    pub(super) async fn save_cursors(&self, rows: &[CursorRow]) -> Result<(), sqlx::Error> {
        // One row per cursor, in key order: the same statement must not touch a row twice.
        let mut latest: BTreeMap<_, u64> = BTreeMap::new();
        for row in rows {
            let key =
                (row.app.0, row.user.as_str(), row.device.as_str(), row.conversation.as_str());
            let seq = latest.entry(key).or_default();
            *seq = row.seq.max(*seq);
        }
        let keys = || latest.keys();
        sqlx::query(
            "INSERT INTO cursors SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[])
             ON CONFLICT (app, user_id, device, conv) DO UPDATE SET seq = greatest(cursors.seq, excluded.seq)",
        )
        .bind(keys().map(|k| k.0).collect::<Vec<_>>())
        .bind(keys().map(|k| k.1).collect::<Vec<_>>())
        .bind(keys().map(|k| k.2).collect::<Vec<_>>())
        .bind(keys().map(|k| k.3).collect::<Vec<_>>())
        .bind(latest.values().map(|seq| stored(*seq)).collect::<Vec<_>>())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(super) async fn forget_user(&self, app: AppId, user: &UserId) -> Result<(), sqlx::Error> {
        for sql in [
            "DELETE FROM devices WHERE app = $1 AND user_id = $2",
            "DELETE FROM cursors WHERE app = $1 AND user_id = $2",
            "DELETE FROM message_sends WHERE app = $1 AND sender = $2",
        ] {
            sqlx::query(sql).bind(app.0).bind(user.as_str()).execute(&self.pool).await?;
        }
        Ok(())
    }

    pub(super) async fn open_device(
        &self,
        app: AppId,
        user: &UserId,
        device: &DeviceId,
        sighting: DeviceSighting,
    ) -> Result<MessageId, sqlx::Error> {
        let (app, user, device) = (app.0, user.as_str(), device.as_str());
        let pool = self.pool.clone();
        let mut transaction = begun(async move { pool.begin().await }).await?;
        if let Some(base) = touch_device(&mut transaction, app, user, device, sighting.now).await? {
            transaction.commit().await?;
            return Ok(base);
        }
        for sql in [
            "DELETE FROM cursors WHERE app = $1 AND user_id = $2 AND device IN
             (SELECT device FROM devices WHERE app = $1 AND user_id = $2 AND last_seen < $3)",
            "DELETE FROM devices WHERE app = $1 AND user_id = $2 AND last_seen < $3",
        ] {
            sqlx::query(sql)
                .bind(app)
                .bind(user)
                .bind(sighting.forget_before)
                .execute(&mut *transaction)
                .await?;
        }
        if let Some(former) = &sighting.former {
            for sql in [
                "UPDATE cursors SET device = $4 WHERE app = $1 AND user_id = $2 AND device = $3",
                "UPDATE devices SET device = $4 WHERE app = $1 AND user_id = $2 AND device = $3",
            ] {
                sqlx::query(sql)
                    .bind(app)
                    .bind(user)
                    .bind(former.as_str())
                    .bind(device)
                    .execute(&mut *transaction)
                    .await?;
            }
            let now = sighting.now;
            if let Some(base) = touch_device(&mut transaction, app, user, device, now).await? {
                transaction.commit().await?;
                return Ok(base);
            }
        }
        sqlx::query(
            "INSERT INTO cursors SELECT app, user_id, $3, conv, seq FROM cursors
             WHERE app = $1 AND user_id = $2 AND device =
                 (SELECT device FROM devices WHERE app = $1 AND user_id = $2 ORDER BY last_seen LIMIT 1)
             ON CONFLICT DO NOTHING",
        )
        .bind(app)
        .bind(user)
        .bind(device)
        .execute(&mut *transaction)
        .await?;
        let base: i64 = sqlx::query_scalar(
            "INSERT INTO devices SELECT $1, $2, $3, greatest($4, coalesce(
                 (SELECT base FROM devices WHERE app = $1 AND user_id = $2 ORDER BY last_seen LIMIT 1), 0)), $5
             ON CONFLICT (app, user_id, device) DO UPDATE SET last_seen = excluded.last_seen
             RETURNING base",
        )
        .bind(app)
        .bind(user)
        .bind(device)
        .bind(stored(sighting.first_base.0))
        .bind(sighting.now)
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(MessageId(loaded(base)))
    }
}

async fn touch_device(
    connection: &mut PgConnection,
    app: i64,
    user: &str,
    device: &str,
    now: Timestamp,
) -> Result<Option<MessageId>, sqlx::Error> {
    let base: Option<i64> = sqlx::query_scalar(
        "UPDATE devices SET last_seen = $4 WHERE app = $1 AND user_id = $2 AND device = $3 RETURNING base",
    )
    .bind(app)
    .bind(user)
    .bind(device)
    .bind(now)
    .fetch_optional(connection)
    .await?;
    Ok(base.map(|base| MessageId(loaded(base))))
}
