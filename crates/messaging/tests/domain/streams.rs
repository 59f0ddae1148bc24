//! Messages in chunks.

use hongyan_messaging::devices::Batch;
use hongyan_messaging::messages::{
    HistoryQuery, ServerRecall, StreamChunk, StreamReceiver, end_overdue_streams, history,
    recall_from_server, send_chunk,
};
use hongyan_messaging::{Messaging, MessagingOptions};
use hongyan_model::{
    ChatType, Conversation, Feature, IdGenerator, MessageId, Refusal, Result, StreamRefusal,
};
use hongyan_platform::secrets;
use serde_json::json;

use crate::fixture::{Fixture, Session, refusal, single};
use crate::uplink::{decode, text, to};

const FULL: i32 = 4;

/// A chunk from admin to bob.
fn chunk(seq: i64, text: &str) -> StreamChunk {
    StreamChunk {
        from: "admin".to_owned(),
        to: StreamReceiver::User("bob".to_owned()),
        message: None,
        seq: Some(seq),
        text: text.to_owned(),
        finish: None,
        format: "markdown".to_owned(),
        ext: None,
    }
}

fn of(id: MessageId, seq: i64, text: &str) -> StreamChunk {
    StreamChunk { message: Some(id.to_string()), ..chunk(seq, text) }
}

fn last(chunk: StreamChunk) -> StreamChunk {
    StreamChunk { finish: Some(7), ..chunk }
}

async fn send(f: &Fixture, chunk: StreamChunk) -> Result<Option<MessageId>> {
    let sent = send_chunk(&f.m, &f.server(), chunk).await;
    // A refusal may have ended the message, which is told like any chunk.
    f.settle().await;
    sent
}

async fn begin(f: &Fixture, text: &str) -> MessageId {
    send(f, chunk(0, text)).await.unwrap().unwrap()
}

async fn refused(f: &Fixture, chunk: StreamChunk) -> StreamRefusal {
    match refusal(send(f, chunk).await) {
        Refusal::Stream(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// Refused for `why`, unless the look at what is overdue was faster.
async fn broken_off(f: &Fixture, chunk: StreamChunk, why: StreamRefusal) {
    let refusal = refused(f, chunk).await;
    assert!([why, StreamRefusal::Finished].contains(&refusal), "{refusal}");
}

/// What a client reads of a chunk: the message's id, its number, status and error, and the text.
type Seen = (u64, u64, i32, u32, String);

fn seen_in(batch: &Batch) -> Vec<Seen> {
    let seen = |entry: &std::sync::Arc<hongyan_model::LogEntry>| {
        let (envelope, body) = decode(&entry.entry.meta);
        let stream = body.stream.unwrap_or_default();
        let id = envelope.id.unwrap_or(entry.id.0);
        let text = body.contents[0].text().to_owned();
        (id, stream.stream_seq(), stream.stream_status(), stream.stream_error(), text)
    };
    batch.entries.iter().map(seen).collect()
}

async fn received(session: &mut Session, conversation: &Conversation) -> Vec<Seen> {
    let (mut all, mut key) = (Vec::new(), None);
    while let Some(batch) = session.pull(conversation, key).await {
        all.extend(seen_in(&batch));
        key = Some(batch.next_key);
    }
    all
}

fn row(id: MessageId, seq: u64, status: i32, error: u32, text: &str) -> Seen {
    (id.0, seq, status, error, text.to_owned())
}

async fn in_history(f: &Fixture, user: &str) -> Vec<Seen> {
    let query = HistoryQuery {
        conversation: single("admin", "bob"),
        cursor: None,
        limit: 50,
        oldest_first: true,
        kinds: Vec::new(),
        from_time: None,
        to_time: None,
        sender: None,
    };
    let page = history(&f.m, &f.user(user), query).await.unwrap();
    let seen = |meta: &bytes::Bytes| {
        let (envelope, body) = decode(meta);
        let stream = body.stream.unwrap_or_default();
        let text = body.contents[0].text().to_owned();
        let id = envelope.id.unwrap();
        (id, stream.stream_seq(), stream.stream_status(), stream.stream_error(), text)
    };
    page.metas.iter().map(seen).collect()
}

#[tokio::test]
async fn who_is_there_reads_along_and_who_comes_later_gets_the_whole() {
    let f = Fixture::with_users(&["bob"]).await;
    let talk = single("admin", "bob");
    // Known already, and away.
    drop(f.connect("bob", "webim_later").await);
    let mut early = f.connect("bob", "webim_early").await;
    let id = begin(&f, "Once ").await;
    assert_eq!(send(&f, of(id, 1, "upon ")).await.unwrap(), None);
    assert_eq!(early.heard(), [talk.key().as_str()]);
    let expected = [row(id, 0, 0, 0, "Once "), row(id, 1, 2, 0, "upon ")];
    assert_eq!(received(&mut early, &talk).await, expected);
    assert!(in_history(&f, "bob").await.is_empty(), "nothing half-finished in history");

    let mut late = f.connect("bob", "webim_late").await;
    send(&f, of(id, 5, "a ")).await.unwrap();
    send(&f, last(of(id, 9, "time"))).await.unwrap();
    let whole = row(id, 4, FULL, 0, "Once upon a time");
    let rest = [row(id, 2, 2, 0, "a "), row(id, 3, 3, 0, "time")];
    let seen = received(&mut early, &talk).await;
    assert_eq!(seen, [rest[0].clone(), rest[1].clone(), whole.clone()]);
    assert_eq!(received(&mut late, &talk).await, [rest[0].clone(), rest[1].clone(), whole.clone()]);
    let mut later = f.connect("bob", "webim_later").await;
    assert_eq!(later.unread().await, [talk.key().as_str()]);
    assert_eq!(received(&mut later, &talk).await, std::slice::from_ref(&whole));
    assert_eq!(in_history(&f, "bob").await, [whole]);
    assert_eq!(refused(&f, of(id, 10, "!")).await, StreamRefusal::Finished);
}

#[tokio::test]
async fn one_chunk_may_be_all() {
    let f = Fixture::with_users(&["bob"]).await;
    let mut bob = f.connect("bob", "webim").await;
    let id = send(&f, last(chunk(0, "short"))).await.unwrap().unwrap();
    let seen = received(&mut bob, &single("admin", "bob")).await;
    assert_eq!(seen, [row(id, 0, 1, 0, "short"), row(id, 1, FULL, 0, "short")]);
    assert_eq!(in_history(&f, "bob").await, [row(id, 1, FULL, 0, "short")]);
    assert_eq!(refused(&f, of(id, 1, "more")).await, StreamRefusal::Finished);
}

#[tokio::test]
async fn what_goes_with_the_first_chunk_stays_with_the_message() {
    let f = Fixture::with_users(&["bob"]).await;
    let mut bob = f.connect("bob", "webim").await;
    let ext = json!({"model": "m1"}).as_object().cloned();
    let id = send(&f, StreamChunk { ext, ..chunk(0, "a") }).await.unwrap().unwrap();
    let ext = json!({"page": 2}).as_object().cloned();
    send(&f, StreamChunk { ext, ..of(id, 1, "b") }).await.unwrap();
    send(&f, last(of(id, 2, "c"))).await.unwrap();
    let batch = bob.pull(&single("admin", "bob"), None).await.unwrap();
    let bodies: Vec<_> = batch.entries.iter().map(|entry| decode(&entry.entry.meta).1).collect();
    let keys: Vec<_> = bodies.iter().map(|body| body.ext[0].key().to_owned()).collect();
    assert_eq!(keys, ["model", "page", "model", "model"]);
    let streams: Vec<_> = bodies.into_iter().map(|body| body.stream.unwrap()).collect();
    assert!(streams.iter().all(|stream| stream.stream_type() == "markdown"));
    let reasons: Vec<_> = streams.iter().map(|stream| stream.stream_finish_reason).collect();
    assert_eq!(reasons, [None, None, Some(7), Some(7)]);
}

#[tokio::test]
async fn a_group_reads_along_but_for_the_sender() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let group = f.group("g1", "alice", &["bob"]).await;
    let (mut alice, mut bob) = (f.connect("alice", "webim").await, f.connect("bob", "webim").await);
    let chunk = |chunk| StreamChunk {
        from: "Alice".to_owned(),
        to: StreamReceiver::Group("g1".to_owned()),
        ..chunk
    };
    let id = send(&f, chunk(self::chunk(0, "x"))).await.unwrap().unwrap();
    send(&f, chunk(last(of(id, 1, "y")))).await.unwrap();
    let texts: Vec<_> = received(&mut bob, &group).await.into_iter().map(|row| row.4).collect();
    assert_eq!(texts, ["x", "y", "xy"]);
    assert!(received(&mut alice, &group).await.is_empty());
    let nowhere = StreamReceiver::Group("g2".to_owned());
    let refused = refusal(send(&f, StreamChunk { to: nowhere, ..self::chunk(0, "x") }).await);
    assert_eq!(refused, Refusal::GroupNotFound { group: "g2".to_owned() });
}

#[tokio::test]
async fn chunks_that_do_not_fit_are_refused() {
    let f = Fixture::with_users(&["bob"]).await;
    let id = begin(&f, "a").await;
    for seq in [None, Some(-1)] {
        let illegal = StreamChunk { seq, ..of(id, 1, "b") };
        assert_eq!(refused(&f, illegal).await, StreamRefusal::IllegalSeq);
    }
    assert_eq!(refused(&f, chunk(1, "first?")).await, StreamRefusal::IllegalSeq);
    assert_eq!(refused(&f, of(MessageId(7), 1, "b")).await, StreamRefusal::NotFound);
    let other = StreamChunk { message: Some("x".to_owned()), ..chunk(1, "b") };
    assert_eq!(refused(&f, other).await, StreamRefusal::NotFound);
    assert_eq!(refused(&f, of(id, 0, "b")).await, StreamRefusal::SeqTooSmall);
    let other = StreamChunk { from: "eve".to_owned(), ..of(id, 1, "b") };
    assert_eq!(refused(&f, other).await, StreamRefusal::OtherSender);
    for receiver in [StreamReceiver::User("eve".into()), StreamReceiver::Group("bob".into())] {
        let other = StreamChunk { to: receiver, ..of(id, 1, "b") };
        assert_eq!(refused(&f, other).await, StreamRefusal::OtherReceiver);
    }
    // An ordinary message is none that comes in chunks; another app has none of this id.
    let sent = f.send(&f.user("bob"), text(to("bob"), "note")).await;
    assert_eq!(refused(&f, of(sent.id, 1, "b")).await, StreamRefusal::NotFound);
    let elsewhere = hongyan_model::Caller { app: f.other_app.clone(), ..f.server() };
    let result = send_chunk(&f.m, &elsewhere, of(id, 1, "b")).await;
    assert_eq!(refusal(result), Refusal::Stream(StreamRefusal::NotFound));
    let result = send_chunk(&f.m, &f.user("bob"), chunk(0, "b")).await;
    assert!(matches!(refusal(result), Refusal::NotPermitted));
    send(&f, last(of(id, 1, "b"))).await.unwrap();
    assert_eq!(in_history(&f, "bob").await, [row(id, 2, FULL, 0, "ab")]);
}

#[tokio::test]
async fn what_takes_too_long_or_gets_too_long_ends_with_what_was_said() {
    let mut f = Fixture::with_users(&["bob"]).await;
    f.limit(Feature::StreamBytesMax, 5).await;
    let mut bob = f.connect("bob", "webim").await;
    let talk = single("admin", "bob");

    let id = begin(&f, "好").await;
    f.clock.advance(30_000);
    end_overdue_streams(&f.m).await.unwrap();
    send(&f, of(id, 1, "")).await.unwrap();
    f.clock.advance(30_001);
    broken_off(&f, of(id, 2, "b"), StreamRefusal::GapTimeout).await;
    assert_eq!(received(&mut bob, &talk).await.pop().unwrap(), row(id, 2, FULL, 512, "好"));
    assert_eq!(refused(&f, of(id, 3, "b")).await, StreamRefusal::Finished);

    let id = begin(&f, "a").await;
    f.clock.advance(30_001);
    end_overdue_streams(&f.m).await.unwrap();
    // The usual look may be ending it at this moment; a chunk waits for that.
    assert_eq!(refused(&f, of(id, 1, "b")).await, StreamRefusal::Finished);
    assert_eq!(received(&mut bob, &talk).await.pop().unwrap(), row(id, 1, FULL, 512, "a"));

    let id = begin(&f, "a").await;
    for seq in 1..=60 {
        f.clock.advance(30_000);
        send(&f, of(id, seq, "")).await.unwrap();
    }
    f.clock.advance(1);
    broken_off(&f, of(id, 61, "b"), StreamRefusal::TotalTimeout).await;
    assert_eq!(received(&mut bob, &talk).await.pop().unwrap(), row(id, 61, FULL, 513, "a"));

    let id = begin(&f, "ab").await;
    assert_eq!(refused(&f, of(id, 1, "好c")).await, StreamRefusal::TooLong);
    assert_eq!(received(&mut bob, &talk).await.pop().unwrap(), row(id, 1, FULL, 511, "ab"));
    assert_eq!(refused(&f, chunk(0, "abcdef")).await, StreamRefusal::TooLong);
    assert!(received(&mut bob, &talk).await.is_empty());
}

#[tokio::test]
async fn a_recalled_message_goes_on_no_more() {
    let f = Fixture::with_users(&["bob"]).await;
    let recall = async |id: MessageId| {
        let recall = ServerRecall {
            message: id.to_string(),
            chat: ChatType::Single,
            to: "bob".to_owned(),
            from: "admin".to_owned(),
            force: false,
            sync_device: true,
            note: None,
        };
        recall_from_server(&f.m, &f.server(), recall).await.unwrap();
        f.settle().await;
    };
    let going_on = begin(&f, "secret ").await;
    recall(going_on).await;
    assert_eq!(refused(&f, of(going_on, 1, "plan")).await, StreamRefusal::Finished);
    let ended = begin(&f, "secret ").await;
    send(&f, last(of(ended, 1, "plan"))).await.unwrap();
    recall(ended).await;
    let mut bob = f.connect("bob", "webim").await;
    let talk = single("admin", "bob");
    assert_eq!(bob.receive(&talk).await, ["RECALL", "RECALL"]);
    assert!(in_history(&f, "bob").await.is_empty());
}

#[tokio::test]
async fn what_a_stop_interrupts_ends_with_everything_acknowledged() {
    let f = Fixture::with_users(&["bob"]).await;
    let id = begin(&f, "acknow").await;
    f.send(&f.user("bob"), text(to("admin"), "in between")).await;
    send(&f, of(id, 1, "ledged")).await.unwrap();
    let ended = begin(&f, "").await;
    send(&f, last(of(ended, 1, "done"))).await.unwrap();
    let ids = IdGenerator::new(1);
    let restarted = Messaging::new(MessagingOptions {
        store: f.store.clone(),
        platform: f.platform.clone(),
        router: f.router().clone(),
        clock: std::sync::Arc::new(f.clock.clone()),
        ids: std::sync::Arc::new(ids),
        token_key: secrets::token_key(&f.platform).await.unwrap(),
        rooms: hongyan_messaging::rooms::RoomOptions::default(),
        hooks: std::sync::Arc::new(hongyan_messaging::hooks::Unhooked),
        providers: Default::default(),
        outgoing: hongyan_providers::Outgoing::new(Vec::new()).unwrap(),
    });
    let f = Fixture { m: restarted, ..f };
    let shown = async || {
        let page = in_history(&f, "bob").await;
        page.into_iter().filter(|row| row.2 == FULL).collect::<Vec<_>>()
    };
    let expected = [row(id, 2, FULL, 512, "acknowledged"), row(ended, 2, FULL, 0, "done")];
    while shown().await.len() < expected.len() {
        tokio::task::yield_now().await;
    }
    assert_eq!(shown().await, expected);
    assert_eq!(refused(&f, of(id, 2, "late")).await, StreamRefusal::Finished);
}
