//! Registration, invitations, and the first operator.

use hongyan_model::{Refusal, StaffRefusal};
use hongyan_platform::accounts::{self, OrgKind, Registration, register};
use hongyan_platform::apps::NewApp;
use hongyan_platform::invitations::{self, NewInvite};
use hongyan_platform::organisations::{self, Unavailable};
use hongyan_platform::roles::Role;
use hongyan_platform::staff::{AppGrants, Language};
use hongyan_platform::{RegistrationMode, apps, members, staff};

use crate::world::{CLIENT, MINUTE, PASSWORD, World, account, invalid, refusal, staff_refusal};

const DAY: i64 = 24 * 60 * MINUTE;

fn token(link: &str) -> String {
    link.split_once("?token=").unwrap().1.to_owned()
}

#[tokio::test]
async fn whoever_registers_an_organisation_is_its_super_admin() {
    let w = World::new().await;
    let session = w.register("acme").await;
    let me = &session.staff;
    let org = me.org.as_ref().unwrap();
    assert_eq!((org.name.as_str(), org.title.as_str()), ("acme", "acme Ltd"));
    assert_eq!((me.role, &me.apps, me.language), (Role::SuperAdmin, &AppGrants::All, Language::En));
    assert!(me.activated && !me.email_verified && !me.must_change_password);
    assert_eq!(
        staff_refusal(w.try_register("acme", "b@host").await),
        StaffRefusal::OrganisationExists
    );
    assert_eq!(staff_refusal(w.try_register("other", "acme@HOST").await), StaffRefusal::EmailTaken);
    // An organisation from the command line is for its operator to hand out.
    apps::create(&w.p, NewApp::named("org", "shop")).await.unwrap();
    assert_eq!(
        staff_refusal(w.try_register("org", "c@host").await),
        StaffRefusal::OrganisationExists
    );
}

#[tokio::test]
async fn an_individual_gets_sixteen_digits() {
    let w = World::new().await;
    let new = Registration {
        org: None,
        kind: OrgKind::Individual,
        company: String::new(),
        ..w.registration("", "me@host").await
    };
    let org = register(&w.p, new, CLIENT).await.unwrap().session.staff.org.unwrap();
    assert!(org.name.len() == 16 && org.name.bytes().all(|b| b.is_ascii_digit()), "{}", org.name);
    assert_eq!(org.title, "");
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_named() {
    let w = World::new().await;
    for name in ["Acme", "a_b", "console", &"x".repeat(33)] {
        assert_eq!(invalid(w.try_register(name, "a@host").await), "org", "{name}");
    }
    assert_eq!(invalid(w.try_register("acme", "no address").await), "email");
    for title in ["", " ", "a\nb", &"x".repeat(65)] {
        let mut new = w.registration("acme", "a@host").await;
        new.company = title.to_owned();
        assert_eq!(invalid(register(&w.p, new, CLIENT).await), "company", "{title:?}");
    }
    w.clock.advance(10 * MINUTE);
    for password in ["short1A", "onlysmall", "12345678", "鸿雁鸿雁鸿雁鸿雁", &"aB".repeat(12)]
    {
        let mut new = w.registration("acme", "a@host").await;
        new.account.password = password.to_owned();
        assert_eq!(invalid(register(&w.p, new, CLIENT).await), "password", "{password:?}");
    }
    let good = ["smallLARGE", "digits12", "with space", "鸿雁12345678", &"aB".repeat(11)];
    for (n, password) in good.into_iter().enumerate() {
        let mut new = w.registration(&format!("org{n}"), &format!("{n}@host")).await;
        new.account.password = password.to_owned();
        register(&w.p, new, CLIENT).await.unwrap();
    }
}

#[tokio::test]
async fn open_registration_costs_work_each_time() {
    let w = World::new().await;
    let mut new = w.registration("acme", "acme@host").await;
    let proof = new.proof.take();
    let refused = register(&w.p, new, CLIENT).await;
    assert!(matches!(staff_refusal(refused), StaffRefusal::ChallengeRequired { .. }));
    let with = async |org: &str| {
        let mut new = w.registration(org, &format!("{org}@host")).await;
        new.proof.clone_from(&proof);
        register(&w.p, new, CLIENT).await
    };
    with("acme").await.unwrap();
    assert!(matches!(staff_refusal(with("b").await), StaffRefusal::ChallengeRequired { .. }));
}

#[tokio::test]
async fn one_address_registers_so_many_and_then_waits() {
    let w = World::new().await;
    for n in 0..20 {
        let _ = w.try_register("console", &format!("{n}@host")).await;
    }
    let refused = w.try_register("acme", "acme@host").await;
    assert!(matches!(staff_refusal(refused), StaffRefusal::TooSoon { .. }));
}

#[tokio::test]
async fn a_closed_installation_takes_nobody_and_another_only_the_invited() {
    let w = World::with(RegistrationMode::Closed, None).await;
    assert_eq!(
        staff_refusal(w.try_register("a", "a@host").await),
        StaffRefusal::RegistrationClosed
    );
    let operator = w.operator().await;
    let invite = NewInvite::default();
    let refused = invitations::create(&w.p, &operator.staff, invite.clone()).await;
    assert_eq!(staff_refusal(refused.map(|_| ())), StaffRefusal::RegistrationClosed);

    let w = World::with(RegistrationMode::Invite, None).await;
    assert_eq!(
        staff_refusal(w.try_register("a", "a@host").await),
        StaffRefusal::InvitationRequired
    );
    let operator = w.operator().await;
    let made = invitations::create(&w.p, &operator.staff, invite).await.unwrap();
    let link = made.link.unwrap();
    assert!(link.starts_with("https://im.test/console/user/register?token="), "{link}");
    let info = invitations::inspect(&w.p, &token(&link)).await.unwrap();
    assert_eq!((info.org, info.role, info.email.as_str()), (None, None, ""));

    let with = async |org: &str| {
        let mut new = w.registration(org, &format!("{org}@host")).await;
        (new.proof, new.invite) = (None, Some(token(&link)));
        register(&w.p, new, CLIENT).await
    };
    // An attempt that comes to nothing does not use it up.
    assert_eq!(invalid(with("Acme").await), "org");
    with("acme").await.unwrap();
    assert_eq!(staff_refusal(with("other").await), StaffRefusal::LinkInvalid);
}

/// Somebody who follows an invitation into an organisation.
fn joining(invite: &str, email: &str) -> Registration {
    Registration {
        account: account(email),
        agree: true,
        invite: Some(invite.to_owned()),
        ..Registration::default()
    }
}

#[tokio::test]
async fn somebody_joins_by_invitation_once() {
    let w = World::with(RegistrationMode::Closed, None).await;
    apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    members::install_super_admin(&w.p, "acme", "acme@host", PASSWORD).await.unwrap();
    let admin = w.sign_in("acme@host", PASSWORD).await;
    let invite = async |role| {
        let email = "dev@host".to_owned();
        let new = NewInvite { role, email, ..NewInvite::default() };
        invitations::create(&w.p, &admin.staff, new).await
    };
    for role in [Role::SuperAdmin, Role::Operator] {
        assert_eq!(invalid(invite(Some(role)).await.map(|_| ())), "role");
    }
    let missing = Refusal::Missing { name: "role" };
    assert_eq!(refusal(invite(None).await.map(|_| ())), missing);
    let invitation = token(&invite(Some(Role::Developer)).await.unwrap().link.unwrap());
    let info = invitations::inspect(&w.p, &invitation).await.unwrap();
    assert_eq!((info.org.as_deref(), info.role), (Some("acme"), Some(Role::Developer)));

    let join = async |email: &str| register(&w.p, joining(&invitation, email), CLIENT).await;
    assert_eq!(invalid(join("other@host").await), "email");
    let disagreed = Registration { agree: false, ..joining(&invitation, "dev@host") };
    let missing = Refusal::Missing { name: "agree" };
    assert_eq!(refusal(register(&w.p, disagreed, CLIENT).await), missing);
    let new = join("dev@host").await.unwrap().session.staff;
    assert_eq!((new.role, new.org_id()), (Role::Developer, admin.staff.org_id()));
    assert!(new.activated && !new.must_change_password);
    assert_eq!(staff_refusal(join("dev@host").await), StaffRefusal::LinkInvalid);

    let role = Some(Role::Admin);
    let other = NewInvite { role, ..NewInvite::default() };
    let other = invitations::create(&w.p, &admin.staff, other).await.unwrap();
    let other = token(&other.link.unwrap());
    w.clock.advance(7 * DAY);
    assert_eq!(staff_refusal(invitations::inspect(&w.p, &other).await), StaffRefusal::LinkInvalid);
    let late = register(&w.p, joining(&other, "late@host"), CLIENT).await;
    assert_eq!(staff_refusal(late), StaffRefusal::LinkInvalid);
}

#[tokio::test]
async fn an_invitation_is_seen_and_taken_back_by_its_own_organisation() {
    let w = World::new().await;
    let acme = w.register("acme").await;
    let other = w.register("other").await;
    let operator = w.operator().await;
    let org = || Some("acme".to_owned());
    let new = NewInvite { org: org(), role: Some(Role::Admin), ..NewInvite::default() };
    let refused = invitations::create(&w.p, &other.staff, new.clone()).await;
    assert_eq!(staff_refusal(refused.map(|_| ())), StaffRefusal::OrganisationNotFound);

    let made = invitations::create(&w.p, &acme.staff, new).await.unwrap();
    let listed = invitations::list(&w.p, &operator.staff, Some("acme")).await.unwrap();
    assert_eq!((listed.len(), listed[0].id), (1, made.id));
    assert_eq!(listed[0].invited_by, "acme@host");
    assert_eq!(invitations::list(&w.p, &operator.staff, None).await.unwrap(), []);
    let hidden = invitations::list(&w.p, &other.staff, Some("acme")).await;
    assert_eq!(staff_refusal(hidden), StaffRefusal::OrganisationNotFound);
    let foreign = invitations::revoke(&w.p, &other.staff, None, made.id).await;
    assert_eq!(staff_refusal(foreign), StaffRefusal::LinkInvalid);
    invitations::revoke(&w.p, &acme.staff, None, made.id).await.unwrap();
    let gone = invitations::inspect(&w.p, &token(&made.link.unwrap())).await;
    assert_eq!(staff_refusal(gone), StaffRefusal::LinkInvalid);
}

#[tokio::test]
async fn a_mailed_invitation_proves_the_address() {
    let w = World::with_mail().await;
    let mail = w.mail.as_ref().unwrap();
    let admin = w.register("acme").await;
    mail.next().await;
    let new =
        NewInvite { role: Some(Role::Admin), email: "Dev@Host".to_owned(), ..NewInvite::default() };
    assert_eq!(invitations::create(&w.p, &admin.staff, new).await.unwrap().link, None);
    let received = mail.next().await;
    assert_eq!(received.to, "dev@host");
    assert!(received.text.contains("acme Ltd 邀请您"), "{}", received.text);
    let join = joining(&received.token(), "dev@host");
    assert!(register(&w.p, join, CLIENT).await.unwrap().session.staff.email_verified);
    assert!(mail.is_empty().await, "asked to verify what is verified");
}

#[tokio::test]
async fn whether_a_name_is_free_is_told_to_those_who_may_register() {
    let w = World::new().await;
    w.register("acme").await;
    let check = async |name: &str| organisations::check_available(&w.p, None, name).await.unwrap();
    assert_eq!(check("new").await, Ok(()));
    assert_eq!(check("acme").await, Err(Unavailable::Taken));
    assert_eq!(check("console").await, Err(Unavailable::Illegal));
    assert_eq!(check("A").await, Err(Unavailable::Illegal));

    let w = World::with(RegistrationMode::Closed, None).await;
    let operator = w.operator().await;
    let refused = organisations::check_available(&w.p, None, "new").await;
    assert_eq!(staff_refusal(refused), StaffRefusal::RegistrationClosed);
    let told = organisations::check_available(&w.p, Some(&operator.staff), "new").await;
    assert_eq!(told.unwrap(), Ok(()));
}

#[tokio::test]
async fn the_first_start_makes_an_operator_with_a_one_time_password() {
    let w = World::new().await;
    let first = accounts::ensure_operator(&w.p).await.unwrap().unwrap();
    assert_eq!(first.email, "operator@localhost");
    assert!(accounts::ensure_operator(&w.p).await.unwrap().is_none());
    let session = w.sign_in(&first.email, &first.password).await;
    assert_eq!((session.staff.role, session.staff.org.is_none()), (Role::Operator, true));
    assert!(session.staff.must_change_password);
    let long = "a passphrase that is longer than others may have";
    accounts::change_password(&w.p, &session, &first.password, long).await.unwrap();
    let session = w.sign_in(&first.email, long).await;
    assert!(!session.staff.must_change_password);
    let found = staff::find(&w.p, session.staff.id).await.unwrap();
    assert_eq!(found, Some(session.staff));
}

#[tokio::test]
async fn an_operator_needs_an_address_and_a_password() {
    let w = World::new().await;
    for bad in ["", "me", "@host", "me@", "me @host"] {
        let refused = accounts::create_operator(&w.p, bad, PASSWORD).await;
        assert_eq!(invalid(refused), "email", "{bad}");
    }
    assert_eq!(invalid(accounts::create_operator(&w.p, "me@host", "short").await), "password");
    accounts::create_operator(&w.p, " Me@Host ", PASSWORD).await.unwrap();
    assert_eq!(invalid(accounts::create_operator(&w.p, "me@host", PASSWORD).await), "email");
    assert!(accounts::ensure_operator(&w.p).await.unwrap().is_none());
}
