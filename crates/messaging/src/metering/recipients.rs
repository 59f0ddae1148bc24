//! Who of a message's recipients is not there.

use std::collections::{HashMap, HashSet};

use hongyan_model::{AppId, Audience, Conversation, EntryFlags, NewEntry, Result, UserId};

use crate::{Messaging, circles, nodes};

/// Members of groups and threads, as they were when this look was begun.
#[derive(Default)]
pub(super) struct Look {
    circles: HashMap<(AppId, Conversation), Presence>,
}

struct Presence {
    members: u64,
    online: HashSet<UserId>,
}

impl Look {
    /// How many recipients of a message have no connection: users, not devices, and never the sender. Chat rooms
    /// have members who are there only, and an online-only message waits for nobody.
    pub(super) async fn offline(&mut self, m: &Messaging, entry: &NewEntry) -> Result<u64> {
        if !entry.kind.is_message() || entry.flags.contains(EntryFlags::ONLINE_ONLY) {
            return Ok(0);
        }
        let conversation = entry.conversation.conversation();
        let absent = |users: &[UserId]| {
            let absent = users
                .iter()
                .filter(|user| **user != entry.sender && !m.router().is_online(entry.app, user));
            absent.count() as u64
        };
        match (conversation, &entry.audience) {
            (None | Some(Conversation::Room(_) | Conversation::System(_)), _) => Ok(0),
            (Some(_), Audience::Only(users)) => Ok(absent(users)),
            (Some(_), Audience::Device(user, _)) => Ok(absent(std::slice::from_ref(user))),
            (Some(circle @ (Conversation::Group(_) | Conversation::Thread(_))), Audience::All) => {
                self.absent_members(m, entry, circle, &[]).await
            }
            (
                Some(circle @ (Conversation::Group(_) | Conversation::Thread(_))),
                Audience::Except(users),
            ) => self.absent_members(m, entry, circle, users).await,
            (Some(conversation), Audience::All) => Ok(absent(&conversation.owners())),
            (Some(conversation), Audience::Except(users)) => {
                let mut owners = conversation.owners();
                owners.retain(|owner| !users.contains(owner));
                Ok(absent(&owners))
            }
        }
    }

    /// Members without a connection, but neither the sender nor one of `except`.
    async fn absent_members(
        &mut self,
        m: &Messaging,
        entry: &NewEntry,
        circle: Conversation,
        except: &[UserId],
    ) -> Result<u64> {
        let app = entry.app;
        let key = (app, circle);
        if !self.circles.contains_key(&key) {
            let members = circles::member_count(m, app, &key.1).await?;
            let online = nodes::online_in(m, app, &entry.conversation).await;
            self.circles.insert(key.clone(), Presence { members, online });
        }
        let Some(Presence { members, online }) = self.circles.get(&key) else { return Ok(0) };
        let mut absent = members.saturating_sub(online.len() as u64);
        let others = except.iter().filter(|user| **user != entry.sender);
        for user in others.chain([&entry.sender]).filter(|user| !online.contains(user)) {
            if circles::is_member(m, app, &key.1, user).await? {
                absent = absent.saturating_sub(1);
            }
        }
        Ok(absent)
    }
}
