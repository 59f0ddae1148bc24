//! Files that groups and chat rooms share.

use hongyan_messaging::files::{self, Upload, Variant};
use hongyan_messaging::muc::{self, SharedFile};
use hongyan_messaging::rooms::{self, NewRoom};
use hongyan_messaging::{groups, users};
use hongyan_model::{Caller, Feature, Muc, Refusal, Result};
use hongyan_msync::proto::muc_body::Operation;

use crate::fixture::{Fixture, new_group, refusal, strings};

/// Alice's group and room with bob and carol, who are online; dave is outside.
async fn with_both() -> (Fixture, [Muc; 2], Vec<crate::fixture::Session>) {
    let f = Fixture::with_users(&["alice", "bob", "carol", "dave"]).await;
    let mut online = Vec::new();
    for user in ["alice", "bob", "carol"] {
        online.push(f.connect(user, &format!("webim_{user}")).await);
    }
    let group = groups::create(&f.m, &f.server(), new_group("alice", &["bob", "carol"])).await;
    let room = NewRoom {
        id: None,
        name: "Lobby".to_owned(),
        description: String::new(),
        custom: String::new(),
        owner: "alice".to_owned(),
        members: strings(&["bob", "carol"]),
        max_users: Some(100),
    };
    let room = rooms::create(&f.m, &f.server(), room).await.unwrap();
    (f, [Muc::Group(group.unwrap().id), Muc::Room(room.id)], online)
}

async fn share(f: &Fixture, by: Caller, muc: &Muc, words: &str) -> Result<SharedFile> {
    let upload = Upload {
        name: "notes.txt".to_owned(),
        content_type: Some("text/plain".to_owned()),
        bytes: words.to_owned().into(),
        restrict: true,
        thumbnail: (None, None),
    };
    muc::share_file(&f.m, &by, muc, upload).await
}

async fn read(f: &Fixture, by: Caller, muc: &Muc, file: &str) -> Result<String> {
    let found = muc::download_file(&f.m, &by, muc, file).await?;
    Ok(String::from_utf8(crate::files::bytes_of(found).await.to_vec()).unwrap())
}

#[tokio::test]
async fn members_share_read_and_remove() {
    let (f, both, _online) = with_both().await;
    for muc in &both {
        let shared = share(&f, f.user("bob"), muc, "hello").await.unwrap();
        f.clock.advance(1);
        let second = share(&f, f.server(), muc, "from the app").await.unwrap();
        let id = shared.file.id.as_str();
        assert_eq!((shared.owner.as_str(), second.owner.as_str()), ("bob", "admin"));
        assert_eq!(read(&f, f.user("carol"), muc, id).await.unwrap(), "hello");
        let stranger = refusal(read(&f, f.user("dave"), muc, id).await);
        assert_eq!(stranger, Refusal::NotInGroup);
        assert_eq!(refusal(share(&f, f.user("dave"), muc, "x").await), Refusal::NotInGroup);

        let page = async |page, size| {
            let found = muc::files(&f.m, &f.user("carol"), muc, page, size).await.unwrap();
            found.iter().map(|shared| shared.file.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(page(1, 1).await, [second.file.id.as_str()], "the newest first");
        assert_eq!(page(2, 1).await, [id]);
        assert!(page(3, 1).await.is_empty());
        // It cannot be had on the way of other attachments, not even with its secret.
        let (dave, secret) = (f.user("dave"), Some(shared.file.secret.as_str()));
        let around =
            files::download(&f.m, &f.app, Some(&dave), id, secret, Variant::Original).await;
        assert_eq!(refusal(around), Refusal::FileNotFound);

        let remove = async |by: Caller, file: &str| muc::remove_file(&f.m, &by, muc, file).await;
        assert_eq!(refusal(remove(f.user("carol"), id).await), Refusal::RoleTooLow);
        remove(f.user("bob"), id).await.unwrap();
        remove(f.user("alice"), second.file.id.as_str()).await.unwrap();
        assert_eq!(refusal(remove(f.user("alice"), id).await), Refusal::FileNotFound);
        assert_eq!(refusal(read(&f, f.user("bob"), muc, id).await), Refusal::FileNotFound);
        assert_eq!(files::sweep(&f.m).await.unwrap(), 2, "the bytes go, too");
    }
    let events = f.events("carol").await;
    let told = |operation| events.iter().filter(|event| event.operation() == operation).count();
    assert_eq!((told(Operation::UploadFile), told(Operation::DeleteFile)), (2, 2));
}

#[tokio::test]
async fn a_file_of_one_group_is_not_in_another() {
    let (f, [group, room], _online) = with_both().await;
    let shared = share(&f, f.user("bob"), &group, "hello").await.unwrap();
    let elsewhere = read(&f, f.user("bob"), &room, shared.file.id.as_str()).await;
    assert_eq!(refusal(elsewhere), Refusal::FileNotFound);
    let nonsense = read(&f, f.user("bob"), &group, "../x").await;
    assert_eq!(refusal(nonsense), Refusal::FileNotFound);
}

#[tokio::test]
async fn shared_files_are_limited_and_expire() {
    let (mut f, [group, _], _online) = with_both().await;
    f.limit(Feature::GroupFilesMax, 1).await;
    let shared = share(&f, f.user("bob"), &group, "hello").await.unwrap();
    let full = Refusal::ListFull { list: "share_files", limit: 1 };
    assert_eq!(refusal(share(&f, f.user("bob"), &group, "more").await), full);
    f.clock.advance(f.app.days(Feature::AttachmentStorageDays));
    let id = shared.file.id.to_string();
    let expired = Refusal::FileExpired { file: id.clone() };
    assert_eq!(refusal(read(&f, f.user("bob"), &group, &id).await), expired);
    assert!(muc::files(&f.m, &f.user("bob"), &group, 1, 10).await.unwrap().is_empty());
    share(&f, f.user("bob"), &group, "what is over makes room").await.unwrap();
    f.limit(Feature::FileBytesMax, 3).await;
    assert_eq!(refusal(share(&f, f.user("bob"), &group, "more").await), Refusal::FileTooLarge);
}

#[tokio::test]
async fn files_outlive_who_shared_them_and_end_with_their_group() {
    let (f, [group, _], _online) = with_both().await;
    let shared = share(&f, f.user("bob"), &group, "hello").await.unwrap();
    let id = shared.file.id.as_str();
    users::delete(&f.m, &f.server(), "bob").await.unwrap();
    assert_eq!(read(&f, f.user("carol"), &group, id).await.unwrap(), "hello");
    // A later user of that name did not share it.
    f.clock.advance(1);
    f.make_user("bob").await;
    groups::add_members(&f.m, &f.server(), group.id(), &strings(&["bob"])).await.unwrap();
    let removed = muc::remove_file(&f.m, &f.user("bob"), &group, id).await;
    assert_eq!(refusal(removed), Refusal::RoleTooLow);
    groups::destroy(&f.m, &f.user("alice"), group.id()).await.unwrap();
    assert_eq!(files::sweep(&f.m).await.unwrap(), 1);
}
