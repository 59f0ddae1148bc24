//! Sessions, links of mails, second factors.

use hongyan_model::StaffId;
use hongyan_store::staff_links::{self, NewLink};
use hongyan_store::staff_sessions::{self, SessionRow};
use hongyan_store::{staff, staff_factors};

use crate::staff::found;
use crate::{NOW, on_every_engine};

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn a_session_is_found_used_verified_and_ended() {
    on_every_engine(|f| async move {
        let (_, id) = found(&f.store, "acme").await;
        for token in 1..=3u8 {
            staff_sessions::insert(&f.store, &[token], id, 0, NOW + 5).await.unwrap();
        }
        assert_eq!(staff::find(&f.store, id).await.unwrap().unwrap().last_login, Some(NOW + 5));
        let find = async |token: u8| staff_sessions::find(&f.store, &[token]).await.unwrap();
        let fresh = SessionRow { staff: id, created: NOW + 5, seen: NOW + 5, verified_until: 0 };
        assert_eq!(find(1).await, Some(fresh.clone()));
        assert_eq!(find(9).await, None);

        staff_sessions::touch(&f.store, &[1], NOW + MINUTE).await.unwrap();
        staff_sessions::set_verified(&f.store, &[1], NOW + 2 * MINUTE).await.unwrap();
        let used =
            SessionRow { seen: NOW + MINUTE, verified_until: NOW + 2 * MINUTE, ..fresh.clone() };
        assert_eq!(find(1).await, Some(used.clone()));
        assert_eq!(find(2).await, Some(fresh));

        staff_sessions::delete(&f.store, &[2]).await.unwrap();
        assert_eq!(find(2).await, None);
        staff_sessions::delete_of(&f.store, id, Some(&[1])).await.unwrap();
        assert_eq!((find(1).await, find(3).await), (Some(used), None));
        staff_sessions::delete_of(&f.store, id, None).await.unwrap();
        assert_eq!(find(1).await, None);
    })
    .await;
}

#[tokio::test]
async fn what_has_ended_is_pruned() {
    on_every_engine(|f| async move {
        let (_, id) = found(&f.store, "acme").await;
        for (token, created) in [(1u8, NOW), (2, NOW + MINUTE), (3, NOW + 2 * MINUTE)] {
            staff_sessions::insert(&f.store, &[token], id, 0, created).await.unwrap();
        }
        staff_sessions::touch(&f.store, &[1], NOW + 9 * MINUTE).await.unwrap();
        staff_links::insert(&f.store, &link(id, 7, NOW, NOW + MINUTE), 0).await.unwrap();
        let put = staff_factors::put_code(&f.store, id, "login", &[1], NOW, NOW, NOW + MINUTE);
        assert!(put.await.unwrap());

        // 1 is too old, 2 was not used for too long.
        let (idle, oldest, now) = (NOW + MINUTE + 1, NOW + 1, NOW + 2 * MINUTE);
        staff_sessions::prune(&f.store, idle, oldest, now).await.unwrap();
        for (token, there) in [(1u8, false), (2, false), (3, true)] {
            let found = staff_sessions::find(&f.store, &[token]).await.unwrap();
            assert_eq!(found.is_some(), there, "{token}");
        }
        assert_eq!(staff_links::take(&f.store, &[7], "verify", NOW).await.unwrap(), None);
        assert_eq!(staff_factors::try_code(&f.store, id, "login", 5, NOW).await.unwrap(), None);
    })
    .await;
}

fn link(staff: StaffId, token: u8, created: i64, expires: i64) -> NewLink {
    let email = "acme@host".to_owned();
    NewLink { token_hash: vec![token], staff, purpose: "verify", email, created, expires }
}

#[tokio::test]
async fn a_link_works_once_in_its_time_and_for_its_purpose() {
    on_every_engine(|f| async move {
        let (_, id) = found(&f.store, "acme").await;
        let insert = async |token, created| {
            let link = link(id, token, created, created + 10 * MINUTE);
            staff_links::insert(&f.store, &link, created - MINUTE).await.unwrap()
        };
        assert!(insert(1, NOW).await);
        assert!(!insert(2, NOW + MINUTE - 1).await);
        assert!(insert(3, NOW + MINUTE).await);

        let take = async |token: u8, purpose: &str, now| {
            staff_links::take(&f.store, &[token], purpose, now).await.unwrap()
        };
        assert_eq!(take(1, "reset", NOW).await, None);
        assert_eq!(take(1, "verify", NOW + 10 * MINUTE).await, None);
        assert_eq!(take(1, "verify", NOW).await, Some((id, "acme@host".to_owned())));
        assert_eq!(take(1, "verify", NOW).await, None);
        staff_links::drop_all(&f.store, id, "verify").await.unwrap();
        assert_eq!(take(3, "verify", NOW).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_mailed_code_has_its_tries() {
    on_every_engine(|f| async move {
        let (_, id) = found(&f.store, "acme").await;
        let put = async |code: u8, now| {
            let (sealed, before) = ([code], now - MINUTE);
            let expires = now + 10 * MINUTE;
            let put = staff_factors::put_code(&f.store, id, "login", &sealed, before, now, expires);
            put.await.unwrap()
        };
        let take =
            async |now| staff_factors::try_code(&f.store, id, "login", 2, now).await.unwrap();
        assert!(put(1, NOW).await);
        assert!(!put(2, NOW + 1).await);
        assert_eq!(take(NOW + 10 * MINUTE).await, None);
        assert_eq!(take(NOW).await, Some(vec![1]));
        assert_eq!(take(NOW).await, Some(vec![1]));
        assert_eq!(take(NOW).await, None);
        // A new one has tries of its own.
        assert!(put(2, NOW + MINUTE).await);
        assert_eq!(take(NOW).await, Some(vec![2]));
        assert_eq!(staff_factors::try_code(&f.store, id, "other", 2, NOW).await.unwrap(), None);
        assert!(staff_factors::take_code(&f.store, id, "login").await.unwrap());
        assert!(!staff_factors::take_code(&f.store, id, "login").await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn steps_and_recovery_codes_are_used_once() {
    on_every_engine(|f| async move {
        let (_, id) = found(&f.store, "acme").await;
        let hashes = [vec![1], vec![2]];
        staff_factors::set_totp(&f.store, id, Some(&[7]), 100, &hashes).await.unwrap();
        let row = staff::find(&f.store, id).await.unwrap().unwrap();
        assert_eq!(row.totp_secret, Some(vec![7]));
        let step = async |step| staff::use_totp_step(&f.store, id, step).await.unwrap();
        assert_eq!((step(100).await, step(99).await), (false, false));
        assert_eq!((step(101).await, step(101).await), (true, false));

        let take = async |code: u8| {
            staff_factors::take_recovery_code(&f.store, id, &[code]).await.unwrap()
        };
        let left = async || staff_factors::recovery_codes_left(&f.store, id).await.unwrap();
        assert_eq!(left().await, 2);
        assert_eq!((take(1).await, take(1).await, left().await), (true, false, 1));
        staff_factors::set_recovery_codes(&f.store, id, &[vec![3], vec![4], vec![5]])
            .await
            .unwrap();
        assert_eq!((take(2).await, left().await), (false, 3));
        staff_factors::set_totp(&f.store, id, None, 0, &[]).await.unwrap();
        assert_eq!(left().await, 0);
    })
    .await;
}
