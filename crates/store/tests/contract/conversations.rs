//! What users did to their conversations, and glances at the log.

use bytes::Bytes;
use hongyan_model::{
    AppId, Audience, Conversation, ConversationKey, DeviceId, EntryFlags, EntryKind, GroupId,
    MessageId, NewEntry, UserId,
};
use hongyan_store::conversations::{
    ConversationState, Deletions, Kept, ReadRow, deletions, forget, hide, hide_until, let_go, mark,
    marked, pin, pinned, remove, remove_all, save_read, states, unmark, unpin,
};
use hongyan_store::{Glance, Glanced, HistoryFilter, Store};

use crate::{Fixture, NOW, on_every_engine};

fn user(id: &str) -> UserId {
    UserId::from_trusted(id)
}

fn single(other: &str) -> ConversationKey {
    Conversation::single(&user("alice"), &user(other)).key()
}

fn group(id: &str) -> ConversationKey {
    Conversation::Group(GroupId::from_trusted(id)).key()
}

async fn one(f: &Fixture, app: AppId, conversation: &ConversationKey) -> ConversationState {
    let keys = std::slice::from_ref(conversation);
    let found = states(&f.store, app, &user("alice"), keys).await.unwrap();
    assert!(found.len() <= 1);
    let found = found.into_iter().next();
    found.unwrap_or_else(|| ConversationState::untouched(conversation.clone()))
}

#[tokio::test]
async fn read_positions_rise_and_belong_to_users() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        for app in [app, other] {
            f.user(app, "alice").await;
        }
        let row = |app, who: &str, conversation: &ConversationKey, read| ReadRow {
            app,
            user: user(who),
            conversation: conversation.clone(),
            read: MessageId(read),
        };
        let many: Vec<_> =
            (0..120).map(|n| row(app, "alice", &group(&n.to_string()), n + 1)).collect();
        save_read(&f.store, &many).await.unwrap();
        let gone = row(app, "nobody", &single("bob"), 9);
        save_read(&f.store, &[row(app, "alice", &single("bob"), 7), gone]).await.unwrap();
        save_read(&f.store, &[row(app, "alice", &single("bob"), 5)]).await.unwrap();
        save_read(&f.store, &[row(other, "alice", &single("bob"), 3)]).await.unwrap();
        save_read(&f.store, &[]).await.unwrap();
        assert_eq!(one(&f, app, &single("bob")).await.read, MessageId(7));
        assert_eq!(one(&f, other, &single("bob")).await.read, MessageId(3));
        let keys: Vec<_> = (0..200).map(|n| group(&n.to_string())).collect();
        let found = states(&f.store, app, &user("alice"), &keys).await.unwrap();
        assert_eq!(found.len(), 120);
        assert!(
            found
                .iter()
                .any(|state| state.conversation == group("119") && state.read == MessageId(120))
        );
        assert!(states(&f.store, app, &user("nobody"), &keys).await.unwrap().is_empty());
        hongyan_store::users::delete(&f.store, app, &user("alice")).await.unwrap();
        assert!(states(&f.store, app, &user("alice"), &keys).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn pins_and_marks_have_limits() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let alice = f.user(app, "alice").await;
        let (bob, carol, club) = (single("bob"), single("carol"), group("club"));
        let pin = async |key: &ConversationKey, at, most| {
            pin(&f.store, app, &alice, key, at, most).await.unwrap()
        };
        assert_eq!(pin(&bob, NOW, Some(2)).await, (Kept::Done, NOW));
        assert_eq!(pin(&club, NOW + 2, Some(2)).await, (Kept::Done, NOW + 2));
        assert_eq!(pin(&bob, NOW + 3, Some(2)).await, (Kept::Done, NOW));
        assert_eq!(pin(&carol, NOW + 3, Some(2)).await.0, Kept::Full);
        assert_eq!(pin(&carol, NOW + 4, None).await.0, Kept::Done);
        let keys = async || {
            let found = pinned(&f.store, app, &alice, 10).await.unwrap();
            found.into_iter().map(|state| state.conversation).collect::<Vec<_>>()
        };
        assert_eq!(keys().await, [carol.clone(), club.clone(), bob.clone()]);
        assert_eq!(pinned(&f.store, app, &alice, 1).await.unwrap().len(), 1);
        assert!(unpin(&f.store, app, &alice, &carol).await.unwrap());
        assert!(!unpin(&f.store, app, &alice, &carol).await.unwrap());
        assert_eq!(keys().await, [club.clone(), bob.clone()]);

        let mark = async |keys: &[ConversationKey], mark_bit, most| {
            mark(&f.store, app, &alice, keys, mark_bit, most).await.unwrap()
        };
        assert_eq!(mark(&[bob.clone(), club.clone()], 1 << 19, Some(1)).await, Kept::Done);
        assert_eq!(mark(std::slice::from_ref(&bob), 1 << 19, Some(1)).await, Kept::Done);
        assert_eq!(mark(&[carol.clone(), bob.clone()], 1, Some(1)).await, Kept::Full);
        assert_eq!(one(&f, app, &carol).await.marks, 0);
        assert_eq!(mark(&[carol.clone(), bob.clone()], 1, None).await, Kept::Done);
        assert_eq!(one(&f, app, &bob).await.marks, 1 << 19 | 1);
        let found = async |bits| marked(&f.store, app, &alice, bits, 10).await.unwrap().len();
        assert_eq!((found(1).await, found(1 << 19).await, found(2).await), (2, 2, 0));
        assert_eq!(found(u32::MAX).await, 3);
        unmark(&f.store, app, &alice, &[bob.clone(), club.clone()], 1 << 19).await.unwrap();
        unmark(&f.store, app, &alice, std::slice::from_ref(&bob), 1 << 19).await.unwrap();
        assert_eq!((one(&f, app, &bob).await.marks, found(1 << 19).await), (1, 0));
        let_go(&f.store, app, &club, &[user("nobody"), alice.clone()]).await.unwrap();
        assert_eq!(one(&f, app, &club).await, ConversationState::untouched(club));
        forget(&f.store, app, &bob).await.unwrap();
        assert_eq!(one(&f, app, &bob).await, ConversationState::untouched(bob));
    })
    .await;
}

#[tokio::test]
async fn deletions_only_grow_and_make_single_ones_needless() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let (alice, other) = (f.user(app, "alice").await, f.user(app, "bob").await);
        let (bob, club) = (single("bob"), group("club"));
        let ids = |ids: &[u64]| ids.iter().copied().map(MessageId).collect::<Vec<_>>();
        let hide = async |key: &ConversationKey, list: &[u64], most, gone| {
            hide(&f.store, app, &alice, key, &ids(list), (most, MessageId(gone))).await.unwrap()
        };
        let known = async || {
            let mut known = deletions(&f.store, app, &alice).await.unwrap();
            known.messages.sort();
            known.conversations.sort();
            known
        };
        assert_eq!(known().await, Deletions::default());
        assert_eq!(hide(&bob, &[5, 9, 5], 4, 0).await, Kept::Done);
        assert_eq!(hide(&club, &[6, 12], 4, 0).await, Kept::Done);
        assert_eq!(hide(&club, &[13], 4, 0).await, Kept::Full);
        assert_eq!(known().await.messages, ids(&[5, 6, 9, 12]));
        // What is no longer stored makes room.
        assert_eq!(hide(&club, &[13], 4, 5).await, Kept::Done);
        assert_eq!(known().await.messages, ids(&[6, 9, 12, 13]));

        hide_until(&f.store, app, &alice, &club, MessageId(12)).await.unwrap();
        hide_until(&f.store, app, &alice, &club, MessageId(3)).await.unwrap();
        let expected = Deletions {
            everything: None,
            conversations: vec![(club.clone(), MessageId(12))],
            messages: ids(&[9, 13]),
        };
        assert_eq!(known().await, expected);
        pin(&f.store, app, &alice, &bob, NOW, None).await.unwrap();
        remove(&f.store, app, &alice, &bob, MessageId(20), false).await.unwrap();
        let state = one(&f, app, &bob).await;
        assert_eq!(
            (state.removed, state.hidden, state.pinned),
            (MessageId(20), MessageId(0), None)
        );
        assert_eq!(known().await, expected);
        remove(&f.store, app, &alice, &bob, MessageId(21), true).await.unwrap();
        assert_eq!(one(&f, app, &bob).await.hidden, MessageId(21));
        assert_eq!(known().await.messages, ids(&[13]));
        remove_all(&f.store, app, &alice, MessageId(30)).await.unwrap();
        let everything = Deletions { everything: Some(MessageId(30)), ..Deletions::default() };
        assert_eq!(known().await, everything);
        remove(&f.store, app, &alice, &bob, MessageId(31), true).await.unwrap();
        assert_eq!(known().await.conversations, [(bob, MessageId(31))]);
        assert_eq!(deletions(&f.store, app, &other).await.unwrap(), Deletions::default());
    })
    .await;
}

fn entry(app: AppId, conversation: &ConversationKey, sender: &str) -> NewEntry {
    NewEntry {
        app,
        conversation: conversation.clone(),
        kind: EntryKind::Text,
        flags: EntryFlags::default(),
        sender: user(sender),
        device: None,
        client_id: None,
        audience: Audience::All,
        meta: Bytes::from_static(b"m"),
        recalls: None,
        reads: None,
        edits: None,
        unroamed: Vec::new(),
    }
}

async fn append(store: &Store, entry: NewEntry) -> MessageId {
    store.log().append(entry).await.unwrap().await.unwrap().id
}

/// Handed over at once, so that they share commits.
async fn append_all(store: &Store, entries: Vec<NewEntry>) -> Vec<MessageId> {
    let mut pending = Vec::new();
    for entry in entries {
        pending.push(store.log().append(entry).await.unwrap());
    }
    let mut ids = Vec::new();
    for append in pending {
        ids.push(append.await.unwrap().id);
    }
    ids
}

#[tokio::test]
async fn a_glance_finds_the_newest_message_and_counts_what_is_unread() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let alice = user("alice");
        let (bob, club) = (single("bob"), group("club"));
        let look = async |conversation: &ConversationKey,
                          after,
                          read: Option<MessageId>,
                          hidden: &[MessageId]| {
            let glance = Glance {
                conversation: conversation.clone(),
                after,
                unread_after: read,
                imports: None,
            };
            let found = f.store.log().glance(app, &alice, vec![glance], hidden.to_vec()).await;
            found.unwrap().remove(0)
        };
        let zero = MessageId(0);
        assert_eq!(look(&bob, zero, Some(zero), &[]).await, Glanced::default());

        let first = append(&f.store, entry(app, &bob, "bob")).await;
        let second = append(&f.store, entry(app, &bob, "bob")).await;
        let own = append(&f.store, entry(app, &bob, "alice")).await;
        let found = |last, unread| Glanced { last: Some(last), unread, looked_short: false };
        assert_eq!(look(&bob, zero, None, &[]).await, found(own, 0));
        assert_eq!(look(&bob, zero, Some(zero), &[]).await, found(own, 2));
        assert_eq!(look(&bob, zero, Some(first), &[]).await, found(own, 1));
        assert_eq!(look(&bob, first, Some(zero), &[]).await, found(own, 1));
        assert_eq!(look(&bob, zero, Some(own), &[]).await, found(own, 0));
        assert_eq!(look(&bob, zero, Some(zero), &[own, first]).await, found(second, 1));
        assert_eq!(look(&bob, own, Some(zero), &[]).await, Glanced::default());

        // For bob alone, for both, for one of alice's devices; a receipt; a message that is taken back.
        let unlisted = [
            NewEntry { audience: Audience::Only(vec![user("bob")]), ..entry(app, &bob, "bob") },
            NewEntry { kind: EntryKind::ReadAck, ..entry(app, &bob, "bob") },
            NewEntry { kind: EntryKind::Command, ..entry(app, &bob, "bob") },
            NewEntry { flags: EntryFlags::ONLINE_ONLY, ..entry(app, &bob, "bob") },
            NewEntry { audience: Audience::Except(vec![alice.clone()]), ..entry(app, &bob, "bob") },
        ];
        for entry in unlisted {
            append(&f.store, entry).await;
        }
        let oops = append(&f.store, entry(app, &bob, "bob")).await;
        let recall =
            NewEntry { kind: EntryKind::Recall, recalls: Some(oops), ..entry(app, &bob, "bob") };
        append(&f.store, recall).await;
        assert_eq!(look(&bob, zero, Some(zero), &[]).await, found(own, 2));
        let device = Audience::Device(alice.clone(), DeviceId::from_trusted("ios_1"));
        let to_device =
            append(&f.store, NewEntry { audience: device, ..entry(app, &bob, "bob") }).await;
        assert_eq!(look(&bob, zero, Some(zero), &[]).await, found(to_device, 3));
        let only = Audience::Only(vec![user("bob"), alice.clone()]);
        let to_both =
            append(&f.store, NewEntry { audience: only.clone(), ..entry(app, &bob, "bob") }).await;
        assert_eq!(look(&bob, zero, Some(zero), &[]).await, found(to_both, 4));

        let said = append(&f.store, entry(app, &club, "bob")).await;
        append(&f.store, NewEntry { audience: only, ..entry(app, &club, "bob") }).await;
        assert_eq!(look(&club, zero, Some(zero), &[]).await, found(said, 1));
        let others = Audience::Except(vec![user("bob")]);
        let for_others =
            append(&f.store, NewEntry { audience: others, ..entry(app, &club, "bob") }).await;
        assert_eq!(look(&club, zero, Some(zero), &[]).await, found(for_others, 2));

        // Several at once, each with its own answer; another app sees nothing of it.
        let glance = |conversation: &ConversationKey| Glance {
            conversation: conversation.clone(),
            after: zero,
            unread_after: Some(zero),
            imports: None,
        };
        let three = vec![glance(&club), glance(&single("nobody")), glance(&bob)];
        let all = f.store.log().glance(app, &alice, three.clone(), Vec::new()).await.unwrap();
        assert_eq!(all, [found(for_others, 2), Glanced::default(), found(to_both, 4)]);
        let elsewhere = f.store.log().glance(AppId(99), &alice, three, Vec::new()).await.unwrap();
        assert_eq!(elsewhere, [Glanced::default(); 3]);

        let mut entries =
            f.store.log().entries(app, vec![said, MessageId(7), to_both]).await.unwrap();
        entries.sort_by_key(|entry| entry.id);
        assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), [to_both, said]);
        assert!(f.store.log().entries(AppId(99), vec![said]).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_glance_finds_messages_behind_receipts() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let bob = single("bob");
        let receipt = || NewEntry { kind: EntryKind::ReadAck, ..entry(app, &bob, "bob") };
        append_all(&f.store, (0..3).map(|_| receipt()).collect()).await;
        let first = append(&f.store, entry(app, &bob, "bob")).await;
        let ids = append_all(&f.store, (0..1100).map(|_| receipt()).collect()).await;
        let look = async |after| {
            let glance = Glance {
                conversation: bob.clone(),
                after,
                unread_after: Some(MessageId(0)),
                imports: None,
            };
            let found = f.store.log().glance(app, &user("alice"), vec![glance], Vec::new()).await;
            found.unwrap().remove(0)
        };
        let one = Glanced { last: Some(first), looked_short: false, unread: 1 };
        assert_eq!(look(MessageId(0)).await, one);
        assert_eq!(look(ids[0]).await, Glanced::default());
        let second = append(&f.store, entry(app, &bob, "bob")).await;
        assert_eq!(look(MessageId(0)).await, Glanced { last: Some(second), unread: 2, ..one });
    })
    .await;
}

#[tokio::test]
async fn a_glance_looks_at_a_thousand_messages() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let club = group("club");
        append(&f.store, entry(app, &club, "bob")).await;
        let aside = || NewEntry {
            audience: Audience::Only(vec![user("carol")]),
            ..entry(app, &club, "bob")
        };
        append_all(&f.store, (0..999).map(|_| aside()).collect()).await;
        let look = async || {
            let glance = Glance {
                conversation: club.clone(),
                after: MessageId(0),
                unread_after: Some(MessageId(0)),
                imports: None,
            };
            let found = f.store.log().glance(app, &user("alice"), vec![glance], Vec::new()).await;
            let found = found.unwrap().remove(0);
            (found.last.is_some(), found.looked_short, found.unread)
        };
        assert_eq!(look().await, (true, false, 1));
        append(&f.store, aside()).await;
        assert_eq!(look().await, (false, true, 0));
    })
    .await;
}

#[tokio::test]
async fn history_goes_in_steps() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let bob = single("bob");
        for n in 0..10 {
            let kind = if n % 9 == 0 { EntryKind::Image } else { EntryKind::Text };
            append(&f.store, NewEntry { kind, ..entry(app, &bob, "bob") }).await;
        }
        let step = async |from, oldest_first| {
            let kinds = vec![EntryKind::Image];
            let filter =
                HistoryFilter { from, oldest_first, kinds, limit: 5, ..HistoryFilter::default() };
            let found = f.store.log().history_within(app, &bob, filter, 4).await.unwrap();
            (found.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), found.stopped_at)
        };
        assert_eq!(step(None, false).await, (vec![10], Some(7)));
        assert_eq!(step(Some(7), false).await, (vec![], Some(3)));
        assert_eq!(step(Some(3), false).await, (vec![1], None));
        assert_eq!(step(Some(99), false).await, (vec![10], Some(7)));
        assert_eq!(step(None, true).await, (vec![1], Some(4)));
        assert_eq!(step(Some(4), true).await, (vec![], Some(8)));
        assert_eq!(step(Some(8), true).await, (vec![10], None));
        assert_eq!(step(Some(10), true).await, (vec![], None));
    })
    .await;
}
