//! Looking at threads and who is in them.

use std::collections::HashSet;

use hongyan_cluster::Registration;
use hongyan_model::limits::{THREAD_LAST_MESSAGES, THREAD_PAGE};
use hongyan_model::{
    AppId, Caller, Error, GroupId, LogEntry, MessageId, Refusal, Result, Thread, ThreadId,
    Timestamp, UserId,
};
use hongyan_store::threads as stored;

use super::{existing, overview, require_enabled, standing};
use crate::page::{Page, decode_cursor};
use crate::users::{addressed, require_app, require_self_or_app};
use crate::{Messaging, groups};

/// A thread and how many are in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ThreadDetail {
    /// The thread.
    pub thread: Thread,
    /// Users in it.
    pub members: u64,
}

/// Which page of a list of threads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThreadPage<'a> {
    /// Most threads, at most 50.
    pub limit: usize,
    /// Where the last page ended; `None` for the first.
    pub cursor: Option<&'a str>,
    /// The newest first.
    pub newest_first: bool,
}

/// One thread; for the app and for members of its group.
pub async fn get(m: &Messaging, caller: &Caller, thread: &str) -> Result<ThreadDetail> {
    let thread = existing(m, caller, thread).await?;
    standing(m, caller, &thread).await?;
    detail(m, caller.app.id, (*thread).clone()).await
}

/// A page of the users in a thread, the first to join first; for the app and for members of its group.
pub async fn members(
    m: &Messaging,
    caller: &Caller,
    thread: &str,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<UserId>> {
    let thread = existing(m, caller, thread).await?;
    standing(m, caller, &thread).await?;
    check_limit(limit)?;
    let page = members_since(m, caller.app.id, &thread.id, limit, cursor).await?;
    Ok(Page { items: page.items.into_iter().map(|(user, _)| user).collect(), cursor: page.cursor })
}

/// A page of the threads that `user` has joined, all or those of one group, by the time it joined them.
pub async fn joined(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    group: Option<&str>,
    page: ThreadPage<'_>,
) -> Result<Page<Thread>> {
    require_enabled(caller)?;
    let user = addressed(user)?;
    require_self_or_app(caller, &user)?;
    let group = match group {
        Some(group) => {
            let group = GroupId::parse(group)?;
            groups::standing(m, caller, &group).await?;
            Some(group)
        }
        None => None,
    };
    check_limit(page.limit)?;
    let position = |key: &str| key.parse().ok().map(MessageId);
    let after = page.cursor.map(|cursor| decode_cursor(cursor, position)).transpose()?;
    let part = (after, page.newest_first, page.limit + 1);
    let found = stored::joined(m.store(), caller.app.id, &user, group.as_ref(), part).await?;
    let found = Page::of(found, page.limit, |joined| joined.joined_at.to_string());
    Ok(Page {
        items: found.items.into_iter().map(|joined| joined.thread).collect(),
        cursor: found.cursor,
    })
}

/// A page of a group's threads by age; for the app and for members of the group.
pub async fn below_group(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    page: ThreadPage<'_>,
) -> Result<Page<Thread>> {
    require_enabled(caller)?;
    let group = GroupId::parse(group)?;
    groups::standing(m, caller, &group).await?;
    by_age(m, caller.app.id, Some(&group), page).await
}

/// A page of the app's threads by age; for the app.
pub async fn all(m: &Messaging, caller: &Caller, page: ThreadPage<'_>) -> Result<Page<Thread>> {
    require_enabled(caller)?;
    require_app(caller)?;
    by_age(m, caller.app.id, None, page).await
}

/// The newest message of each of some threads, at most 20; `None` where nothing is said (any more). Threads that are
/// not there, or not for the caller, are left out.
pub async fn last_messages(
    m: &Messaging,
    caller: &Caller,
    threads: &[String],
) -> Result<Vec<(ThreadId, Option<LogEntry>)>> {
    require_enabled(caller)?;
    if threads.len() > THREAD_LAST_MESSAGES {
        return Err(Refusal::TooMany { name: "threadIds", limit: THREAD_LAST_MESSAGES }.into());
    }
    let mut rows = Vec::with_capacity(threads.len());
    for thread in threads {
        let seen = match existing(m, caller, thread).await {
            Ok(thread) => standing(m, caller, &thread).await.map(|_| thread),
            Err(error) => Err(error),
        };
        let thread = match seen {
            Ok(thread) => thread,
            Err(Error::Refused(_)) => continue,
            Err(fault) => return Err(fault),
        };
        let tally = overview::tally(m, caller.app.id, &thread.id).await?;
        rows.push((thread.id.clone(), overview::newest(m, caller.app.id, tally).await?));
    }
    Ok(rows)
}

pub(super) async fn detail(m: &Messaging, app: AppId, thread: Thread) -> Result<ThreadDetail> {
    let members = stored::member_count(m.store(), app, &thread.id).await?;
    Ok(ThreadDetail { thread, members })
}

/// A page of the users in a thread, each with the log position from which on its messages are meant for it.
pub(crate) async fn members_since(
    m: &Messaging,
    app: AppId,
    thread: &ThreadId,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<(UserId, MessageId)>> {
    let after = cursor.map(|cursor| decode_cursor(cursor, member_from_key)).transpose()?;
    let found = stored::members(m.store(), app, thread, after, limit + 1).await?;
    Ok(Page::of(found, limit, |(user, joined_at)| format!("{joined_at} {user}")))
}

/// Every thread of `user` and the log position from which on its messages are meant for it.
pub(crate) async fn joined_positions(
    m: &Messaging,
    app: AppId,
    user: &UserId,
) -> Result<Vec<(ThreadId, MessageId)>> {
    Ok(stored::joined_positions(m.store(), app, user).await?)
}

/// Lets a session that has just connected hear of the user's threads; answers what [`joined_positions`] does.
pub(crate) async fn enter_all(
    m: &Messaging,
    app: AppId,
    session: &Registration,
    user: &UserId,
) -> Result<Vec<(ThreadId, MessageId)>> {
    let mine = joined_positions(m, app, user).await?;
    if mine.is_empty() {
        return Ok(mine);
    }
    mine.iter().for_each(|(thread, _)| session.join_thread(thread));
    // Whoever took the user out meanwhile may have looked for this session too early.
    let still = joined_positions(m, app, user).await?;
    let kept: HashSet<&ThreadId> = still.iter().map(|(thread, _)| thread).collect();
    for (thread, _) in mine.iter().filter(|(thread, _)| !kept.contains(thread)) {
        m.router().thread_left(app, thread, user);
    }
    Ok(still)
}

async fn by_age(
    m: &Messaging,
    app: AppId,
    group: Option<&GroupId>,
    page: ThreadPage<'_>,
) -> Result<Page<Thread>> {
    check_limit(page.limit)?;
    let after = page.cursor.map(|cursor| decode_cursor(cursor, place_from_key)).transpose()?;
    let part = (page.newest_first, page.limit + 1);
    let found = stored::page(m.store(), app, group, after, part).await?;
    Ok(Page::of(found, page.limit, |thread| format!("{} {}", thread.created, thread.id)))
}

fn check_limit(limit: usize) -> Result<(), Refusal> {
    if (1..=THREAD_PAGE).contains(&limit) {
        return Ok(());
    }
    Err(Refusal::TooMany { name: "limit", limit: THREAD_PAGE })
}

fn place_from_key(key: &str) -> Option<(Timestamp, ThreadId)> {
    let (created, id) = key.split_once(' ')?;
    Some((created.parse().ok()?, ThreadId::parse(id).ok()?))
}

fn member_from_key(key: &str) -> Option<(MessageId, UserId)> {
    let (joined_at, user) = key.split_once(' ')?;
    Some((MessageId(joined_at.parse().ok()?), UserId::parse(user).ok()?))
}
