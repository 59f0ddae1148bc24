//! Sensitive words.

use hongyan_model::{ChatType, UserId, WordPolicy};
use hongyan_store::words::{
    Added, HitFilter, SENSITIVE, WordHit, add, all, clear, count, forget_hits, hits, note_hit,
    page, remove,
};

use crate::{NOW, on_every_engine};

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[tokio::test]
async fn an_app_has_so_many_words_each_once() {
    on_every_engine(|f| async move {
        let (first, second) = (f.app("one").await, f.app("two").await);
        let (app, other) = ((first, SENSITIVE), (second, SENSITIVE));
        let given = strings(&["b", "坏词", "b", "50%"]);
        let done = add(&f.store, app, &given, 3, NOW).await.unwrap();
        assert_eq!(done, Added { added: 3, duplicate: 1, over_limit: 0 });
        let done = add(&f.store, app, &strings(&["b", "new"]), 3, NOW).await.unwrap();
        assert_eq!(done, Added { added: 0, duplicate: 1, over_limit: 1 });
        assert_eq!(all(&f.store, app).await.unwrap(), ["50%", "b", "坏词"]);
        assert_eq!(count(&f.store, other).await.unwrap(), 0);
        let keywords = (first, 7);
        assert_eq!(add(&f.store, keywords, &strings(&["b"]), 1, NOW).await.unwrap().added, 1);
        let found = async |search, after| {
            let found = page(&f.store, app, search, after, 2).await.unwrap();
            found.into_iter().map(|word| word.word).collect::<Vec<_>>()
        };
        assert_eq!(found("", None).await, ["50%", "b"]);
        assert_eq!(found("", Some("b")).await, ["坏词"]);
        assert_eq!(found("%", None).await, ["50%"]);
        assert!(found("_", None).await.is_empty());
        assert_eq!(remove(&f.store, app, &strings(&["b", "nothing"])).await.unwrap(), 1);
        assert_eq!(clear(&f.store, app).await.unwrap(), 2);
        assert_eq!(count(&f.store, app).await.unwrap(), 0);
        assert_eq!(all(&f.store, keywords).await.unwrap(), ["b"]);
    })
    .await;
}

#[tokio::test]
async fn hits_are_listed_from_new_to_old() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let hit = |id: u64, sender: &str, verdict| WordHit {
            id,
            time: NOW + i64::try_from(id).unwrap(),
            sender: UserId::from_trusted(sender),
            target: "bob".into(),
            chat: ChatType::Group,
            edit: true,
            text: "有坏词".into(),
            words: strings(&["坏词"]),
            verdict,
        };
        let first = hit(1, "alice", WordPolicy::Block);
        note_hit(&f.store, app, &first).await.unwrap();
        note_hit(&f.store, app, &hit(2, "carol", WordPolicy::Record)).await.unwrap();
        let found = async |filter: HitFilter, before| {
            let found = hits(&f.store, app, &filter, before, 10).await.unwrap();
            found.into_iter().map(|hit| hit.id).collect::<Vec<_>>()
        };
        let any = HitFilter::default;
        assert_eq!(found(any(), None).await, [2, 1]);
        assert_eq!(found(any(), Some(2)).await, [1]);
        assert_eq!(found(HitFilter { sender: Some("alice".into()), ..any() }, None).await, [1]);
        assert_eq!(
            found(HitFilter { verdict: Some(WordPolicy::Record), ..any() }, None).await,
            [2]
        );
        assert_eq!(found(HitFilter { from: Some(NOW + 2), ..any() }, None).await, [2]);
        assert_eq!(hits(&f.store, app, &any(), Some(2), 10).await.unwrap(), [first]);
        assert!(hits(&f.store, other, &any(), None, 10).await.unwrap().is_empty());
        assert_eq!(forget_hits(&f.store, NOW + 2, 10).await.unwrap(), 1);
        assert_eq!(found(any(), None).await, [2]);
    })
    .await;
}
