//! The text that a group or room shows to everybody in it.

use hongyan_model::{Caller, Feature, Muc, Refusal, Result, Role};
use hongyan_store::muc as stored;

use super::{announce, place};
use crate::Messaging;

/// The announcement, empty if there is none; for members.
pub async fn announcement(m: &Messaging, caller: &Caller, muc: &Muc) -> Result<String> {
    place::standing(m, caller, muc).await?;
    Ok(stored::settings(m.store(), caller.app.id, muc).await?.announcement)
}

/// Sets the announcement, or with an empty text removes it; for the owner and administrators.
pub async fn set_announcement(m: &Messaging, caller: &Caller, muc: &Muc, text: &str) -> Result<()> {
    place::act(m, caller, muc, Role::Admin).await?;
    if text.chars().count() > caller.app.most(Feature::AnnouncementCharsMax) {
        return Err(Refusal::AnnouncementTooLong.into());
    }
    // PostgreSQL has no text with it.
    if text.contains('\0') {
        let why = "holds a NUL character".to_owned();
        return Err(Refusal::Invalid { name: "announcement", why }.into());
    }
    if !stored::set_announcement(m.store(), caller.app.id, muc, text).await? {
        return Err(place::not_found(muc).into());
    }
    announce::announcement(m, caller, muc, text).await;
    Ok(())
}
