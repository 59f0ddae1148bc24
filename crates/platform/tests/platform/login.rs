//! Login, sessions, and what slows guessing down.

use std::net::IpAddr;

use hongyan_model::StaffRefusal;
use hongyan_platform::accounts::{self, Client, Login, LoginAttempt};
use hongyan_platform::challenge::{Challenge, Proof};
use hongyan_platform::{members, sessions};

use crate::NOW;
use crate::world::{CLIENT, MINUTE, PASSWORD, World, new_member, solve, staff_refusal};

const HOUR: i64 = 60 * MINUTE;

impl World {
    async fn guess(&self, email: &str, proof: Option<Proof>) -> StaffRefusal {
        let attempt =
            LoginAttempt { email: email.to_owned(), password: "wrong-guess".to_owned(), proof };
        staff_refusal(accounts::login(&self.p, attempt, CLIENT).await)
    }

    /// Guesses until a challenge comes and then with its solution each time, `times` in all.
    async fn guess_on(&self, email: &str, times: usize) {
        let mut proof = None;
        for _ in 0..times {
            if let StaffRefusal::ChallengeRequired { challenge, difficulty } =
                self.guess(email, proof.take()).await
            {
                proof = Some(solve(&Challenge { challenge, difficulty }));
                assert_eq!(self.guess(email, proof.take()).await, StaffRefusal::LoginFailed);
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_the_same() {
    let w = World::new().await;
    w.register("acme").await;
    for email in ["acme@host", "nobody@host", "no address", ""] {
        assert_eq!(staff_refusal(w.login(email, "wrong-guess").await), StaffRefusal::LoginFailed);
    }
    let session = w.sign_in(" ACME@host", PASSWORD).await;
    assert_eq!((session.staff.email.as_str(), session.staff.last_login), ("acme@host", Some(NOW)));
}

#[tokio::test]
async fn five_failures_ask_for_work_and_ten_lock_for_a_quarter_of_an_hour() {
    let w = World::new().await;
    let admin = w.register("acme").await;
    // The same for an address without an account.
    for email in ["acme@host", "nobody@host"] {
        for _ in 0..5 {
            assert_eq!(w.guess(email, None).await, StaffRefusal::LoginFailed);
        }
        let refused = w.guess(email, None).await;
        assert!(matches!(refused, StaffRefusal::ChallengeRequired { .. }), "{refused:?}");
        w.guess_on(email, 5).await;
        let locked = w.guess(email, None).await;
        assert_eq!(locked, StaffRefusal::TooSoon { retry_after_seconds: 15 * 60 });
    }
    // The right password does not help, until the time is over.
    assert!(matches!(
        staff_refusal(w.login("acme@host", PASSWORD).await),
        StaffRefusal::TooSoon { .. }
    ));
    w.clock.advance(15 * MINUTE - 1);
    assert!(matches!(
        staff_refusal(w.login("acme@host", PASSWORD).await),
        StaffRefusal::TooSoon { retry_after_seconds: 1 }
    ));
    w.clock.advance(1);
    w.sign_in("acme@host", PASSWORD).await;

    let log = w.log(&admin).await;
    let results: Vec<&str> = log.iter().map(|entry| entry.result.as_str()).collect();
    assert_eq!(results.iter().filter(|result| **result == "login_failed").count(), 10);
    let locking = log.iter().find(|entry| entry.result == "login_failed").unwrap();
    assert_eq!((locking.detail.as_str(), locking.ip.as_str()), ("{\"locked\":true}", "192.0.2.1"));
    assert_eq!((locking.module.as_str(), locking.action.as_str()), ("security", "login"));
}

#[tokio::test]
async fn failures_are_forgotten_after_ten_minutes_and_forgiven_by_success() {
    let w = World::new().await;
    w.register("acme").await;
    for _ in 0..5 {
        w.guess("acme@host", None).await;
    }
    w.clock.advance(10 * MINUTE);
    assert_eq!(w.guess("acme@host", None).await, StaffRefusal::LoginFailed);
    w.sign_in("acme@host", PASSWORD).await;
    for _ in 0..5 {
        assert_eq!(w.guess("acme@host", None).await, StaffRefusal::LoginFailed);
    }
}

#[tokio::test]
async fn a_proof_serves_once_and_for_its_own_challenge() {
    let w = World::new().await;
    w.register("acme").await;
    for _ in 0..5 {
        w.guess("acme@host", None).await;
    }
    let proof = w.proof().await;
    let forged = Proof { challenge: "x".to_owned(), nonce: "1".to_owned() };
    let unsolved = Proof { nonce: "x".to_owned(), ..proof.clone() };
    for bad in [forged, unsolved] {
        let refused = w.guess("acme@host", Some(bad)).await;
        assert!(matches!(refused, StaffRefusal::ChallengeRequired { .. }));
    }
    assert_eq!(w.guess("acme@host", Some(proof.clone())).await, StaffRefusal::LoginFailed);
    let again = w.guess("acme@host", Some(proof)).await;
    assert!(matches!(again, StaffRefusal::ChallengeRequired { .. }));
    let old = w.proof().await;
    w.clock.advance(5 * MINUTE);
    let late = w.guess("acme@host", Some(old)).await;
    assert!(matches!(late, StaffRefusal::ChallengeRequired { .. }));
}

#[tokio::test]
async fn guessing_at_many_accounts_is_slowed_down_by_where_it_comes_from() {
    let w = World::new().await;
    let try_from = async |n: u32, ip: [u8; 4]| {
        let attempt = LoginAttempt {
            email: format!("{n}@host"),
            password: "wrong-guess".to_owned(),
            proof: None,
        };
        let client = Client { ip: IpAddr::from(ip) };
        staff_refusal(accounts::login(&w.p, attempt, client).await)
    };
    for n in 0..20 {
        assert_eq!(try_from(n, [10, 0, 0, 1]).await, StaffRefusal::LoginFailed);
    }
    let refused = try_from(99, [10, 0, 0, 1]).await;
    assert!(matches!(refused, StaffRefusal::ChallengeRequired { .. }));
    assert_eq!(try_from(99, [10, 0, 0, 2]).await, StaffRefusal::LoginFailed);
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_one_after_the_other() {
    let w = World::new().await;
    w.register("acme").await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let p = w.p.clone();
            tokio::spawn(async move {
                let attempt = LoginAttempt {
                    email: "acme@host".to_owned(),
                    password: "wrong-guess".to_owned(),
                    proof: None,
                };
                staff_refusal(accounts::login(&p, attempt, CLIENT).await)
            })
        })
        .collect();
    let mut checked = 0;
    for task in tasks {
        checked += usize::from(task.await.unwrap() == StaffRefusal::LoginFailed);
    }
    assert_eq!(checked, 5);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_after_a_week() {
    let w = World::new().await;
    w.register("acme").await;
    let idle = w.token("acme@host", PASSWORD).await;
    let used = w.token("acme@host", PASSWORD).await;
    assert!(w.authenticate("forged").await.is_none());
    for hour in 1..7 * 24 {
        w.clock.advance(HOUR);
        assert!(w.authenticate(&used).await.is_some(), "after {hour} hours");
        if hour == 12 {
            assert!(w.authenticate(&idle).await.is_none());
        }
    }
    w.clock.advance(HOUR);
    assert!(w.authenticate(&used).await.is_none());
}

#[tokio::test]
async fn a_session_ends_by_logging_out() {
    let w = World::new().await;
    w.register("acme").await;
    let (one, two) = (w.token("acme@host", PASSWORD).await, w.token("acme@host", PASSWORD).await);
    let session = w.authenticate(&one).await.unwrap();
    let other = w.authenticate(&two).await.unwrap();
    assert!(session.is_csrf_token(&session.csrf) && !session.is_csrf_token(&other.csrf));
    assert_eq!(session.csrf, w.authenticate(&one).await.unwrap().csrf);
    sessions::end(&w.p, &session).await.unwrap();
    assert!(w.authenticate(&one).await.is_none());
    assert!(w.authenticate(&two).await.is_some());
    sessions::end_all_of(&w.p, other.staff.id, None).await.unwrap();
    assert!(w.authenticate(&two).await.is_none());
}

#[tokio::test]
async fn the_sweep_keeps_what_is_still_good() {
    let w = World::new().await;
    w.register("acme").await;
    let token = w.token("acme@host", PASSWORD).await;
    w.clock.advance(12 * HOUR - 1);
    sessions::sweep(&w.p).await.unwrap();
    assert!(w.authenticate(&token).await.is_some());
}

#[tokio::test]
async fn a_member_logs_in_once_activated_and_changes_its_password_first() {
    let w = World::new().await;
    let admin = w.register("acme").await;
    let new = new_member("dev@host", hongyan_platform::roles::Role::Developer);
    let id = members::create(&w.p, &admin, None, new).await.unwrap().staff.id;
    assert_eq!(staff_refusal(w.login("dev@host", PASSWORD).await), StaffRefusal::NotActivated);
    // Only who knows the password learns of it.
    assert_eq!(staff_refusal(w.login("dev@host", "wrong-guess").await), StaffRefusal::LoginFailed);
    members::activate(&w.p, &admin, None, id).await.unwrap();
    let session = w.sign_in("dev@host", PASSWORD).await;
    assert!(session.staff.must_change_password);
    accounts::change_password(&w.p, &session, PASSWORD, "another-1").await.unwrap();
    assert!(!w.sign_in("dev@host", "another-1").await.staff.must_change_password);
    assert!(matches!(w.login("dev@host", "another-1").await, Ok(Login::SignedIn(_))));
}
