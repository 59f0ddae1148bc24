//! Passwords, addresses and the mails about them.

use hongyan_model::{Refusal, StaffRefusal};
use hongyan_platform::accounts::{self, ProfileChange};
use hongyan_platform::mail;
use hongyan_platform::roles::Role;
use hongyan_platform::staff::{self, Language};

use crate::world::{CLIENT, MINUTE, PASSWORD, World, invalid, refusal, staff_refusal};

const HOUR: i64 = 60 * MINUTE;

impl World {
    async fn forgot(&self, email: &str) {
        let proof = self.proof().await;
        accounts::request_reset(&self.p, email, Some(&proof), CLIENT).await.unwrap();
    }
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let w = World::new().await;
    w.register("acme").await;
    let (mine, other) =
        (w.token("acme@host", PASSWORD).await, w.token("acme@host", PASSWORD).await);
    let session = w.authenticate(&mine).await.unwrap();
    let change =
        async |old: &str, new: &str| accounts::change_password(&w.p, &session, old, new).await;
    assert_eq!(refusal(change("wrong-guess", "another-1").await), Refusal::WrongPassword);
    for bad in ["short", "onlysmall", PASSWORD] {
        assert_eq!(invalid(change(PASSWORD, bad).await), "new");
    }
    change(PASSWORD, "another-1").await.unwrap();
    assert!(w.authenticate(&mine).await.is_some());
    assert!(w.authenticate(&other).await.is_none());
    assert_eq!(staff_refusal(w.login("acme@host", PASSWORD).await), StaffRefusal::LoginFailed);
    w.sign_in("acme@host", "another-1").await;
}

#[tokio::test]
async fn a_borrowed_session_cannot_guess_the_password() {
    let w = World::new().await;
    let session = w.register("acme").await;
    for _ in 0..10 {
        let guess = accounts::change_password(&w.p, &session, "wrong-guess", "another-1").await;
        assert_eq!(refusal(guess), Refusal::WrongPassword);
    }
    let locked = accounts::change_password(&w.p, &session, PASSWORD, "another-1").await;
    assert!(matches!(staff_refusal(locked), StaffRefusal::TooSoon { .. }));
}

#[tokio::test]
async fn a_forgotten_password_is_set_by_a_mailed_link_which_works_once() {
    let w = World::with_mail().await;
    let mail = w.mail.as_ref().unwrap();
    w.register("acme").await;
    let verification = mail.next().await.token();
    let token = w.token("acme@host", PASSWORD).await;
    w.forgot("nobody@host").await;
    w.forgot(" ACME@host ").await;
    let received = mail.next().await;
    assert_eq!(received.to, "acme@host");
    let link = received.token();
    assert!(received.text.contains("https://im.test/console/user/reset?token="));

    let reset = async |token: &str, new: &str| accounts::reset(&w.p, token, new, CLIENT).await;
    assert_eq!(staff_refusal(reset(&verification, "another-1").await), StaffRefusal::LinkInvalid);
    assert_eq!(invalid(reset(&link, "short").await), "password");
    reset(&link, "another-1").await.unwrap();
    assert_eq!(staff_refusal(reset(&link, "another-2").await), StaffRefusal::LinkInvalid);
    assert!(w.authenticate(&token).await.is_none());
    let session = w.sign_in("acme@host", "another-1").await;

    // A link is good for an hour.
    w.clock.advance(MINUTE);
    w.forgot("acme@host").await;
    let link = mail.next().await.token();
    w.clock.advance(HOUR);
    assert_eq!(staff_refusal(reset(&link, "another-2").await), StaffRefusal::LinkInvalid);
    // A second mail within a minute is not sent.
    w.forgot("acme@host").await;
    mail.next().await;
    w.forgot("acme@host").await;
    w.register("other").await;
    assert_eq!(mail.next().await.to, "other@host");
    assert!(mail.is_empty().await);
    let log = w.log(&session).await;
    assert!(log.iter().any(|e| (e.action.as_str(), e.result.as_str()) == ("reset_password", "ok")));
}

#[tokio::test]
async fn without_a_mail_server_whoever_forgot_is_told() {
    let w = World::new().await;
    let session = w.register("acme").await;
    assert!(!mail::is_configured(&w.p));
    let proof = w.proof().await;
    let refused = accounts::request_reset(&w.p, "acme@host", Some(&proof), CLIENT).await;
    assert_eq!(staff_refusal(refused), StaffRefusal::MailNotConfigured);
    let refused = accounts::send_verification(&w.p, &session).await;
    assert_eq!(staff_refusal(refused), StaffRefusal::MailNotConfigured);
    // An address then changes at once and stays unverified.
    assert!(!accounts::change_email(&w.p, &session, "new@host").await.unwrap());
    assert!(!w.sign_in("new@host", PASSWORD).await.staff.email_verified);
}

#[tokio::test]
async fn asking_for_a_mail_costs_work() {
    let w = World::with_mail().await;
    let refused = accounts::request_reset(&w.p, "acme@host", None, CLIENT).await;
    assert!(matches!(staff_refusal(refused), StaffRefusal::ChallengeRequired { .. }));
}

#[tokio::test]
async fn an_address_is_verified_by_its_link_within_a_day() {
    let w = World::with_mail().await;
    let mail = w.mail.as_ref().unwrap();
    let session = w.register("acme").await;
    let received = mail.next().await;
    assert_eq!(
        (received.to.as_str(), received.subject.as_str()),
        ("acme@host", "Verify your e-mail address - Hongyan")
    );
    let soon = accounts::send_verification(&w.p, &session).await;
    assert_eq!(staff_refusal(soon), StaffRefusal::TooSoon { retry_after_seconds: 60 });
    w.clock.advance(24 * HOUR);
    let verify = async |token: &str| accounts::verify_email(&w.p, token, CLIENT).await;
    assert_eq!(staff_refusal(verify(&received.token()).await), StaffRefusal::LinkInvalid);
    accounts::send_verification(&w.p, &session).await.unwrap();
    let link = mail.next().await.token();
    verify(&link).await.unwrap();
    assert_eq!(staff_refusal(verify(&link).await), StaffRefusal::LinkInvalid);
    let found = staff::find(&w.p, session.staff.id).await.unwrap().unwrap();
    assert!(found.email_verified);
}

#[tokio::test]
async fn an_address_changes_when_the_new_one_answers() {
    let w = World::with_mail().await;
    let mail = w.mail.as_ref().unwrap();
    let session = w.register("acme").await;
    mail.next().await;
    w.register("other").await;
    mail.next().await;
    w.clock.advance(MINUTE);
    let taken = accounts::change_email(&w.p, &session, "OTHER@host").await;
    assert_eq!(staff_refusal(taken), StaffRefusal::EmailTaken);
    assert!(accounts::change_email(&w.p, &session, "new@host").await.unwrap());
    let received = mail.next().await;
    assert_eq!(received.to, "new@host");
    w.sign_in("acme@host", PASSWORD).await;
    w.forgot("acme@host").await;
    let reset = mail.next().await.token();
    accounts::verify_email(&w.p, &received.token(), CLIENT).await.unwrap();
    assert!(w.sign_in("new@host", PASSWORD).await.staff.email_verified);
    // What was mailed to the address before is worth nothing any more.
    let late = accounts::reset(&w.p, &reset, "another-1", CLIENT).await;
    assert_eq!(staff_refusal(late), StaffRefusal::LinkInvalid);
    assert_eq!(staff_refusal(w.login("acme@host", PASSWORD).await), StaffRefusal::LoginFailed);
}

#[tokio::test]
async fn mails_are_in_the_language_of_the_account() {
    let w = World::with_mail().await;
    let mail = w.mail.as_ref().unwrap();
    let session = w.register("acme").await;
    mail.next().await;
    let chinese = ProfileChange { language: Some(Language::Zh), ..ProfileChange::default() };
    accounts::update_profile(&w.p, &session, chinese).await.unwrap();
    w.forgot("acme@host").await;
    let received = mail.next().await;
    assert!(received.text.contains("请打开下面的链接"), "{}", received.text);
    assert!(received.text.contains("https://im.test/console/user/reset?token="));
    assert!(!received.token().is_empty());
}

#[tokio::test]
async fn a_mail_is_tried_again_until_it_is_taken_or_given_up() {
    let w = World::with_mail().await;
    let mail = w.mail.as_ref().unwrap();
    mail.refuse(&["451 later", "421 later still"]);
    let session = w.register("acme").await;
    mail.next().await;
    w.clock.advance(MINUTE);
    mail.refuse(&["550 no such user"]);
    accounts::send_verification(&w.p, &session).await.unwrap();
    while mail::status(&w.p).failed == 0 {
        tokio::task::yield_now().await;
    }
    let status = mail::status(&w.p);
    assert_eq!((status.sent, status.failed, status.queued), (1, 1, 0));
    assert!(status.last_failure.unwrap().1.contains("no such user"));

    w.clock.advance(MINUTE);
    mail.refuse(&["451 1", "451 2", "451 3", "451 4"]);
    accounts::send_verification(&w.p, &session).await.unwrap();
    while mail::status(&w.p).failed == 1 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert!(mail.is_empty().await);
    // Whoever runs the organisation sees what was given up.
    let failed = async || {
        let log = w.log(&session).await;
        log.into_iter().filter(|e| e.module == "mail" && e.result == "failed").collect::<Vec<_>>()
    };
    while failed().await.len() < 2 {
        tokio::task::yield_now().await;
    }
    let entry = &failed().await[1];
    assert_eq!((entry.action.as_str(), entry.target.as_str()), ("verify_email", "acme@host"));
    assert!(entry.detail.contains("no such user"), "{}", entry.detail);
}

#[tokio::test]
async fn people_say_of_themselves_what_fits() {
    let w = World::new().await;
    let session = w.register("acme").await;
    let change = ProfileChange {
        name: Some("张三".to_owned()),
        phone: Some("+86 10 1234".to_owned()),
        qq: Some("10001".to_owned()),
        company: Some(" 公司 ".to_owned()),
        language: Some(Language::Zh),
    };
    accounts::update_profile(&w.p, &session, change).await.unwrap();
    let find = async || staff::find(&w.p, session.staff.id).await.unwrap().unwrap();
    let changed = find().await;
    assert_eq!((changed.name.as_str(), changed.qq.as_str()), ("张三", "10001"));
    assert_eq!(
        (changed.org.as_ref().unwrap().title.as_str(), changed.language),
        ("公司", Language::Zh)
    );
    accounts::update_profile(&w.p, &session, ProfileChange::default()).await.unwrap();
    assert_eq!(find().await, changed);
    let with = async |change| accounts::update_profile(&w.p, &session, change).await;
    let long = Some("x".repeat(65));
    assert_eq!(invalid(with(ProfileChange { name: long, ..Default::default() }).await), "name");
    let lines = Some("a\nb".to_owned());
    assert_eq!(invalid(with(ProfileChange { phone: lines, ..Default::default() }).await), "phone");
    let letters = Some("12a".to_owned());
    assert_eq!(invalid(with(ProfileChange { qq: letters, ..Default::default() }).await), "qq");
    let empty = Some(" ".to_owned());
    assert_eq!(
        invalid(with(ProfileChange { company: empty, ..Default::default() }).await),
        "company"
    );
    let developer = w.member(&session, Role::Developer, "dev@host").await;
    let mine = ProfileChange { company: Some("Mine".to_owned()), ..Default::default() };
    let refused = accounts::update_profile(&w.p, &developer, mine).await;
    assert_eq!(refusal(refused), Refusal::NotPermitted);
}
