//! Uploads in parts: their places, and who may still add to them.

use hongyan_model::{FileId, UserId};
use hongyan_store::part_uploads::{self, PartUpload, UploadedPart};

use crate::{NOW, on_every_engine};

fn upload(id: &str, owner: Option<&str>, created: i64) -> PartUpload {
    PartUpload {
        id: FileId::from_trusted(id),
        owner: owner.map(|owner| UserId::parse(owner).unwrap()),
        created,
        expires: created + 100,
    }
}

fn part(number: u32, size: u64) -> UploadedPart {
    UploadedPart { number, size }
}

#[tokio::test]
async fn parts_have_places_up_to_a_total() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let begun = upload("u1", Some("alice"), NOW);
        part_uploads::insert(&f.store, app, &begun, 5).await.unwrap();
        let found = async |app| part_uploads::find(&f.store, app, &begun.id).await.unwrap();
        assert_eq!(found(app).await.as_ref(), Some(&begun));
        assert_eq!(found(other).await, None);

        let reserve = async |app, part| {
            part_uploads::reserve(&f.store, app, &begun.id, part, 10).await.unwrap()
        };
        assert!(reserve(app, part(2, 6)).await);
        assert!(!reserve(app, part(1, 5)).await);
        assert!(reserve(app, part(1, 4)).await);
        assert!(reserve(app, part(2, 3)).await, "in place of itself");
        assert!(!reserve(other, part(1, 1)).await);
        let parts = part_uploads::parts(&f.store, app, &begun.id).await.unwrap();
        assert_eq!(parts, [part(1, 4), part(2, 3)]);

        assert!(part_uploads::give_up(&f.store, app, &begun.id).await.unwrap());
        assert!(!part_uploads::give_up(&f.store, app, &begun.id).await.unwrap());
        assert!(!reserve(app, part(1, 1)).await);
        part_uploads::delete(&f.store, app, &begun.id).await.unwrap();
        assert_eq!(found(app).await, None);
        assert_eq!(part_uploads::parts(&f.store, app, &begun.id).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn parts_at_once_do_not_exceed_the_total() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let begun = upload("u1", None, NOW);
        part_uploads::insert(&f.store, app, &begun, 5).await.unwrap();
        let reserve = |number| {
            let (store, id) = (f.store.clone(), begun.id.clone());
            tokio::spawn(async move {
                part_uploads::reserve(&store, app, &id, part(number, 4), 10).await.unwrap()
            })
        };
        let mut taken = 0;
        for attempt in (1..=6).map(reserve).collect::<Vec<_>>() {
            taken += usize::from(attempt.await.unwrap());
        }
        assert_eq!(taken, 2);
    })
    .await;
}

#[tokio::test]
async fn the_oldest_and_the_expired_end() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let begin = async |id: &str, owner, created| {
            part_uploads::insert(&f.store, app, &upload(id, owner, created), 2).await.unwrap();
        };
        begin("a1", Some("alice"), NOW).await;
        begin("b1", Some("bob"), NOW).await;
        begin("s1", None, NOW).await;
        begin("a2", Some("alice"), NOW + 1).await;
        begin("a3", Some("alice"), NOW + 2).await;
        let ended = async |now| {
            let ended = part_uploads::ended(&f.store, now, 10).await.unwrap();
            ended.into_iter().map(|(_, id)| id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ended(NOW + 2).await, ["a1"]);
        assert_eq!(ended(NOW + 100).await, ["a1", "b1", "s1"]);
        let alice = UserId::parse("alice").unwrap();
        part_uploads::give_up_all(&f.store, app, &alice).await.unwrap();
        assert_eq!(ended(NOW + 2).await, ["a1", "a2", "a3"]);
    })
    .await;
}
