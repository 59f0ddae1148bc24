//! 消息云存储时长: messages are removed when the app's plan, and what it has bought, keeps them no longer.

use std::time::Instant;

use hongyan_model::{AppId, AppStatus, Feature, IdGenerator, MessageId, Result};
use hongyan_platform::{apps, billing};
use hongyan_store::{Retention, annotations};

use crate::Messaging;

/// Entries in one step: what an append waits for at most.
const STEP: usize = 500;
/// Who is in a chat room reads what was said since it came, whatever is kept.
const ROOM_FLOOR_MS: i64 = 24 * 3600 * 1000;

/// Removes what is older than its app keeps it; answers how many entries that were.
///
/// After a plan or service has ended nothing is removed for some days (`downgrade_retention_grace_days` of the
/// catalogue), so that who buys it again has lost nothing.
pub async fn sweep(m: &Messaging) -> Result<u64> {
    let mut removed = 0;
    for app in apps::all(m.platform()).await? {
        removed += sweep_app(m, app.id).await?;
    }
    Ok(removed)
}

async fn sweep_app(m: &Messaging, app: AppId) -> Result<u64> {
    let log = m.store().log();
    let (mut after, mut removed) = (None, 0);
    // Each time anew: a big app takes long, and what it buys meanwhile keeps what is left.
    while let Some(retention) = retention(m, app).await? {
        let page = log.expired(app, after, retention, STEP).await?;
        if !page.entries.is_empty() {
            let began = Instant::now();
            annotations::forget(m.store(), app, &page.entries).await?;
            removed += page.entries.len() as u64;
            log.remove(app, page.entries).await?;
            // Half of the time is for others.
            tokio::time::sleep(began.elapsed()).await;
        }
        after = page.next;
        if page.is_last {
            break;
        }
    }
    Ok(removed)
}

/// Up to where an app's messages are not kept now; `None`: nothing of it is removed.
async fn retention(m: &Messaging, app: AppId) -> Result<Option<Retention>> {
    let Some(app) = apps::find_by_id(m.platform(), app).await? else { return Ok(None) };
    if app.status == AppStatus::Deleting || billing::has_just_ended(m.platform(), app.id).await? {
        return Ok(None);
    }
    let now = m.clock().now();
    let floor = |kept: i64| match now.saturating_sub(kept) {
        before if before > 0 => IdGenerator::floor(before),
        _ => MessageId(0),
    };
    let rooms = app.days(Feature::RoomMsgStorageDays).max(ROOM_FLOOR_MS);
    let others = app.days(Feature::MsgStorageDays);
    Ok(Some(Retention { rooms: floor(rooms), others: floor(others) }))
}
