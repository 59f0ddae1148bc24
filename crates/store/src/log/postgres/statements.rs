//! The statements of an append.

use std::collections::{BTreeMap, HashMap};

use hongyan_model::{
    AppId, ConversationKey, DeviceId, EntryFlags, MessageId, NewEntry, Rewrite, UserId,
};
use sqlx::postgres::PgRow;
use sqlx::{Executor, PgConnection, Row};

use super::writer::Candidate;
use crate::log::recent::identity;
use crate::log::{Appended, audience_text, loaded, stored, unroamed_text};

/// Candidates that an earlier try, which is over, had committed after all.
pub(super) async fn committed_before(
    connection: &mut PgConnection,
    candidates: &[Candidate],
) -> Result<HashMap<MessageId, Appended>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT m.id, m.seq, m.ts FROM unnest($1::bigint[], $2::bigint[]) AS k(app, id)
         JOIN messages m ON m.app = k.app AND m.id = k.id",
    )
    .bind(candidates.iter().map(|c| c.entry.app.0).collect::<Vec<_>>())
    .bind(candidates.iter().map(|c| stored(c.id.0)).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let appended = appended(row)?;
            Ok((appended.id, appended))
        })
        .collect()
}

fn appended(row: &PgRow) -> Result<Appended, sqlx::Error> {
    Ok(Appended {
        id: MessageId(loaded(row.try_get("id")?)),
        seq: loaded(row.try_get("seq")?),
        timestamp: row.try_get("ts")?,
        resent: false,
    })
}

type SendKey = ((AppId, UserId, DeviceId), u64);

/// Enters the sends that can be resent, and returns under which id each was first stored.
pub(super) async fn claim_sends(
    connection: &mut PgConnection,
    candidates: &[Candidate],
) -> Result<HashMap<SendKey, MessageId>, sqlx::Error> {
    let mut sends: BTreeMap<SendKey, MessageId> = BTreeMap::new();
    for candidate in candidates {
        if let Some(key) = identity(&candidate.entry) {
            sends.entry(key).or_insert(candidate.id);
        }
    }
    if sends.is_empty() {
        return Ok(HashMap::new());
    }
    let apps: Vec<_> = sends.keys().map(|((app, _, _), _)| app.0).collect();
    let senders: Vec<_> = sends.keys().map(|((_, sender, _), _)| sender.as_str()).collect();
    let devices: Vec<_> = sends.keys().map(|((_, _, device), _)| device.as_str()).collect();
    let clients: Vec<_> = sends.keys().map(|(_, client)| client.cast_signed()).collect();
    let ids: Vec<_> = sends.values().map(|id| stored(id.0)).collect();
    let inserted = sqlx::query(
        "INSERT INTO message_sends SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
         ON CONFLICT DO NOTHING",
    )
    .bind(&apps)
    .bind(&senders)
    .bind(&devices)
    .bind(&clients)
    .bind(&ids)
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == sends.len() as u64 {
        return Ok(sends.into_iter().collect());
    }
    let rows = sqlx::query(
        "SELECT s.app, s.sender, s.device, s.client_id, s.id
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]) AS k(app, sender, device, client_id)
         JOIN message_sends s USING (app, sender, device, client_id)",
    )
    .bind(&apps)
    .bind(&senders)
    .bind(&devices)
    .bind(&clients)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let sender = (
                AppId(row.try_get("app")?),
                UserId::from_trusted(row.try_get::<String, _>("sender")?),
                DeviceId::from_trusted(row.try_get::<String, _>("device")?),
            );
            let client = row.try_get::<i64, _>("client_id")?.cast_unsigned();
            Ok(((sender, client), MessageId(loaded(row.try_get("id")?))))
        })
        .collect()
}

/// Forgets a send that is not stored after all.
pub(super) async fn release_send(
    connection: &mut PgConnection,
    candidate: &Candidate,
) -> Result<(), sqlx::Error> {
    let Some(((app, sender, device), client_id)) = identity(&candidate.entry) else {
        return Ok(());
    };
    sqlx::query(
        "DELETE FROM message_sends WHERE app = $1 AND sender = $2 AND device = $3 AND client_id = $4",
    )
    .bind(app.0)
    .bind(sender.as_str())
    .bind(device.as_str())
    .bind(client_id.cast_signed())
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives the message that `entry` edits its new content; `false` if somebody else was faster.
pub(super) async fn rewrite(
    connection: &mut PgConnection,
    entry: &NewEntry,
    rewrite: &Rewrite,
) -> Result<bool, sqlx::Error> {
    let Some(seen) = rewrite.seen else { return Ok(false) };
    let rewritten = sqlx::query(
        "UPDATE messages SET flags = $1, meta = coalesce($2, meta) WHERE app = $3 AND id = $4 AND conv = $5 AND flags = $6",
    )
    .bind(i64::from(rewrite.becomes.0))
    .bind(rewrite.meta.as_deref())
    .bind(entry.app.0)
    .bind(stored(rewrite.of.0))
    .bind(entry.conversation.as_str())
    .bind(i64::from(seen.0))
    .execute(connection)
    .await?;
    Ok(rewritten.rows_affected() == 1)
}

/// Empties the message that `entry` withdraws, and with it its edits, which say the same.
pub(super) async fn recall(
    connection: &mut PgConnection,
    entry: &NewEntry,
    recalled: MessageId,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE messages SET flags = flags | $1, meta = '' WHERE app = $2 AND conv = $4 AND id IN
         (SELECT $3 UNION ALL SELECT id FROM message_edits WHERE app = $2 AND message = $3)",
    )
    .bind(i64::from(EntryFlags::RECALLED.0))
    .bind(entry.app.0)
    .bind(stored(recalled.0))
    .bind(entry.conversation.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// What the message with this id became.
pub(super) async fn first_result(
    connection: &mut PgConnection,
    app: AppId,
    id: MessageId,
) -> Result<Appended, sqlx::Error> {
    let row = sqlx::query("SELECT id, seq, ts FROM messages WHERE app = $1 AND id = $2")
        .bind(app.0)
        .bind(stored(id.0))
        .fetch_one(connection)
        .await?;
    appended(&row)
}

/// The entries of each conversation that are new, as places in the group.
pub(super) type Fresh = BTreeMap<(AppId, ConversationKey), Vec<usize>>;

/// Takes a run of positions in each conversation, whose rows are held from then on; answers the new heads. Entries of
/// conversations in which another node has given out greater ids get new ones, which are made by `next`.
pub(super) async fn advance_heads(
    connection: &mut PgConnection,
    fresh: &Fresh,
    group: &mut [Candidate],
    next: impl Fn(MessageId) -> MessageId,
) -> Result<HashMap<(AppId, ConversationKey), u64>, sqlx::Error> {
    if fresh.is_empty() {
        return Ok(HashMap::new());
    }
    let last_id = |group: &[Candidate], places: &Vec<usize>| {
        places.last().and_then(|place| group.get(*place)).map_or(0, |c| stored(c.id.0))
    };
    let smallest = group.iter().map(|c| stored(c.id.0)).min().unwrap_or_default();
    let rows = sqlx::query(
        "INSERT INTO conversations AS c
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
         ON CONFLICT (app, conv) DO UPDATE SET head_seq = c.head_seq + excluded.head_seq,
             head_id = CASE WHEN c.head_id < $5 THEN excluded.head_id ELSE c.head_id END
         RETURNING app, conv, head_seq, head_id",
    )
    .bind(fresh.keys().map(|(app, _)| app.0).collect::<Vec<_>>())
    .bind(fresh.keys().map(|(_, conv)| conv.as_str()).collect::<Vec<_>>())
    .bind(fresh.values().map(|places| stored(places.len() as u64)).collect::<Vec<_>>())
    .bind(fresh.values().map(|places| last_id(group, places)).collect::<Vec<_>>())
    .bind(smallest)
    .fetch_all(&mut *connection)
    .await?;
    let mut heads = HashMap::with_capacity(rows.len());
    let mut overtaken = Vec::new();
    for row in rows {
        let conv = ConversationKey::from_trusted(row.try_get::<String, _>("conv")?);
        let key = (AppId(row.try_get("app")?), conv);
        let head_id: i64 = row.try_get("head_id")?;
        if fresh.get(&key).is_some_and(|places| last_id(group, places) != head_id) {
            overtaken.push((key.clone(), MessageId(loaded(head_id))));
        }
        heads.insert(key, loaded(row.try_get("head_seq")?));
    }
    if overtaken.is_empty() {
        return Ok(heads);
    }
    let greatest = overtaken.iter().map(|(_, id)| *id).max().unwrap_or(MessageId(0));
    let mut renamed = Vec::new();
    for (key, _) in &overtaken {
        for place in fresh.get(key).into_iter().flatten() {
            if let Some(candidate) = group.get_mut(*place) {
                candidate.id = next(greatest);
                renamed.push(*place);
            }
        }
    }
    let ids = |(key, _): &((AppId, ConversationKey), MessageId)| {
        fresh.get(key).map_or(0, |places| last_id(group, places))
    };
    sqlx::query(
        "UPDATE conversations c SET head_id = k.id FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS k(app, conv, id)
         WHERE c.app = k.app AND c.conv = k.conv",
    )
    .bind(overtaken.iter().map(|((app, _), _)| app.0).collect::<Vec<_>>())
    .bind(overtaken.iter().map(|((_, conv), _)| conv.as_str()).collect::<Vec<_>>())
    .bind(overtaken.iter().map(ids).collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    rename_sends(connection, renamed.into_iter().filter_map(|place| group.get(place))).await?;
    Ok(heads)
}

/// Notes under which ids sends are stored after all.
async fn rename_sends(
    connection: &mut PgConnection,
    renamed: impl Iterator<Item = &Candidate>,
) -> Result<(), sqlx::Error> {
    let sends: Vec<_> =
        renamed.filter_map(|c| Some((identity(&c.entry)?, stored(c.id.0)))).collect();
    if sends.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE message_sends s SET id = k.id
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
             AS k(app, sender, device, client_id, id)
         WHERE s.app = k.app AND s.sender = k.sender AND s.device = k.device AND s.client_id = k.client_id",
    )
    .bind(sends.iter().map(|(((app, _, _), _), _)| app.0).collect::<Vec<_>>())
    .bind(sends.iter().map(|(((_, sender, _), _), _)| sender.as_str()).collect::<Vec<_>>())
    .bind(sends.iter().map(|(((_, _, device), _), _)| device.as_str()).collect::<Vec<_>>())
    .bind(sends.iter().map(|((_, client), _)| client.cast_signed()).collect::<Vec<_>>())
    .bind(sends.iter().map(|(_, id)| *id).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn insert_messages(
    connection: &mut PgConnection,
    rows: &[(u64, &Candidate)],
) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let entries = || rows.iter().map(|(_, candidate)| &candidate.entry);
    sqlx::query(
        "INSERT INTO messages SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[],
             $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::bigint[], $11::text[], $12::bytea[], $13::text[])",
    )
    .bind(entries().map(|e| e.app.0).collect::<Vec<_>>())
    .bind(entries().map(|e| e.conversation.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(seq, _)| stored(*seq)).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, c)| stored(c.id.0)).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, c)| c.timestamp).collect::<Vec<_>>())
    .bind(entries().map(|e| e.kind as i64).collect::<Vec<_>>())
    .bind(entries().map(|e| i64::from(e.flags.0)).collect::<Vec<_>>())
    .bind(entries().map(|e| e.sender.as_str()).collect::<Vec<_>>())
    .bind(entries().map(|e| e.device.as_ref().map(DeviceId::as_str)).collect::<Vec<_>>())
    .bind(entries().map(|e| e.client_id.map(u64::cast_signed)).collect::<Vec<_>>())
    .bind(entries().map(|e| audience_text(&e.audience)).collect::<Vec<_>>())
    .bind(entries().map(|e| &e.meta[..]).collect::<Vec<_>>())
    .bind(entries().map(|e| unroamed_text(&e.unroamed)).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn list_conversation(
    connection: &mut PgConnection,
    entry: &NewEntry,
) -> Result<(), sqlx::Error> {
    let owners = entry.conversation.conversation().map(|c| c.owners()).unwrap_or_default();
    for owner in owners {
        connection
            .execute(
                sqlx::query("INSERT INTO inbox VALUES ($1,$2,$3) ON CONFLICT DO NOTHING")
                    .bind(entry.app.0)
                    .bind(owner.as_str())
                    .bind(entry.conversation.as_str()),
            )
            .await?;
    }
    Ok(())
}
