//! Attributes of a room: names and texts that its members set for each other.
//!
//! Whoever sets an attribute owns it; others overwrite or remove it only by force. Unless its setter wants it
//! otherwise, it goes when the setter leaves.

use std::collections::BTreeMap;

use hongyan_model::limits::ROOM_ATTRIBUTE_BATCH;
use hongyan_model::{App, Caller, Feature, Refusal, Result, RoomId, UserId};
use hongyan_store::room_attributes::{self as stored, Outcome, Setting, Writer, Written};

use super::{announce, not_found, standing};
use crate::Messaging;
use crate::users::{addressed, require_self_or_app};

/// In whose name attributes are written, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttributeWriter<'a> {
    /// Who: the calling user; anybody for the app.
    pub user: &'a str,
    /// Whether attributes of others may be changed, too.
    pub forced: bool,
}

/// What became of one attribute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttributeOutcome {
    /// Its name.
    pub name: String,
    /// Why nothing was done; `None`: it was.
    pub failure: Option<AttributeFailure>,
}

/// Why nothing was done for an attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttributeFailure {
    /// The name has other characters than letters, digits, `_`, `.` and `-`, or the value holds a NUL.
    NotLegal,
    /// The name is too long.
    NameTooLong {
        /// Most bytes.
        limit: usize,
    },
    /// The value is too long.
    ValueTooLong {
        /// Most bytes.
        limit: usize,
    },
    /// Somebody else has set it.
    NotOwn,
    /// The room has as many as it may have.
    Full {
        /// Most attributes.
        limit: u64,
    },
}

/// The attributes of a room: all of them, or those of these names. For members.
pub async fn attributes(
    m: &Messaging,
    caller: &Caller,
    room: &str,
    names: Option<&[String]>,
) -> Result<BTreeMap<String, String>> {
    let room = RoomId::parse(room)?;
    standing(m, caller, &room).await?;
    Ok(stored::find(m.store(), caller.app.id, &room, names).await?)
}

/// Sets attributes, at most 10; what became of each. With `auto_delete` they go when the writer leaves.
pub async fn set_attributes(
    m: &Messaging,
    caller: &Caller,
    room: &str,
    writer: AttributeWriter<'_>,
    auto_delete: bool,
    attributes: Vec<(String, String)>,
) -> Result<Vec<AttributeOutcome>> {
    let (room, user) = admit(caller, room, writer, attributes.len(), "metaData")?;
    let (legal, mut outcomes) = sorted_out(&caller.app, attributes);
    let most = caller.app.quota(Feature::RoomAttributesMax);
    let (app, how) = (caller.app.id, Setting { auto_delete, most });
    let by = stored_writer(caller, &user, writer);
    let written = stored::set(m.store(), app, &room, by, &legal, how).await?;
    let results = each(written, &room, &user, caller)?;

    let mut done = Vec::new();
    for ((name, value), result) in legal.into_iter().zip(results) {
        let failure = failure(result, most);
        if failure.is_none() {
            done.push((name.clone(), value));
        }
        outcomes.push(AttributeOutcome { name, failure });
    }
    if !done.is_empty() {
        announce::attributes_set(m, caller, &room, &user, &done).await;
    }
    Ok(outcomes)
}

/// Removes attributes, at most 10; what became of each. One that is not there is removed.
pub async fn remove_attributes(
    m: &Messaging,
    caller: &Caller,
    room: &str,
    writer: AttributeWriter<'_>,
    names: Vec<String>,
) -> Result<Vec<AttributeOutcome>> {
    let (room, user) = admit(caller, room, writer, names.len(), "keys")?;
    let by = stored_writer(caller, &user, writer);
    let written = stored::remove(m.store(), caller.app.id, &room, by, &names).await?;
    let results = each(written, &room, &user, caller)?;

    let mut gone = Vec::new();
    let mut outcomes = Vec::with_capacity(names.len());
    for (name, result) in names.into_iter().zip(results) {
        if result == Outcome::Done {
            gone.push(name.clone());
        }
        outcomes.push(AttributeOutcome { name, failure: failure(result, None) });
    }
    if !gone.is_empty() {
        announce::attributes_removed(m, caller, &room, &user, &gone).await;
    }
    Ok(outcomes)
}

/// Lets go what was to go with the owner, who leaves but stays a member.
pub(super) async fn forget_left_by(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    owner: &UserId,
) -> Result<()> {
    let users = std::slice::from_ref(owner);
    let gone = stored::remove_left_by(m.store(), caller.app.id, room, users).await?;
    if !gone.is_empty() {
        announce::attributes_removed(m, caller, room, owner, &gone).await;
    }
    Ok(())
}

fn admit(
    caller: &Caller,
    room: &str,
    writer: AttributeWriter<'_>,
    number: usize,
    name: &'static str,
) -> Result<(RoomId, UserId)> {
    let room = RoomId::parse(room)?;
    let user = addressed(writer.user)?;
    require_self_or_app(caller, &user)?;
    match number {
        0 => Err(Refusal::Missing { name }.into()),
        1..=ROOM_ATTRIBUTE_BATCH => Ok((room, user)),
        _ => Err(Refusal::TooMany { name, limit: ROOM_ATTRIBUTE_BATCH }.into()),
    }
}

/// The app writes by force in anybody's name, otherwise in that of a member.
fn stored_writer<'a>(
    caller: &Caller,
    user: &'a UserId,
    AttributeWriter { forced, .. }: AttributeWriter<'_>,
) -> Writer<'a> {
    Writer { user, member: caller.user().is_some() || !forced, forced }
}

/// Attributes that may be set, and what became of the others.
fn sorted_out(
    app: &App,
    attributes: Vec<(String, String)>,
) -> (Vec<(String, String)>, Vec<AttributeOutcome>) {
    let (mut legal, mut outcomes) = (Vec::with_capacity(attributes.len()), Vec::new());
    for (name, value) in attributes {
        match illegality(app, &name, &value) {
            None => legal.push((name, value)),
            failure => outcomes.push(AttributeOutcome { name, failure }),
        }
    }
    (legal, outcomes)
}

fn illegality(app: &App, name: &str, value: &str) -> Option<AttributeFailure> {
    let is_legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    let limit = app.most(Feature::RoomAttributeNameBytesMax);
    if name.len() > limit {
        return Some(AttributeFailure::NameTooLong { limit });
    }
    // PostgreSQL has no text with a NUL.
    if name.is_empty() || !name.bytes().all(is_legal) || value.contains('\0') {
        return Some(AttributeFailure::NotLegal);
    }
    let limit = app.most(Feature::RoomAttributeValueBytesMax);
    if value.len() > limit {
        return Some(AttributeFailure::ValueTooLong { limit });
    }
    None
}

fn each(written: Written, room: &RoomId, user: &UserId, caller: &Caller) -> Result<Vec<Outcome>> {
    match written {
        Written::Each(outcomes) => Ok(outcomes),
        Written::NoRoom => Err(not_found(room).into()),
        Written::NotMember if caller.user().is_some() => Err(Refusal::NotInGroup.into()),
        Written::NotMember => {
            Err(Refusal::NotMember { user: user.to_string(), muc: room.to_string() }.into())
        }
    }
}

fn failure(outcome: Outcome, most: Option<u64>) -> Option<AttributeFailure> {
    match outcome {
        Outcome::Done | Outcome::Absent => None,
        Outcome::NotOwn => Some(AttributeFailure::NotOwn),
        Outcome::Full => Some(AttributeFailure::Full { limit: most.unwrap_or_default() }),
    }
}
