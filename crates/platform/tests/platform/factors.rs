//! Second factors: authenticator app, recovery codes, mailed codes, and what they protect.

use hongyan_model::{Factor, Result, StaffRefusal, Timestamp};
use hongyan_platform::accounts::{self, Login, SecondFactor, finish_login};
use hongyan_platform::factors;
use hongyan_platform::sessions::{self, NewSession, Session};
use totp_rs::{Builder, Secret};

use crate::NOW;
use crate::world::{CLIENT, MINUTE, PASSWORD, World, invalid, staff_refusal};

impl World {
    /// Binds an app with login protection; answers its secret and the recovery codes.
    async fn bind(&self, session: &Session) -> (String, Vec<String>) {
        factors::verify(&self.p, session, Factor::Password, PASSWORD).await.unwrap();
        let session = self.refreshed(session).await;
        let offer = factors::begin_totp(&self.p, &session).await.unwrap();
        assert!(
            offer.url.starts_with("otpauth://totp/Hongyan:acme%40host?secret="),
            "{}",
            offer.url
        );
        let code = self.app_code(&offer.secret, 0);
        let confirm = factors::confirm_totp(&self.p, &session, &offer.ticket, &code, true, false);
        (offer.secret, confirm.await.unwrap())
    }

    /// The session as a later request finds it, after a verification.
    async fn refreshed(&self, session: &Session) -> Session {
        let staff = hongyan_platform::staff::find(&self.p, session.staff.id).await.unwrap();
        let mut session = session.clone();
        session.staff = staff.unwrap();
        session.verified_until = Some(self.now() + 10 * MINUTE);
        session
    }

    fn now(&self) -> Timestamp {
        hongyan_model::Clock::now(&self.clock)
    }

    /// What the app shows, `steps` from now.
    fn app_code(&self, secret: &str, steps: i64) -> String {
        let secret = Secret::try_from_base32(secret).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        let seconds = self.now() / 1000 + steps * 30;
        totp.generate(u64::try_from(seconds).unwrap()).to_string()
    }

    async fn second_factor(&self) -> SecondFactor {
        match self.login("acme@host", PASSWORD).await.unwrap() {
            Login::SecondFactor(second) => second,
            Login::SignedIn(_) => panic!("not asked for a second factor"),
        }
    }

    async fn finish(&self, ticket: &str, factor: Factor, code: &str) -> Result<NewSession> {
        finish_login(&self.p, ticket, factor, code, CLIENT).await
    }
}

#[tokio::test]
async fn a_login_asks_for_the_apps_code_which_serves_once() {
    let w = World::new().await;
    let (secret, _) = w.bind(&w.register("acme").await).await;
    let second = w.second_factor().await;
    assert_eq!(second.factors, [Factor::Totp, Factor::Recovery]);
    assert_eq!(second.email_hint, "a***@host");

    // The code of the binding is used.
    let used = w.app_code(&secret, 0);
    let again = w.finish(&second.ticket, Factor::Totp, &used).await;
    assert_eq!(staff_refusal(again), StaffRefusal::WrongCode);
    // Clocks may differ by a step, not by two.
    let early = w.finish(&second.ticket, Factor::Totp, &w.app_code(&secret, 2)).await;
    assert_eq!(staff_refusal(early), StaffRefusal::WrongCode);
    let next = w.app_code(&secret, 1);
    let new = w.finish(&second.ticket, Factor::Totp, &next).await.unwrap();
    assert!(new.session.staff.totp_bound);
    // A factor was just shown.
    sessions::require_fresh(&w.p, &w.authenticate(&new.token).await.unwrap()).unwrap();

    let replayed = w.finish(&second.ticket, Factor::Totp, &next).await;
    assert_eq!(staff_refusal(replayed), StaffRefusal::WrongCode);
    w.clock.advance(60_000);
    let late = w.app_code(&secret, -1);
    let older = w.finish(&second.ticket, Factor::Totp, &late).await;
    assert_eq!(staff_refusal(older), StaffRefusal::WrongCode, "a step before one that was used");
    w.finish(&second.ticket, Factor::Totp, &w.app_code(&secret, 0)).await.unwrap();
}

#[tokio::test]
async fn a_login_waits_for_its_factor_ten_minutes_and_for_one_password() {
    let w = World::new().await;
    let session = w.register("acme").await;
    let (secret, _) = w.bind(&session).await;
    let second = w.second_factor().await;
    for forged in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let refused = w.finish(forged, Factor::Totp, "000000").await;
        assert_eq!(staff_refusal(refused), StaffRefusal::SignedOut);
    }
    w.clock.advance(10 * MINUTE);
    let late = w.finish(&second.ticket, Factor::Totp, &w.app_code(&secret, 0)).await;
    assert_eq!(staff_refusal(late), StaffRefusal::SignedOut);

    let second = w.second_factor().await;
    accounts::change_password(&w.p, &session, PASSWORD, "another-1").await.unwrap();
    let outdated = w.finish(&second.ticket, Factor::Totp, &w.app_code(&secret, 0)).await;
    assert_eq!(staff_refusal(outdated), StaffRefusal::SignedOut);
}

#[tokio::test]
async fn codes_cannot_be_guessed() {
    let w = World::new().await;
    let (secret, _) = w.bind(&w.register("acme").await).await;
    let second = w.second_factor().await;
    w.clock.advance(MINUTE);
    let right = w.app_code(&secret, 0);
    for _ in 0..10 {
        let wrong = if right == "000000" { "000001" } else { "000000" };
        let refused = w.finish(&second.ticket, Factor::Totp, wrong).await;
        assert_eq!(staff_refusal(refused), StaffRefusal::WrongCode);
    }
    let locked = w.finish(&second.ticket, Factor::Totp, &right).await;
    assert!(matches!(staff_refusal(locked), StaffRefusal::TooSoon { .. }));
}

#[tokio::test]
async fn a_recovery_code_serves_once_however_it_is_typed() {
    let w = World::new().await;
    let session = w.register("acme").await;
    let (_, codes) = w.bind(&session).await;
    assert_eq!(codes.len(), 10);
    let ticket = w.second_factor().await.ticket;
    let typed = format!(" {} ", codes[0].to_uppercase().replace('-', " "));
    let new = w.finish(&ticket, Factor::Recovery, &typed).await.unwrap();
    assert_eq!(accounts::security(&w.p, &new.session).await.unwrap().recovery_codes_left, 9);
    let again = w.finish(&ticket, Factor::Recovery, &codes[0]).await;
    assert_eq!(staff_refusal(again), StaffRefusal::WrongCode);

    let renewed = factors::renew_recovery_codes(&w.p, &new.session).await.unwrap();
    let old = w.finish(&ticket, Factor::Recovery, &codes[1]).await;
    assert_eq!(staff_refusal(old), StaffRefusal::WrongCode);
    w.finish(&ticket, Factor::Recovery, &renewed[1]).await.unwrap();
}

#[tokio::test]
async fn binding_needs_a_fresh_verification_and_the_offered_secret() {
    let w = World::new().await;
    let session = w.register("acme").await;
    assert_eq!(
        staff_refusal(factors::begin_totp(&w.p, &session).await),
        StaffRefusal::VerificationRequired { factors: vec![Factor::Password] }
    );
    let wrong = factors::verify(&w.p, &session, Factor::Password, "wrong-guess").await;
    assert_eq!(staff_refusal(wrong), StaffRefusal::WrongCode);
    let until = factors::verify(&w.p, &session, Factor::Password, PASSWORD).await.unwrap();
    assert_eq!(until, NOW + 10 * MINUTE);
    let verified = w.refreshed(&session).await;
    let offer = factors::begin_totp(&w.p, &verified).await.unwrap();

    let confirm = async |session: &Session, ticket: &str, code: &str| {
        factors::confirm_totp(&w.p, session, ticket, code, false, true).await
    };
    let code = w.app_code(&offer.secret, 0);
    let unverified = confirm(&session, &offer.ticket, &code).await;
    assert!(matches!(staff_refusal(unverified), StaffRefusal::VerificationRequired { .. }));
    assert_eq!(
        staff_refusal(confirm(&verified, &offer.ticket, "12345").await),
        StaffRefusal::WrongCode
    );
    assert_eq!(staff_refusal(confirm(&verified, "x", &code).await), StaffRefusal::LinkInvalid);
    // Somebody else's offer is not for this account.
    let other = w.register("other").await;
    factors::verify(&w.p, &other, Factor::Password, PASSWORD).await.unwrap();
    let other = w.refreshed(&other).await;
    let foreign = confirm(&other, &offer.ticket, &code).await;
    assert_eq!(staff_refusal(foreign), StaffRefusal::LinkInvalid);

    confirm(&verified, &offer.ticket, &code).await.unwrap();
    let bound = w.refreshed(&session).await;
    let settings = accounts::security(&w.p, &bound).await.unwrap();
    assert!(settings.totp_bound && settings.operation_protection && !settings.login_protection);
    assert_eq!(staff_refusal(factors::begin_totp(&w.p, &bound).await), StaffRefusal::FactorState);
}

#[tokio::test]
async fn unbinding_ends_login_protection_where_nothing_else_can_be_asked_for() {
    let w = World::new().await;
    let session = w.register("acme").await;
    w.bind(&session).await;
    let bound = w.refreshed(&session).await;
    assert!(bound.staff.login_protection);
    let mut stale = bound.clone();
    stale.verified_until = None;
    assert!(matches!(
        staff_refusal(factors::unbind_totp(&w.p, &stale).await),
        StaffRefusal::VerificationRequired { .. }
    ));
    factors::unbind_totp(&w.p, &bound).await.unwrap();
    let session = w.sign_in("acme@host", PASSWORD).await;
    assert!(!session.staff.totp_bound && !session.staff.login_protection);
    assert_eq!(
        staff_refusal(factors::unbind_totp(&w.p, &session).await),
        StaffRefusal::FactorState
    );
}

#[tokio::test]
async fn operation_protection_asks_for_a_factor_every_ten_minutes() {
    let w = World::new().await;
    w.register("acme").await;
    let token = w.token("acme@host", PASSWORD).await;
    let session = w.authenticate(&token).await.unwrap();
    sessions::require_verified(&w.p, &session).unwrap();
    accounts::set_protection(&w.p, &session, None, Some(true)).await.unwrap();

    let session = w.authenticate(&token).await.unwrap();
    let asked = || StaffRefusal::VerificationRequired { factors: vec![Factor::Password] };
    assert_eq!(staff_refusal(sessions::require_verified(&w.p, &session)), asked());
    let change = accounts::change_password(&w.p, &session, PASSWORD, "another-1").await;
    assert_eq!(staff_refusal(change), asked());
    let off = accounts::set_protection(&w.p, &session, None, Some(false)).await;
    assert_eq!(staff_refusal(off), asked());

    factors::verify(&w.p, &session, Factor::Password, PASSWORD).await.unwrap();
    let session = w.authenticate(&token).await.unwrap();
    assert_eq!(session.verified_until, Some(NOW + 10 * MINUTE));
    sessions::require_verified(&w.p, &session).unwrap();
    w.clock.advance(10 * MINUTE);
    let session = w.authenticate(&token).await.unwrap();
    assert_eq!(staff_refusal(sessions::require_verified(&w.p, &session)), asked());
    // Another session of the account was not verified.
    let other = w.sign_in("acme@host", PASSWORD).await;
    assert_eq!(staff_refusal(sessions::require_verified(&w.p, &other)), asked());
}

#[tokio::test]
async fn login_protection_needs_something_to_ask_for() {
    let w = World::new().await;
    let session = w.register("acme").await;
    let refused = accounts::set_protection(&w.p, &session, Some(true), None).await;
    assert_eq!(staff_refusal(refused), StaffRefusal::NoSecondFactor);
    let refused = factors::verify(&w.p, &session, Factor::Email, "000000").await;
    assert_eq!(invalid(refused), "factor");
    assert_eq!(invalid(factors::send_code(&w.p, &session).await), "factor");
}

#[tokio::test]
async fn without_an_app_the_second_factor_is_a_mailed_code() {
    let w = World::with_mail().await;
    let session = w.register("acme").await;
    let mail = w.mail.as_ref().unwrap();
    accounts::verify_email(&w.p, &mail.next().await.token(), CLIENT).await.unwrap();
    let session = w.refreshed(&session).await;
    accounts::set_protection(&w.p, &session, Some(true), Some(true)).await.unwrap();

    let second = w.second_factor().await;
    assert_eq!(second.factors, [Factor::Email]);
    let code = mail.next().await.code();
    // For the login, not for operations.
    let misused = factors::verify(&w.p, &session, Factor::Email, &code).await;
    assert_eq!(staff_refusal(misused), StaffRefusal::WrongCode);
    let too_soon = accounts::send_code(&w.p, &second.ticket).await;
    assert!(matches!(staff_refusal(too_soon), StaffRefusal::TooSoon { .. }));
    w.finish(&second.ticket, Factor::Email, &code).await.unwrap();
    let again = w.finish(&second.ticket, Factor::Email, &code).await;
    assert_eq!(staff_refusal(again), StaffRefusal::WrongCode);

    w.clock.advance(MINUTE);
    accounts::send_code(&w.p, &second.ticket).await.unwrap();
    let code = mail.next().await.code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let refused = w.finish(&second.ticket, Factor::Email, wrong).await;
        assert_eq!(staff_refusal(refused), StaffRefusal::WrongCode);
    }
    let spent = w.finish(&second.ticket, Factor::Email, &code).await;
    assert_eq!(staff_refusal(spent), StaffRefusal::WrongCode, "all tries are used");

    factors::send_code(&w.p, &session).await.unwrap();
    let code = mail.next().await.code();
    w.clock.advance(10 * MINUTE);
    let late = factors::verify(&w.p, &session, Factor::Email, &code).await;
    assert_eq!(staff_refusal(late), StaffRefusal::WrongCode, "ten minutes are over");
    factors::send_code(&w.p, &session).await.unwrap();
    let code = mail.next().await.code();
    factors::verify(&w.p, &session, Factor::Email, &code).await.unwrap();
}
