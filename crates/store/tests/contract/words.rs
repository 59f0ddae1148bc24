//! Sensitive words.

use hongyan_model::{AppId, ChatType, IdGenerator, UserId, WordPolicy};
use hongyan_store::Store;
use hongyan_store::words::{
    Added, Addition, Change, HitFilter, NewWords, SENSITIVE, Word, WordHit, add, add_all, all,
    change, clear, count, forget_hits, hits, note_hit, page, remove, remove_by_ids, search,
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
        let ids = IdGenerator::new(0);
        let give = async |list, words: &[String], most| {
            let new = NewWords { words, by: "", most, now: NOW, ids: &ids };
            add(&f.store, list, new).await.unwrap()
        };
        let done = give(app, &given, 3).await;
        assert_eq!(done, Added { added: 3, duplicate: 1, over_limit: 0 });
        let done = give(app, &strings(&["b", "new"]), 3).await;
        assert_eq!(done, Added { added: 0, duplicate: 1, over_limit: 1 });
        assert_eq!(all(&f.store, app).await.unwrap(), ["50%", "b", "坏词"]);
        assert_eq!(count(&f.store, other).await.unwrap(), 0);
        let keywords = (first, 7);
        let done = give(keywords, &strings(&["b", "b"]), 1).await;
        assert_eq!((done.added, done.duplicate), (1, 1));
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

/// Adds words as the customer's server does, at most four.
async fn give(store: &Store, list: (AppId, i64), words: &[&str], by: &str) -> Addition {
    let (words, ids) = (strings(words), IdGenerator::new(0));
    // Ids of an earlier generator are not made again.
    ids.start_after(hongyan_model::MessageId(newest(store, list).await));
    let new = NewWords { words: &words, by, most: 4, now: NOW, ids: &ids };
    add_all(store, list, new).await.unwrap()
}

async fn newest(store: &Store, list: (AppId, i64)) -> u64 {
    let (words, _) = search(store, list, "", (0, 1)).await.unwrap();
    words.first().map_or(0, |word| word.id)
}

#[tokio::test]
async fn words_have_ids_and_are_added_all_or_not_at_all() {
    on_every_engine(|f| async move {
        let (first, second) = (f.app("one").await, f.app("two").await);
        let list = (first, 7);
        let Addition::Done(words) = give(&f.store, list, &["b", "a", "b"], "alice").await else {
            panic!("not added")
        };
        let [b, a] = <[Word; 2]>::try_from(words).unwrap();
        assert_eq!((&*b.word, &*b.by, b.added, b.updated), ("b", "alice", NOW, NOW));
        assert!(a.id > b.id);
        let found = async |list, search_for: &str, place| {
            let (words, total) = search(&f.store, list, search_for, place).await.unwrap();
            (words.into_iter().map(|word| word.word).collect::<Vec<_>>(), total)
        };
        let some = |words: &[&str], total| (strings(words), total);
        assert_eq!(found(list, "", (0, 9)).await, some(&["a", "b"], 2));

        // What is there stays as it was; without anything new nothing is done.
        assert_eq!(give(&f.store, list, &["b", "a"], "bob").await, Addition::AllThere);
        let Addition::Done(words) = give(&f.store, list, &["b", "Abc"], "bob").await else {
            panic!("not added")
        };
        assert_eq!((&words[0], &*words[1].by), (&b, "bob"));
        assert_eq!(give(&f.store, list, &["a", "d", "e"], "").await, Addition::OverLimit);
        assert_eq!(found(list, "", (0, 2)).await, some(&["Abc", "a"], 3));
        assert_eq!(found(list, "", (2, 2)).await, some(&["b"], 3));
        assert_eq!(found(list, "aB", (0, 9)).await, some(&["Abc"], 1));
        assert_eq!(found(list, "%", (0, 9)).await, some(&[], 0));
        for elsewhere in [(first, 8), (second, 7)] {
            assert_eq!(found(elsewhere, "", (0, 9)).await, some(&[], 0));
            let none = change(&f.store, elsewhere, b.id, ("x", ""), NOW).await.unwrap();
            assert_eq!(none, Change::NotFound);
            assert_eq!(remove_by_ids(&f.store, elsewhere, &[a.id, b.id]).await.unwrap(), 0);
        }

        let taken = change(&f.store, list, b.id, ("a", ""), NOW).await.unwrap();
        assert_eq!(taken, Change::Taken);
        let changed = change(&f.store, list, b.id, ("bee", "carol"), NOW + 5).await.unwrap();
        let bee = Word { word: "bee".into(), by: "carol".into(), updated: NOW + 5, ..b.clone() };
        assert_eq!(changed, Change::Done(bee));
        // Its own word is not taken.
        let same = change(&f.store, list, b.id, ("bee", ""), NOW + 6).await.unwrap();
        assert!(matches!(same, Change::Done(_)));
        assert_eq!(remove_by_ids(&f.store, list, &[b.id, 5, b.id]).await.unwrap(), 1);
        assert_eq!(all(&f.store, list).await.unwrap(), ["Abc", "a"]);
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
