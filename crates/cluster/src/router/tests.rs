use std::task::{Context, Poll, Waker};

use super::*;
use crate::Signals;

const APP: AppId = AppId(1);

fn user(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn device(id: &str) -> DeviceId {
    DeviceId::from_trusted(id)
}

fn group() -> GroupId {
    GroupId::from_trusted("7")
}

fn enter(router: &Arc<Router>, name: &str, resource: &str, groups: Vec<GroupId>) -> Registration {
    let session = router.register(
        APP,
        &user(name),
        &device(resource),
        DeviceLimit::PerPlatform(2),
        "new here",
    );
    for group in groups {
        session.join(&group);
    }
    session
}

fn signals(session: &Registration) -> Signals {
    let mut cx = Context::from_waker(Waker::noop());
    match session.mailbox().poll_take(&mut cx) {
        Poll::Ready(signals) => signals,
        Poll::Pending => Signals::default(),
    }
}

fn heard(session: &Registration) -> bool {
    !signals(session).conversations.is_empty()
}

fn kicked(session: &Registration) -> Option<Kick> {
    signals(session).kick
}

#[test]
fn a_notice_reaches_every_device_but_the_sending_one() {
    let router = Arc::new(Router::default());
    let (web, phone) = (enter(&router, "a", "web_1", vec![]), enter(&router, "a", "ios_1", vec![]));
    let key = ConversationKey::from_trusted("s:a|b");
    router.notify_user(APP, &user("a"), &key, Some(&device("web_1")));
    assert!(!heard(&web));
    assert!(heard(&phone));
    router.notify_user(AppId(2), &user("a"), &key, None);
    assert!(!heard(&web), "another app's user of the same name");
}

#[test]
fn group_notices_follow_membership_and_end_with_the_session() {
    let router = Arc::new(Router::default());
    let (a, b) =
        (enter(&router, "a", "web_1", vec![group()]), enter(&router, "b", "web_1", vec![]));
    let key = ConversationKey::from_trusted("g:7");
    let ping = || router.notify_circle(APP, &key, (&user("c"), None));
    ping();
    assert!(heard(&a) && !heard(&b));
    router.group_joined(APP, &group(), &user("b"));
    ping();
    assert!(heard(&a) && heard(&b));
    let online = router.online_here(APP, &key);
    assert_eq!(online, HashSet::from([user("a"), user("b")]));
    router.group_left(APP, &group(), &user("a"));
    ping();
    assert!(!heard(&a) && heard(&b));
    router.group_joined(APP, &group(), &user("a"));
    ping();
    assert!(heard(&a) && heard(&b));
    drop((a, b));
    assert!(router.circles.is_empty());
    assert!(!router.is_online(APP, &user("b")));
}

#[test]
fn thread_notices_follow_membership_and_end_with_the_thread() {
    let router = Arc::new(Router::default());
    let (a, b) = (enter(&router, "a", "web_1", vec![]), enter(&router, "b", "web_1", vec![]));
    let thread = ThreadId::from_trusted("7");
    let key = ConversationKey::from_trusted("t:7");
    let ping = || router.notify_circle(APP, &key, (&user("c"), None));
    a.join_thread(&thread);
    router.thread_joined(APP, &thread, &user("b"));
    ping();
    assert!(heard(&a) && heard(&b));
    router.thread_left(APP, &thread, &user("b"));
    assert!(a.mailbox().is_in_thread(&thread) && !b.mailbox().is_in_thread(&thread));
    ping();
    assert!(heard(&a) && !heard(&b));
    router.thread_ended(APP, &thread);
    ping();
    assert!(!heard(&a) && !a.mailbox().is_in_thread(&thread));
}

#[test]
fn what_is_new_in_threads_is_shown_to_the_group_and_no_more_of_it_than_fits() {
    let router = Arc::new(Router::default());
    let (a, b) =
        (enter(&router, "a", "web_1", vec![group()]), enter(&router, "b", "web_1", vec![]));
    let thread = |n: usize| Subject::Thread(ThreadId::from_trusted(n.to_string()));
    let show = |n, state: &'static str| {
        router.show_group(APP, &group(), (&thread(n), &Bytes::from_static(state.as_bytes())));
    };
    show(1, "old");
    show(1, "new");
    assert!(signals(&a).conversations.contains(&ConversationKey::from_trusted("n:a")));
    let states = a.mailbox().take_states(9);
    assert_eq!(states, [(thread(1), Bytes::from_static(b"new"))]);
    assert!(!heard(&b) && !b.mailbox().has_states(), "not in the group");
    (0..5000).for_each(|n| show(n, "x"));
    show(0, "y");
    let key = ConversationKey::from_trusted("n:a");
    router.show(APP, &user("a"), (&Subject::User(user("b")), Bytes::new()), &key);
    let states = a.mailbox().take_states(usize::MAX);
    assert_eq!(states.len(), 4097);
    assert!(states.contains(&(thread(0), Bytes::from_static(b"y"))));
}

#[test]
fn room_notices_end_with_the_room_whose_last_entry_stays_readable() {
    let router = Arc::new(Router::default());
    let room = RoomId::from_trusted("9");
    let (a, b) = (enter(&router, "a", "web_1", vec![]), enter(&router, "b", "web_1", vec![]));
    let key = ConversationKey::from_trusted("r:9");
    let ping = |except: &[UserId]| {
        router.notify_room(APP, &room, &key, (&user("c"), None), except);
    };
    ping(&[]);
    assert!(!heard(&a) && !heard(&b));
    router.room_joined(APP, &room, &user("a"), MessageId(5));
    b.join_room(&room, MessageId(6));
    ping(&[]);
    assert!(heard(&a) && heard(&b));
    ping(&[user("a")]);
    assert!(!heard(&a) && heard(&b));
    router.notify_room(APP, &room, &key, (&user("a"), Some(&device("web_1"))), &[]);
    assert!(!heard(&a) && heard(&b), "the sending device");

    router.room_joined(APP, &room, &user("a"), MessageId(8));
    let window = |session: &Registration| session.mailbox().room_window(&room);
    assert_eq!(window(&a), Some(RoomWindow::open(MessageId(5))), "joined twice");
    router.room_left(APP, &room, &user("a"));
    assert_eq!(window(&a), None);
    router.room_ended(APP, &room, MessageId(9));
    ping(&[]);
    assert!(!heard(&a) && !heard(&b));
    assert_eq!(window(&b), Some(RoomWindow { after: MessageId(6), last: MessageId(9) }));
    assert!(!b.mailbox().is_in_rooms());
    b.join_room(&room, MessageId(10));
    ping(&[]);
    assert!(heard(&b), "a new room of the same id");
    assert_eq!(window(&b), Some(RoomWindow::open(MessageId(10))));

    b.join_room(&RoomId::from_trusted("10"), MessageId(7));
    drop((a, b));
    assert!(router.rooms.is_empty());
}

#[test]
fn of_each_subject_a_session_is_shown_the_newest_state_only() {
    let router = Arc::new(Router::default());
    let (web, phone) = (enter(&router, "a", "web_1", vec![]), enter(&router, "a", "ios_1", vec![]));
    let key = ConversationKey::from_trusted("n:a");
    let show = |app, subject: &str, state: &'static str| {
        let subject = Subject::User(user(subject));
        router.show(app, &user("a"), (&subject, Bytes::from(state)), &key);
    };
    let taken = |session: &Registration| {
        let mut states = session.mailbox().take_states(2);
        states.sort();
        states.into_iter().map(|(_, state)| state).collect::<Vec<_>>()
    };
    show(APP, "b", "online");
    show(APP, "b", "offline");
    show(APP, "c", "online");
    show(AppId(2), "d", "another app's user of the same name");
    assert!(heard(&web) && heard(&phone));
    assert_eq!(taken(&web), ["offline", "online"]);
    assert!(!web.mailbox().has_states() && phone.mailbox().has_states());
    show(APP, "d", "online");
    assert_eq!((taken(&phone).len(), taken(&phone).len()), (2, 1));
    show(APP, "b", "for nobody who comes later");
    let later = enter(&router, "a", "web_2", vec![]);
    assert!(taken(&later).is_empty());
}

#[test]
fn one_device_is_logged_out_alone() {
    let router = Arc::new(Router::default());
    let web = enter(&router, "a", "web_1", vec![]);
    let phone = enter(&router, "a", "ios_1", vec![]);
    let kick =
        |app, name: &str| router.kick_device(app, &user(name), &device("web_1"), Kick::LoggedOut);
    assert!(!kick(AppId(2), "a") && !kick(APP, "b"), "somebody else's device");
    assert!(kick(APP, "a"));
    assert_eq!((kicked(&web), kicked(&phone)), (Some(Kick::LoggedOut), None));
}

#[test]
fn the_same_device_replaces_itself_and_one_device_too_many_ends_the_oldest() {
    let router = Arc::new(Router::default());
    let first = enter(&router, "a", "web_1", vec![]);
    let again = enter(&router, "a", "web_1", vec![]);
    assert_eq!(kicked(&first), Some(Kick::Replaced));
    drop(first);
    let second = enter(&router, "a", "web_2", vec![]);
    let phone = enter(&router, "a", "ios_1", vec![]);
    assert_eq!(kicked(&again), None);
    let _third = enter(&router, "a", "web_3", vec![]);
    let reason = "new here".to_owned();
    assert_eq!(kicked(&again), Some(Kick::OtherDevice { reason }));
    assert_eq!(kicked(&second), None);
    assert_eq!(kicked(&phone), None);
}
#[test]
fn an_app_that_stops_ends_its_own_sessions_only() {
    let router = Arc::new(Router::default());
    let (a, b) = (enter(&router, "a", "web_1", vec![]), enter(&router, "b", "web_1", vec![]));
    let (other, limit) = (AppId(2), DeviceLimit::PerPlatform(2));
    let foreign = router.register(other, &user("a"), &device("web_1"), limit, "");
    router.kick_app(APP, &Kick::AppStopped);
    assert_eq!((kicked(&a), kicked(&b)), (Some(Kick::AppStopped), Some(Kick::AppStopped)));
    assert_eq!(kicked(&foreign), None);
}

fn log_in(router: &Arc<Router>, name: &str, resource: &str, at: u64) -> Registration {
    let session = enter(router, name, resource, vec![]);
    let facts = DeviceFacts { since: i64::try_from(at).unwrap(), ..DeviceFacts::default() };
    session.describe(facts, LoginMark { at: MessageId(at), token_epoch: 1 });
    session
}

#[test]
fn sessions_are_brought_in_line_with_what_is_stored() {
    let router = Arc::new(Router::default());
    let (session, later) = (log_in(&router, "a", "web_1", 10), log_in(&router, "a", "ios_1", 30));
    let key = |group: &str| Conversation::Group(GroupId::from_trusted(group)).key();
    let room = |room: &str| RoomId::from_trusted(room);
    let seat = |name, since, left_at| Seat {
        room: room(name),
        since: MessageId(since),
        left_at: MessageId(left_at),
    };
    session.join(&GroupId::from_trusted("left"));
    session.join_room(&room("left"), MessageId(10));
    session.join_room(&room("free"), MessageId(10));
    session.join_room(&room("stepped-out"), MessageId(10));
    let wanted = Memberships {
        circles: HashSet::from([key("joined")]),
        rooms: vec![
            seat("joined", 15, 0),
            seat("before", 5, 0),
            seat("free", 5, 7),
            seat("stepped-out", 5, 12),
        ],
    };
    assert!(router.reconcile(APP, &user("a"), &wanted, MessageId(20)));
    assert!(signals(&session).conversations.contains(&key("joined")), "there may be something");
    let sender = (&user("b"), None);
    router.notify_circle(APP, &key("left"), sender);
    assert!(!heard(&session));
    router.notify_circle(APP, &key("joined"), sender);
    assert!(heard(&session) && !heard(&later), "who logged in later has read for itself");
    let window = |name| session.mailbox().room_window(&room(name));
    let open = |after| Some(RoomWindow::open(MessageId(after)));
    assert_eq!(
        (window("joined"), window("before"), window("free")),
        (open(15), open(10), open(10))
    );
    let closed = RoomWindow { after: MessageId(10), last: MessageId(20) };
    assert_eq!((window("left"), window("stepped-out")), (Some(closed), Some(closed)));
    assert!(!router.reconcile(APP, &user("a"), &wanted, MessageId(20)), "once is enough");
}

#[test]
fn only_outdated_sessions_end() {
    let router = Arc::new(Router::default());
    let (old, new) = (log_in(&router, "a", "web_1", 10), log_in(&router, "a", "ios_1", 30));
    let unready = enter(&router, "a", "android_1", vec![]);
    let whose = user("a");
    let before = |login: Option<LoginMark>| login.is_some_and(|login| login.at < MessageId(20));
    router.end_outdated(APP, (&whose, Some(&device("ios_1"))), &Kick::LoggedOut, before);
    router.end_outdated(AppId(2), (&whose, None), &Kick::LoggedOut, before);
    assert!(kicked(&old).is_none() && kicked(&new).is_none());
    router.end_outdated(APP, (&whose, None), &Kick::LoggedOut, before);
    assert_eq!(kicked(&old), Some(Kick::LoggedOut));
    assert!(kicked(&new).is_none() && kicked(&unready).is_none());
}
