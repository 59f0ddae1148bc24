//! Addresses as the protocol writes them.

use hongyan_model::{App, DeviceId, GroupId, Muc, RoomId, ThreadId, UserId};
use hongyan_msync::proto::Jid;
use hongyan_msync::{GROUP_DOMAIN, USER_DOMAIN};

pub(crate) fn user(app: &App, user: &UserId, device: Option<&DeviceId>) -> Jid {
    Jid {
        app_key: Some(app.key()),
        name: Some(user.as_str().to_owned()),
        domain: Some(USER_DOMAIN.to_owned()),
        client_resource: device.map(|device| device.as_str().to_owned()),
    }
}

pub(crate) fn group(app: &App, group: &GroupId) -> Jid {
    conference(app, group.as_str())
}

pub(crate) fn room(app: &App, room: &RoomId) -> Jid {
    conference(app, room.as_str())
}

pub(crate) fn thread(app: &App, thread: &ThreadId) -> Jid {
    conference(app, thread.as_str())
}

pub(crate) fn muc(app: &App, muc: &Muc) -> Jid {
    conference(app, muc.id())
}

fn conference(app: &App, name: &str) -> Jid {
    Jid {
        app_key: Some(app.key()),
        name: Some(name.to_owned()),
        domain: Some(GROUP_DOMAIN.to_owned()),
        client_resource: None,
    }
}

/// As inside a message body, where only the name counts.
pub(crate) fn bare(name: &str) -> Jid {
    Jid { name: Some(name.to_owned()), ..Jid::default() }
}
