//! Figures of days that are over, as bills are computed from them.

use std::collections::HashMap;

use hongyan_model::billing::SealedDay;
use hongyan_model::{AppId, OrgId};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::counters::Counted;
use crate::metering::{DayNumber, Figure};
use crate::{Store, StoreError};

/// An app with its counters, for the sealing of a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsealed {
    /// App.
    pub app: AppId,
    /// Its organisation.
    pub org: OrgId,
    /// App Key.
    pub app_key: String,
    /// What the app has now.
    pub counts: HashMap<Counted, u64>,
    /// Figures of the day and of all days after it.
    pub figures: Vec<(DayNumber, Figure, u64)>,
    /// Messages of the day.
    pub messages: u64,
}

/// Up to `limit` apps whose day `day` is not sealed, of those that were there before `made_before`.
pub async fn unsealed(
    store: &Store,
    day: DayNumber,
    made_before: i64,
    limit: u32,
) -> Result<Vec<Unsealed>, StoreError> {
    let rows = sqlx::query(
        "SELECT a.id, a.organization_id, o.name AS org, a.name FROM apps a \
         JOIN organizations o ON o.id = a.organization_id \
         LEFT JOIN sealed_days s ON s.billed_app = a.id AND s.day = $1 \
         WHERE s.day IS NULL AND a.created < $2 ORDER BY a.id LIMIT $3",
    )
    .bind(day)
    .bind(made_before)
    .bind(i64::from(limit))
    .fetch_all(store.pool())
    .await?;
    let mut apps = Vec::with_capacity(rows.len());
    for row in rows {
        let app = AppId(row.try_get("id")?);
        let (org, name): (String, String) = (row.try_get("org")?, row.try_get("name")?);
        let mut counts = HashMap::new();
        for what in [Counted::Users, Counted::Groups, Counted::Rooms] {
            counts.insert(what, crate::counters::count(store, app, what).await?);
        }
        let messages = crate::metering::messages(store, app, day, day).await?;
        apps.push(Unsealed {
            app,
            org: OrgId(row.try_get("organization_id")?),
            app_key: format!("{org}#{name}"),
            counts,
            figures: crate::metering::days(store, app, day, DayNumber::MAX).await?,
            messages: messages
                .iter()
                .filter(|(key, _)| key.kind.is_message())
                .map(|(_, counts)| counts.uplink)
                .sum(),
        });
    }
    Ok(apps)
}

/// Seals a day of an app; nothing happens if it is sealed.
pub async fn seal(store: &Store, day: &SealedDay) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sealed_days (billed_app, day, org_id, app_key, dau, groups_and_rooms, registered, messages, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (billed_app, day) DO NOTHING",
    )
    .bind(day.app.0)
    .bind(day.day)
    .bind(day.org.0)
    .bind(day.app_key.as_str())
    .bind(super::signed(day.dau))
    .bind(super::signed(day.groups_and_rooms))
    .bind(super::signed(day.registered))
    .bind(super::signed(day.messages))
    .bind(hash(day))
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The sealed days of an organisation's apps, from `from` to `to`, both included, with whether their hash is theirs.
pub async fn sealed_days(
    store: &Store,
    org: OrgId,
    from: DayNumber,
    to: DayNumber,
) -> Result<Vec<(SealedDay, bool)>, StoreError> {
    let rows = sqlx::query(
        "SELECT billed_app, day, org_id, app_key, dau, groups_and_rooms, registered, messages, hash FROM sealed_days \
         WHERE org_id = $1 AND day BETWEEN $2 AND $3 ORDER BY billed_app, day",
    )
    .bind(org.0)
    .bind(from)
    .bind(to)
    .fetch_all(store.pool())
    .await?;
    let one = |row: &AnyRow| {
        let number = |name: &str| {
            row.try_get::<i64, _>(name).map(|number| u64::try_from(number).unwrap_or_default())
        };
        let day = SealedDay {
            app: AppId(row.try_get("billed_app")?),
            org: OrgId(row.try_get("org_id")?),
            app_key: row.try_get("app_key")?,
            day: row.try_get("day")?,
            dau: number("dau")?,
            groups_and_rooms: number("groups_and_rooms")?,
            registered: number("registered")?,
            messages: number("messages")?,
        };
        let intact = is_intact(&day, row.try_get("hash")?);
        Ok((day, intact))
    };
    rows.iter().map(one).collect()
}

/// Whether the hash is that of the day.
#[must_use]
pub fn is_intact(day: &SealedDay, hash: &str) -> bool {
    self::hash(day) == hash
}

fn hash(day: &SealedDay) -> String {
    use sha2::{Digest, Sha256};
    let SealedDay { app, org, app_key, day, dau, groups_and_rooms, registered, messages } = day;
    let text = format!(
        "{}|{}|{app_key}|{day}|{dau}|{groups_and_rooms}|{registered}|{messages}",
        app.0, org.0
    );
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
