//! Muting members of a chat room by their tags: who is silent, until when, and who is not.

use hongyan_messaging::muc::{self, FOREVER, Muting};
use hongyan_messaging::rooms::{self, Joining};
use hongyan_model::{Caller, Feature, MessageId, Muc, Refusal, Result, Room};
use hongyan_msync::proto::MessageBody;
use hongyan_msync::proto::message_body::Type as BodyType;

use crate::fixture::{Fixture, NOW, refusal, strings};
use crate::rooms::new_room;
use crate::uplink::{room_text, text_body, to_room, uplink};

/// A room of alice with bob and carol; dave is outside.
struct Tagged {
    f: Fixture,
    room: Room,
}

impl Tagged {
    async fn new() -> Self {
        let f = Fixture::with_users(&["alice", "bob", "carol", "dave"]).await;
        let new = new_room("alice", &["bob", "carol"]);
        let room = rooms::create(&f.m, &f.server(), new).await.unwrap();
        Self { f, room }
    }

    fn place(&self) -> Muc {
        Muc::Room(self.room.id.clone())
    }

    async fn say(&self, user: &str) -> Result<MessageId> {
        let sent = self.f.submit(&self.f.user(user), room_text(&self.room.id, "x")).await?;
        Ok(sent.id)
    }

    async fn edit(&self, user: &str, message: MessageId) -> Result<()> {
        let body = MessageBody {
            r#type: Some(BodyType::Edit as i32),
            edit_message_id: Some(message.0),
            edit_scope: Some(1),
            ..text_body("y")
        };
        let edit = uplink(to_room(&self.room.id), &body);
        self.f.submit(&self.f.user(user), edit).await.map(|_| ())
    }

    async fn tag_as(&self, by: &Caller, user: &str, tags: &[&str]) -> Result<()> {
        rooms::set_tags(&self.f.m, by, self.room.id.as_str(), user, strings(tags)).await
    }

    async fn tag(&self, user: &str, tags: &[&str]) {
        self.tag_as(&self.f.server(), user, tags).await.unwrap();
    }

    async fn mute_as(&self, by: &Caller, tag: &str, seconds: i64) -> Result<()> {
        rooms::mute_tag(&self.f.m, by, self.room.id.as_str(), tag, seconds).await
    }

    async fn mute(&self, tag: &str, seconds: i64) {
        self.mute_as(&self.f.server(), tag, seconds).await.unwrap();
    }

    async fn leave_and_join(&self, user: &str) {
        let (caller, room) = (self.f.user(user), self.room.id.as_str());
        rooms::leave(&self.f.m, &caller, room).await.unwrap();
        rooms::join(&self.f.m, &caller, room, Joining::default()).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_has_a_muted_tag_is_silent_until_its_time_is_over() {
    let t = Tagged::new().await;
    let before = t.say("bob").await.unwrap();
    t.tag("bob", &["noisy", "new"]).await;
    t.say("bob").await.unwrap();
    t.mute("noisy", 60).await;
    assert_eq!(refusal(t.say("bob").await), Refusal::Muted);
    assert_eq!(refusal(t.edit("bob", before).await), Refusal::Muted);
    t.say("carol").await.unwrap();

    // The mute is the tag's: it comes and goes with it, as far as known from memory.
    t.tag("carol", &["noisy"]).await;
    assert_eq!(refusal(t.say("carol").await), Refusal::Muted);
    t.tag("carol", &[]).await;
    t.say("carol").await.unwrap();

    t.f.clock.advance(59_999);
    assert_eq!(refusal(t.say("bob").await), Refusal::Muted);
    t.f.clock.advance(1);
    t.say("bob").await.unwrap();
    t.mute("new", -1).await;
    t.f.clock.advance(365 * 24 * 3_600_000);
    assert_eq!(refusal(t.say("bob").await), Refusal::Muted);
    t.mute("new", 0).await;
    t.say("bob").await.unwrap();
}

#[tokio::test]
async fn neither_the_allow_list_nor_a_role_below_the_owner_helps() {
    let t = Tagged::new().await;
    for user in ["alice", "bob", "carol"] {
        t.tag(user, &["noisy"]).await;
    }
    t.mute("noisy", -1).await;
    muc::allow(&t.f.m, &t.f.server(), &t.place(), &strings(&["bob"])).await.unwrap();
    muc::promote(&t.f.m, &t.f.server(), &t.place(), "carol").await.unwrap();
    for silent in ["bob", "carol"] {
        assert_eq!(refusal(t.say(silent).await), Refusal::Muted, "{silent}");
    }
    t.say("alice").await.unwrap();
    muc::transfer(&t.f.m, &t.f.server(), &t.place(), "bob").await.unwrap();
    assert_eq!(refusal(t.say("alice").await), Refusal::Muted);
    t.say("bob").await.unwrap();
}

#[tokio::test]
async fn leaving_takes_the_tags_also_of_the_owner() {
    let t = Tagged::new().await;
    for user in ["alice", "bob", "carol"] {
        t.tag(user, &["noisy"]).await;
    }
    t.mute("noisy", -1).await;
    assert_eq!(refusal(t.say("bob").await), Refusal::Muted);
    t.leave_and_join("bob").await;
    t.say("bob").await.unwrap();
    assert_eq!(refusal(t.say("carol").await), Refusal::Muted);
    t.leave_and_join("alice").await;
    muc::transfer(&t.f.m, &t.f.server(), &t.place(), "bob").await.unwrap();
    t.say("alice").await.unwrap();
    // The last one who has it goes, and the mute with the tag.
    t.leave_and_join("carol").await;
    t.tag("carol", &["noisy"]).await;
    t.say("carol").await.unwrap();
}

#[tokio::test]
async fn the_list_of_the_muted_holds_them_too() {
    let t = Tagged::new().await;
    t.tag("alice", &["noisy"]).await;
    t.tag("bob", &["noisy"]).await;
    t.tag("carol", &["noisy"]).await;
    let server = t.f.server();
    muc::mute(&t.f.m, &server, &t.place(), &strings(&["carol"]), 1000).await.unwrap();
    t.mute("noisy", 60).await;
    let row = |user: &str, end| Muting { user: user.to_owned(), expires: Some(end) };
    let muted = async || muc::muted(&t.f.m, &t.f.server(), &t.place()).await.unwrap();
    assert_eq!(muted().await, [row("carol", NOW + 60_000), row("bob", NOW + 60_000)]);
    assert!(muc::is_muted(&t.f.m, &t.f.user("bob"), &t.place(), "bob").await.unwrap());
    let room = t.room.id.as_str();
    let joined = rooms::join(&t.f.m, &t.f.user("bob"), room, Joining::default()).await.unwrap();
    assert_eq!(joined.muted_until, Some(NOW + 60_000));

    // What a tag says is ended by its tag alone; what was said by name stays.
    muc::unmute(&t.f.m, &server, &t.place(), &strings(&["bob"])).await.unwrap();
    assert_eq!(refusal(t.say("bob").await), Refusal::Muted);
    muc::mute(&t.f.m, &server, &t.place(), &strings(&["carol"]), -1).await.unwrap();
    t.mute("noisy", 0).await;
    assert_eq!(muted().await, [row("carol", FOREVER)]);
    t.say("bob").await.unwrap();
    assert_eq!(refusal(t.say("carol").await), Refusal::Muted);
}

#[tokio::test]
async fn tags_are_for_the_customers_server_while_the_app_has_them() {
    let mut t = Tagged::new().await;
    t.tag("bob", &["noisy"]).await;
    t.mute("noisy", -1).await;
    for user in ["alice", "bob"] {
        let caller = t.f.user(user);
        assert_eq!(refusal(t.tag_as(&caller, "bob", &[]).await), Refusal::NotPermitted);
        assert_eq!(refusal(t.mute_as(&caller, "noisy", 0).await), Refusal::NotPermitted);
        let read = rooms::tags(&t.f.m, &caller, t.room.id.as_str(), "bob").await;
        assert_eq!(refusal(read), Refusal::NotPermitted);
    }
    // Another app has no such room.
    let other = Caller { app: t.f.other_app.clone(), ..t.f.server() };
    let nowhere = Refusal::RoomNotFound { room: t.room.id.to_string() };
    assert_eq!(refusal(t.tag_as(&other, "bob", &[]).await), nowhere);
    assert_eq!(refusal(t.mute_as(&other, "noisy", 0).await), nowhere);
    assert_eq!(refusal(t.say("bob").await), Refusal::Muted);

    t.f.switch(Feature::RoomTagMute, false).await;
    let disabled = Refusal::FeatureDisabled { feature: Feature::RoomTagMute };
    assert_eq!(refusal(t.tag_as(&t.f.server(), "bob", &[]).await), disabled);
    t.say("bob").await.unwrap();
    assert_eq!(muc::muted(&t.f.m, &t.f.server(), &t.place()).await.unwrap(), []);
    t.f.switch(Feature::RoomTagMute, true).await;
    assert_eq!(refusal(t.say("bob").await), Refusal::Muted);
}
