//! Removing everything of an app, a little at a time.

use hongyan_model::AppId;
use sqlx::AssertSqlSafe;

use crate::{Store, StoreError};

/// Rows, or objects, removed from one place in one step.
const BATCH: usize = 500;

/// Every table with rows of apps and what tells its rows apart beside the app; who refers to another comes before it
/// (a test finds tables that are missing).
const TABLES: [(&str, &str); 70] = [
    ("user_conversations", "user_id, conv"),
    ("hidden_messages", "user_id, message_id"),
    ("user_attributes", "user_id"),
    ("favourites", "user_id, id"),
    ("contacts", "user_id, contact_id"),
    ("contact_invitations", "inviter, invitee"),
    ("blocks", "user_id, blocked_id"),
    ("presences", "user_id"),
    ("presence_subscriptions", "follower, followed"),
    ("push_settings", "user_id"),
    ("push_conversations", "user_id, kind, peer"),
    ("push_certificates", "id"),
    ("push_templates", "name"),
    ("push_cursors", "app_id"),
    ("pushes", "id"),
    ("push_results", "message, user_id, device_id"),
    ("push_figures", "day, channel, reason"),
    ("push_badges", "user_id"),
    ("muc_settings", "muc_id"),
    ("muc_lists", "muc_id, list, user_id"),
    ("user_mutes", "user_id"),
    ("group_requests", "group_id, kind, user_id"),
    ("group_member_attributes", "group_id, user_id"),
    ("muc_files", "muc_id, file_id"),
    ("thread_members", "thread_id, user_id"),
    ("threads", "id"),
    ("group_members", "group_id, user_id"),
    ("chat_groups", "id"),
    ("room_members", "room_id, user_id"),
    ("room_super_admins", "user_id"),
    ("room_attributes", "room_id, name"),
    ("room_member_tags", "room_id, user_id, tag"),
    ("room_tag_mutes", "room_id, tag"),
    ("broadcasts", "id"),
    ("rooms", "id"),
    ("reaction_users", "message_id, reaction, user_id"),
    ("reactions", "message_id, reaction"),
    ("reacted_messages", "message_id"),
    ("message_pins", "conversation, message_id"),
    ("pinned_conversations", "conversation"),
    ("files", "id"),
    ("upload_parts", "upload_id, part"),
    ("part_uploads", "id"),
    ("connection_events", "id"),
    ("session_ends", "id"),
    ("metering_changes", "id"),
    ("metering_days", "day, figure"),
    ("metering_messages", "day, chat, kind, source"),
    ("metering_subjects", "subject, day, id"),
    ("metering_active", "day, platform, user_id"),
    ("metering_platforms", "day, platform"),
    ("idempotency_keys", "idem_key"),
    ("metering_room_members", "app_id"),
    ("counters", "kind"),
    ("rtc_projects", "app_id"),
    ("rtc_users", "user_id"),
    ("message_reports", "id"),
    ("message_streams", "id"),
    ("message_exports", "hour"),
    ("callback_deliveries", "rule, id"),
    ("callback_cursors", "app_id"),
    ("callback_bans", "rule"),
    ("listed_words", "list_id, word"),
    ("moderation_tag_members", "tag, member"),
    ("moderation_records", "id"),
    ("moderation_counts", "day, kind, result, act, risk"),
    ("moderation_jobs", "message"),
    ("moderation_exports", "id"),
    ("sensitive_word_hits", "id"),
    ("users", "id"),
];

/// Removes a part of what an app has: uploaded files, log entries, rows. `true` once all of it is gone, the app
/// itself at last; until then the next step goes on.
pub async fn step(store: &Store, app: AppId) -> Result<bool, StoreError> {
    if store.attachments().purge(app, BATCH).await? == BATCH {
        return Ok(false);
    }
    if store.log().purge(app, BATCH).await? > 0 {
        return Ok(false);
    }
    for (table, key) in TABLES {
        if delete_some(store, app, table, key).await? == BATCH as u64 {
            return Ok(false);
        }
    }
    sqlx::query("DELETE FROM apps WHERE id = $1").bind(app.0).execute(store.pool()).await?;
    Ok(true)
}

async fn delete_some(store: &Store, app: AppId, table: &str, key: &str) -> Result<u64, StoreError> {
    let sql = format!(
        "DELETE FROM {table} WHERE app_id = $1 AND ({key}) IN \
         (SELECT {key} FROM {table} WHERE app_id = $1 LIMIT $2)"
    );
    let deleted = sqlx::query(AssertSqlSafe(sql))
        .bind(app.0)
        .bind(BATCH as i64)
        .execute(store.pool())
        .await?;
    Ok(deleted.rows_affected())
}
