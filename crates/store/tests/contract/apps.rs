//! Organisations, apps, staff, secrets, and the opening of the store.

use hongyan_model::{App, AppId, AppSettings, AppStatus, Authority, Feature, Grant, Plan};
use hongyan_store::{Database, Store, apps, secrets, staff};

use crate::{Fixture, NOW, new_app, on_every_engine};

#[tokio::test]
async fn an_app_is_found_by_name_and_by_number() {
    on_every_engine(|f| async move {
        let app = apps::insert(&f.store, &new_app("org", "one")).await.unwrap().unwrap();
        let second = apps::insert(&f.store, &new_app("org", "two")).await.unwrap().unwrap();
        assert_ne!(app.id, second.id);
        assert_eq!(app.key(), "org#one");
        assert_eq!(app.settings, AppSettings { open_registration: true, ..AppSettings::default() });
        assert_eq!(app.created, NOW);

        assert_eq!(apps::find(&f.store, "org", "one").await.unwrap(), Some(app.clone()));
        assert_eq!(apps::find_by_id(&f.store, app.id).await.unwrap(), Some(app.clone()));
        let secret = apps::secret(&f.store, app.id).await.unwrap();
        assert!(secret == Some(new_app("org", "one").secret));

        assert_eq!(apps::find(&f.store, "org", "three").await.unwrap(), None);
        assert_eq!(apps::find(&f.store, "other", "one").await.unwrap(), None);
        assert_eq!(apps::find_by_id(&f.store, AppId(999)).await.unwrap(), None);
        assert!(apps::secret(&f.store, AppId(999)).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn an_app_is_made_once() {
    on_every_engine(|f| async move {
        let first = apps::insert(&f.store, &new_app("org", "one")).await.unwrap().unwrap();
        let mut again = new_app("org", "one");
        (again.uuid, again.client_id) = ("other".to_owned(), "other".to_owned());
        let taken = apps::insert(&f.store, &again).await.unwrap();
        assert_eq!(taken, Err(apps::NotMade::NameTaken));
        assert_eq!(apps::find(&f.store, "org", "one").await.unwrap(), Some(first));
        // The same name in another organisation is another app.
        assert!(apps::insert(&f.store, &new_app("org2", "one")).await.unwrap().is_ok());
    })
    .await;
}

#[tokio::test]
async fn an_organisation_has_as_many_apps_as_it_may_however_many_ask_at_once() {
    on_every_engine(|f| async move {
        let tasks: Vec<_> = (0..12)
            .map(|n| {
                let store = f.store.clone();
                tokio::spawn(async move {
                    let new = apps::NewApp { most: Some(5), ..new_app("org", &format!("app{n}")) };
                    apps::insert(&store, &new).await.unwrap()
                })
            })
            .collect();
        let mut made = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                Ok(app) => made.push(app),
                Err(why) => assert_eq!(why, apps::NotMade::OrgFull),
            }
        }
        assert_eq!(made.len(), 5);
        // Another organisation's do not count, nor do deleted ones.
        let one_more = |org| apps::NewApp { most: Some(5), ..new_app(org, "more") };
        assert!(apps::insert(&f.store, &one_more("org2")).await.unwrap().is_ok());
        change(&f, made[0].id, |app| app.status = AppStatus::Deleting).await;
        assert!(apps::insert(&f.store, &one_more("org")).await.unwrap().is_ok());
        let told = apps::update(&f.store, made[1].id, NOW, |_, live| {
            assert_eq!(live, 5);
            Err("refused")
        });
        assert_eq!(told.await.unwrap(), Some(Err("refused")));
    })
    .await;
}

#[tokio::test]
async fn everything_that_may_change_of_an_app_is_stored() {
    on_every_engine(|f| async move {
        let app = apps::insert(&f.store, &new_app("org", "one")).await.unwrap().unwrap();
        let changed = change(&f, app.id, |app| {
            app.plan = Plan::Pro;
            app.status = AppStatus::Deleting;
            app.suspended_by = Some(Authority::Operator);
            app.restorable_until = Some(NOW + 5);
            app.features.switches.insert(Feature::FriendCheck, true);
            app.features.grants.insert(Feature::GroupsMax, Grant::Limit(7));
            app.product_name = "Shop 2".to_owned();
            app.description = String::new();
            app.settings.recall_window_ms = 1;
        });
        let changed = changed.await;
        assert_eq!(apps::find(&f.store, "org", "one").await.unwrap(), Some(changed.clone()));
        assert_eq!((changed.modified, changed.created), (NOW + 1, NOW));
        assert_ne!(changed.settings, app.settings);

        let refused = apps::update(&f.store, app.id, NOW + 2, |app, _| {
            app.plan = Plan::Free;
            Err("refused")
        });
        assert_eq!(refused.await.unwrap(), Some(Err("refused")));
        assert_eq!(apps::find(&f.store, "org", "one").await.unwrap(), Some(changed));
        let nothing = apps::update(&f.store, AppId(999), NOW, |_, _| Ok::<_, ()>(()));
        assert!(nothing.await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn changed_and_overdue_apps_are_found() {
    on_every_engine(|f| async move {
        let one = f.app("one").await;
        let (two, three) = (f.app("two").await, f.app("three").await);
        let ids = |apps: Vec<App>| apps.into_iter().map(|app| app.id).collect::<Vec<_>>();
        assert_eq!(ids(apps::all(&f.store).await.unwrap()), [one, three, two]);
        assert!(apps::changed_since(&f.store, NOW + 1).await.unwrap().is_empty());
        for (app, until) in [(two, NOW + 20), (three, NOW + 10)] {
            change(&f, app, |app| {
                app.status = AppStatus::Deleting;
                app.restorable_until = Some(until);
            })
            .await;
        }
        let changed = ids(apps::changed_since(&f.store, NOW + 1).await.unwrap());
        assert!(changed.len() == 2 && !changed.contains(&one));
        let overdue = async |now, limit| ids(apps::overdue(&f.store, now, limit).await.unwrap());
        assert_eq!(overdue(NOW + 9, 10).await, []);
        assert_eq!(overdue(NOW + 10, 10).await, [three]);
        assert_eq!(overdue(NOW + 99, 10).await, [three, two]);
        assert_eq!(overdue(NOW + 99, 1).await, [three]);
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_replaced() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let secret = |n: u8, previous| apps::StoredSecret {
            hash: vec![n],
            sealed: Some(vec![n, n]),
            previous,
        };
        let kept = secret(7, Some((vec![1, 0, 255], NOW + 5)));
        apps::set_secret(&f.store, app, &kept, None, NOW + 1).await.unwrap();
        assert!(apps::secret(&f.store, app).await.unwrap() == Some(kept));
        let found = apps::find_by_id(&f.store, app).await.unwrap().unwrap();
        assert_eq!((found.token_epoch, found.modified), (0, NOW + 1));
        let alone = secret(8, None);
        apps::set_secret(&f.store, app, &alone, Some(3), NOW + 2).await.unwrap();
        assert!(apps::secret(&f.store, app).await.unwrap() == Some(alone));
        assert_eq!(apps::find_by_id(&f.store, app).await.unwrap().unwrap().token_epoch, 3);
    })
    .await;
}

async fn change(f: &Fixture, id: AppId, change: impl FnOnce(&mut App)) -> App {
    let done = apps::update(&f.store, id, NOW + 1, |app, _| {
        change(app);
        Ok::<_, ()>(())
    });
    done.await.unwrap().unwrap().unwrap()
}

#[tokio::test]
async fn many_make_apps_at_once() {
    on_every_engine(|f| async move {
        let tasks: Vec<_> = (0..24)
            .map(|n| {
                let store = f.store.clone();
                tokio::spawn(async move {
                    let mut new = new_app("org", &format!("app{}", n % 8));
                    (new.uuid, new.client_id) = (n.to_string(), n.to_string());
                    apps::insert(&store, &new).await.unwrap().is_ok()
                })
            })
            .collect();
        let mut made = 0;
        for task in tasks {
            made += usize::from(task.await.unwrap());
        }
        assert_eq!(made, 8);
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_made_once_and_stays() {
    on_every_engine(|f| async move {
        let tasks: Vec<_> = (0..8u8)
            .map(|n| {
                let store = f.store.clone();
                tokio::spawn(async move {
                    secrets::get_or_insert(&store, "key", &[n; 32], NOW).await.unwrap()
                })
            })
            .collect();
        let agreed = secrets::get_or_insert(&f.store, "key", &[99; 32], NOW).await.unwrap();
        for task in tasks {
            assert_eq!(task.await.unwrap(), agreed);
        }
        assert_ne!(
            secrets::get_or_insert(&f.store, "other", &[42; 32], NOW).await.unwrap(),
            agreed
        );
    })
    .await;
}

#[tokio::test]
async fn a_second_process_makes_apps_beside_a_running_one() {
    on_every_engine(|f| async move {
        let beside = Store::open_control(f.options.clone()).await.unwrap();
        let app = apps::insert(&beside, &new_app("org", "one")).await.unwrap();
        assert_eq!(apps::find(&f.store, "org", "one").await.unwrap(), app.ok());
        beside.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_stored_survives_a_restart() {
    on_every_engine(|f| async move {
        let app = apps::insert(&f.store, &new_app("org", "one")).await.unwrap();
        f.store.close().await;
        let reopened = Store::open(f.options.clone()).await.unwrap();
        assert_eq!(apps::find(&reopened, "org", "one").await.unwrap(), app.ok());
        reopened.close().await;
    })
    .await;
}

#[tokio::test]
async fn several_processes_may_open_a_new_database_at_once() {
    let folder = tempfile::tempdir().unwrap();
    on_every_engine(|f| {
        let mut options = f.options.clone();
        if let Database::Sqlite { path } = &mut options.database {
            *path = folder.path().join("new/folder/hongyan.db");
        }
        async move {
            let tasks: Vec<_> =
                (0..4).map(|_| tokio::spawn(Store::open_control(options.clone()))).collect();
            for task in tasks {
                let store = task.await.unwrap().unwrap();
                assert!(!staff::any_operator(&store).await.unwrap());
                store.close().await;
            }
        }
    })
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_of_sqlite_are_for_us_only() {
    use std::os::unix::fs::PermissionsExt;
    on_every_engine(|f| async move {
        let Database::Sqlite { .. } = &f.options.database else { return };
        f.app("one").await;
        let mut options = f.options.clone();
        let path = f.options.data_dir.join("private/hongyan.db");
        options.database = Database::Sqlite { path: path.clone() };
        let store = Store::open_control(options).await.unwrap();
        apps::insert(&store, &new_app("org", "one")).await.unwrap().unwrap();
        let mode =
            |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
        store.close().await;
    })
    .await;
}
