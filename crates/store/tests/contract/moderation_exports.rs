//! Exports of records of moderation.

use hongyan_model::{AppId, ChatType, ModeratedKind, ModerationAct, Outcome};
use hongyan_store::moderation::RecordFilter;
use hongyan_store::moderation_exports::{
    Export, ExportState, end, expired, insert, page, put_off, release, remove, take,
};

use crate::{NOW, on_every_engine};

fn export(app: AppId, id: u64) -> Export {
    Export {
        app,
        id,
        uuid: format!("uuid-{id}"),
        filter: RecordFilter {
            sender: "alice".into(),
            target: "bob".into(),
            chat: Some(ChatType::Group),
            kind: Some(ModeratedKind::Video),
            outcome: Some(Outcome::Suspect),
            act: Some(ModerationAct::Recall),
            from: Some(NOW - 5),
            to: None,
        },
        state: ExportState::Waiting,
        records: 0,
        cut: false,
        bytes: 0,
        created: NOW,
        updated: NOW,
        expires: NOW + 100,
    }
}

#[tokio::test]
async fn an_export_is_taken_until_it_has_ended() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let first = export(app, 1);
        let any = Export { filter: RecordFilter::default(), ..export(other, 2) };
        for export in [&first, &any] {
            assert!(insert(&f.store, export, None).await.unwrap());
        }
        let taken = async |now| take(&f.store, now, now + 10, 9).await.unwrap();
        assert!(taken(NOW - 1).await.is_empty());
        assert_eq!(taken(NOW).await, [(first.clone(), 0), (any.clone(), 0)]);
        assert!(taken(NOW + 9).await.is_empty());
        // Who had taken it says that it is still at it.
        put_off(&f.store, (app, 1), NOW + 20).await.unwrap();
        assert_eq!(taken(NOW + 10).await, [(any.clone(), 1)]);
        release(&f.store, NOW + 11).await.unwrap();
        assert_eq!(taken(NOW + 11).await, [(first.clone(), 1), (any.clone(), 2)]);

        let done = Export {
            state: ExportState::Done,
            records: 3,
            cut: true,
            bytes: 99,
            updated: NOW + 12,
            expires: NOW + 200,
            ..first
        };
        end(&f.store, &done).await.unwrap();
        // It ends once.
        end(&f.store, &Export { state: ExportState::Failed, ..done.clone() }).await.unwrap();
        release(&f.store, NOW + 13).await.unwrap();
        assert_eq!(taken(NOW + 900).await, [(any, 3)]);
        let (found, total) = page(&f.store, app, None, NOW, (0, 9)).await.unwrap();
        assert_eq!((found, total), (vec![done], 1));
    })
    .await;
}

#[tokio::test]
async fn an_app_has_so_many_and_sees_its_own_until_their_time_is_over() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let made = async |app, id| insert(&f.store, &export(app, id), Some(2)).await.unwrap();
        assert!(made(app, 1).await && made(app, 2).await && !made(app, 3).await);
        assert!(made(other, 4).await);
        let ids = async |uuid, now, place| {
            let (found, total) = page(&f.store, app, uuid, now, place).await.unwrap();
            (found.into_iter().map(|export| export.id).collect::<Vec<_>>(), total)
        };
        assert_eq!(ids(None, NOW, (0, 9)).await, (vec![2, 1], 2));
        assert_eq!(ids(None, NOW, (1, 1)).await, (vec![1], 2));
        assert_eq!(ids(Some("uuid-1"), NOW, (0, 9)).await, (vec![1], 1));
        assert_eq!(ids(Some("uuid-4"), NOW, (0, 9)).await, (vec![], 0));
        assert_eq!(ids(None, NOW + 100, (0, 9)).await, (vec![], 0));
        // What is over does not count.
        let later = Export { created: NOW + 100, expires: NOW + 300, ..export(app, 5) };
        assert!(insert(&f.store, &later, Some(2)).await.unwrap());

        assert!(expired(&f.store, NOW + 99, 9).await.unwrap().is_empty());
        let over = expired(&f.store, NOW + 100, 9).await.unwrap();
        assert_eq!(over.iter().map(|export| export.id).collect::<Vec<_>>(), [1, 2, 4]);
        remove(&f.store, (other, 1)).await.unwrap();
        remove(&f.store, (app, 1)).await.unwrap();
        assert_eq!(expired(&f.store, NOW + 100, 9).await.unwrap().len(), 2);
    })
    .await;
}
