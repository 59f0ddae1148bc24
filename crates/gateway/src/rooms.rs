//! Joining and leaving chat rooms: the only uplinks of the MUC name space.

use bytes::Bytes;
use hongyan_messaging::Messaging;
use hongyan_messaging::rooms::{self, Joined, Joining};
use hongyan_model::{Caller, Refusal, Result};
use hongyan_msync::Message;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::muc_body::{Operation, Status};
use hongyan_msync::proto::{Meta, MucBody};
use serde_json::{Value, json};

/// Does what the uplink asks for; what the client is told beside that it is done.
pub(crate) async fn uplink(m: &Messaging, caller: &Caller, payload: Bytes) -> Result<Option<Meta>> {
    let body = MucBody::decode(payload)
        .map_err(|error| Refusal::Invalid { name: "payload", why: error.to_string() })?;
    let operation = body.operation();
    // Clients look their own name up as they wrote it.
    let own_name = body.from.and_then(|from| from.name).unwrap_or_default();
    let room = body.muc_id.and_then(|room| room.name).unwrap_or_default();
    match operation {
        Operation::Join => {
            let joining = Joining {
                ext: body.ext.filter(|ext| !ext.is_empty()),
                leave_others: body.leave_other_rooms.unwrap_or(false),
            };
            let joined = rooms::join(m, caller, &room, joining).await?;
            Ok(Some(welcome(&own_name, &joined)))
        }
        Operation::Leave => {
            rooms::leave(m, caller, &room).await?;
            Ok(None)
        }
        _ => {
            let why = "clients only join and leave chat rooms".to_owned();
            Err(Refusal::Invalid { name: "operation", why }.into())
        }
    }
}

/// What a user who has just joined finds there, under its name.
fn welcome(user: &str, joined: &Joined) -> Meta {
    let info: Value = json!({
        "is_all_mute": joined.all_muted,
        "create_timestamp": joined.room.created,
        "is_in_white_list": joined.allowed,
        "member_count": joined.room.member_count,
        "mute_duration": joined.muted_until.unwrap_or(-1),
    });
    let status = Status {
        error_code: None,
        description: None,
        chatroom_info: Some(json!({ user: info }).to_string()),
    };
    let body = MucBody { status: Some(status), ..MucBody::default() };
    Meta {
        ns: Some(NameSpace::Muc as i32),
        payload: Some(body.encode_to_vec().into()),
        ..Meta::default()
    }
}
