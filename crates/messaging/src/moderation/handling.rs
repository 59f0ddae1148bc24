//! What happens to users whose messages are rejected again and again.

use std::sync::Arc;

use hongyan_model::{Actor, App, Caller, Handling, HandlingAct, Origin, Result, Timestamp, UserId};
use hongyan_store::moderation as stored;

use crate::{Messaging, users};

const MINUTE_MS: Timestamp = 60_000;

/// Hongyan itself, for an app.
pub(super) fn on_behalf_of(app: &App) -> Caller {
    Caller {
        app: Arc::new(app.clone()),
        actor: Actor::App,
        origin: Origin::System,
        device: None,
        client: None,
    }
}

/// Does what the rule says once a user has been rejected often enough. Beside the message, which is answered first: a
/// failure is logged, and the next rejected message tries again.
pub(super) fn handle(m: &Messaging, app: &App, sender: &UserId, handling: Handling) {
    let (m, caller, sender) = (m.clone(), on_behalf_of(app), sender.clone());
    tokio::spawn(async move {
        if let Err(error) = act(&m, &caller, &sender, handling).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(%sender, error, "a user could not be handled as its app's moderation says");
        }
    });
}

async fn act(m: &Messaging, caller: &Caller, sender: &UserId, handling: Handling) -> Result<()> {
    let Handling { act, hits, minutes } = handling;
    let since = m.clock().now() - Timestamp::from(minutes) * MINUTE_MS;
    if stored::rejected(m.store(), caller.app.id, sender, since).await? < u64::from(hits) {
        return Ok(());
    }
    let name = sender.as_str();
    match act {
        HandlingAct::Kick => users::disconnect(m, caller, name).await,
        HandlingAct::Ban => users::deactivate(m, caller, name).await.map(drop),
        HandlingAct::Delete => users::delete(m, caller, name).await.map(drop),
    }
}
