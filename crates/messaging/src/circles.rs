//! Groups and threads alike, for those who need not tell them apart: conversations whose members receive what is said
//! there, also later.

use hongyan_model::{
    AppId, Caller, Conversation, ConversationKey, Error, GroupId, MessageId, Refusal, Result,
    ThreadId, UserId,
};

use crate::groups::{self, Membership};
use crate::muc::MemberPage;
use crate::page::Page;
use crate::{Messaging, threads};

/// The conversations of the groups and threads that `user` is in, with the log position from which on each is meant
/// for it.
pub(crate) async fn joined(
    m: &Messaging,
    app: AppId,
    user: &UserId,
) -> Result<Vec<(ConversationKey, MessageId)>> {
    let groups = groups::joined_positions(m, app, user).await?;
    Ok(keys(groups, threads::joined_positions(m, app, user).await?))
}

pub(crate) fn keys(
    groups: Vec<(GroupId, MessageId)>,
    threads: Vec<(ThreadId, MessageId)>,
) -> Vec<(ConversationKey, MessageId)> {
    let groups = groups.into_iter().map(|(group, at)| (Conversation::Group(group).key(), at));
    let threads = threads.into_iter().map(|(thread, at)| (Conversation::Thread(thread).key(), at));
    groups.chain(threads).collect()
}

/// Whether `user` is in the group or thread.
pub(crate) async fn is_member(
    m: &Messaging,
    app: AppId,
    circle: &Conversation,
    user: &UserId,
) -> Result<bool> {
    match circle {
        Conversation::Group(group) => {
            let membership = groups::membership(m, app, group, user).await?;
            Ok(matches!(membership, Membership::Member { .. }))
        }
        Conversation::Thread(thread) => {
            Ok(threads::joined_at(m, app, thread, user).await?.is_some())
        }
        Conversation::Single(..) | Conversation::Room(_) | Conversation::System(_) => Ok(false),
    }
}

/// How many are in the group or thread.
pub(crate) async fn member_count(m: &Messaging, app: AppId, circle: &Conversation) -> Result<u64> {
    match circle {
        Conversation::Group(group) => groups::member_count(m, app, group).await,
        Conversation::Thread(thread) => {
            Ok(hongyan_store::threads::member_count(m.store(), app, thread).await?)
        }
        Conversation::Single(..) | Conversation::Room(_) | Conversation::System(_) => Ok(0),
    }
}

/// A page of those in the group or thread, with the log position at which each joined; nobody if it has ended.
pub(crate) async fn members(
    m: &Messaging,
    caller: &Caller,
    circle: &Conversation,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<(UserId, MessageId)>> {
    let nobody = Page { items: Vec::new(), cursor: None };
    match circle {
        Conversation::Group(group) => {
            let page = MemberPage { limit, cursor, ..MemberPage::default() };
            match groups::members_after(m, caller, group.as_str(), page).await {
                Err(Error::Refused(Refusal::GroupNotFound { .. })) => Ok(nobody),
                members => {
                    let Page { items, cursor } = members?;
                    let items = items.into_iter().map(|member| (member.user, member.joined_at));
                    Ok(Page { items: items.collect(), cursor })
                }
            }
        }
        Conversation::Thread(thread) => {
            threads::members_since(m, caller.app.id, thread, limit, cursor).await
        }
        Conversation::Single(..) | Conversation::Room(_) | Conversation::System(_) => Ok(nobody),
    }
}
