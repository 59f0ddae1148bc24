//! What who owes money is told, and what becomes of its apps, also where the server dies in between.

use std::sync::Arc;

use hongyan_model::billing::EntryKind;
use hongyan_model::catalogue::{Catalogue, Money};
use hongyan_model::{AppStatus, Clock as _, OrgId};
use hongyan_platform::billing::{self, Adjustment};
use hongyan_platform::{Platform, apps, mail};
use hongyan_store::billing as stored;

use crate::billing::DAY;
use crate::smtp::Received;
use crate::world::{World, cut_off};

/// An organisation with three apps that owes 100 since now, and a mail server.
struct Debtor {
    w: World,
    org: OrgId,
}

impl Debtor {
    async fn new() -> Self {
        let w = World::with_mail().await;
        let org = w.register("acme").await.staff.org_id().unwrap();
        let debtor = Self { w, org };
        assert!(debtor.mail().await.subject.contains("Verify"));
        for name in ["a", "b", "c"] {
            apps::create(&debtor.w.p, apps::NewApp::named("acme", name)).await.unwrap();
        }
        billing::tick(&debtor.w.p).await.unwrap();
        debtor.adjust(-10_000).await;
        debtor
    }

    async fn adjust(&self, amount: i64) {
        let (kind, amount) = (EntryKind::Adjustment, Money(amount));
        let change = Adjustment { kind, amount, reason: "a test".to_owned() };
        billing::adjust(&self.w.p, self.org, &change).await.unwrap();
    }

    async fn mail(&self) -> Received {
        self.w.mail.as_ref().unwrap().next().await
    }

    async fn notices(&self) -> u32 {
        stored::account(&self.w.store, self.org).await.unwrap().notices
    }

    /// Looks for what is due until so many notices are noted as told.
    async fn until_told(&self, p: &Platform, notices: u32) {
        let told = async {
            while self.notices().await < notices {
                billing::tick(p).await.unwrap();
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), told).await.expect("not told");
    }

    async fn statuses(&self) -> Vec<AppStatus> {
        let apps = apps::of_org(&self.w.p, self.org).await.unwrap();
        apps.into_iter().map(|app| app.status).collect()
    }
}

#[tokio::test]
async fn each_notice_comes_once_and_says_what_has_been_and_what_will_be() {
    let d = Debtor::new().await;
    let day = |days: i64| d.w.p.calendar().day(d.w.clock.now() + days * DAY).to_string();
    let (stops, ends, restorable) = (day(7), day(190), day(220));
    let mut now = 0;
    for (at, notices, words) in [
        (0, 1, format!("its apps are stopped on {stops}; their data are kept until {ends}")),
        (3, 2, format!("its apps are stopped on {stops}; their data are kept until {ends}")),
        (7, 3, format!("Its apps were stopped on {stops}; their data are kept until {ends}")),
        (183, 4, format!("Its apps were stopped on {stops}; their data are kept until {ends}")),
        (190, 5, format!("Its apps have been deleted. To have them back, pay before {restorable}")),
    ] {
        d.w.clock.advance((at - now) * DAY);
        now = at;
        billing::tick(&d.w.p).await.unwrap();
        let mail = d.mail().await;
        assert_eq!(mail.subject, "Your account owes 100.00 - Hongyan", "day {at}");
        assert!(mail.text.replace(['\r', '\n'], "").contains(&words), "day {at}: {}", mail.text);
        d.until_told(&d.w.p, notices).await;
        let is_gone = |status: &AppStatus| *status == AppStatus::Deleting;
        assert_eq!(d.statuses().await.iter().all(is_gone), at == 190, "day {at}");
    }
    billing::tick(&d.w.p).await.unwrap();
    assert!(d.w.mail.as_ref().unwrap().is_empty().await);
}

#[tokio::test]
async fn an_end_of_the_data_that_is_interrupted_anywhere_is_finished_by_the_next_run() {
    let d = Debtor::new().await;
    billing::tick(&d.w.p).await.unwrap();
    d.mail().await;
    d.until_told(&d.w.p, 1).await;
    d.w.clock.advance(200 * DAY);
    // A server that dies a little later each time, before it comes to send what it has queued.
    let mut polls = 0;
    while cut_off(billing::tick(&d.w.restarted()), polls).await.is_none() {
        polls += 1;
    }
    assert!(polls > 20, "{polls}");
    assert_eq!((d.statuses().await, d.notices().await), (vec![AppStatus::Deleting; 3], 1));
    // Nothing was sent so far, and nothing is lost.
    let last = d.w.restarted();
    let (delivering, at_work) = (last.clone(), last.clone());
    tokio::spawn(async move { mail::deliver(&delivering).await });
    d.until_told(&at_work, 5).await;
    assert!(d.mail().await.text.contains("have been deleted"));
    assert!(d.w.mail.as_ref().unwrap().is_empty().await);
}

#[tokio::test]
async fn a_notice_that_left_before_it_could_be_noted_is_repeated_once() {
    let d = Debtor::new().await;
    // It is sent, and the server dies before the next look.
    let p = d.w.restarted();
    billing::tick(&p).await.unwrap();
    let delivering = tokio::spawn(async move { mail::deliver(&p).await });
    assert!(d.mail().await.text.contains("are stopped on"));
    delivering.abort();
    assert_eq!(d.notices().await, 0);
    d.until_told(&d.w.p, 1).await;
    d.mail().await;
    billing::tick(&d.w.restarted()).await.unwrap();
    assert!(d.w.mail.as_ref().unwrap().is_empty().await);

    // Paid, and in debt again: that is another notice.
    d.adjust(10_000).await;
    d.w.clock.advance(DAY);
    d.adjust(-10_000).await;
    d.until_told(&d.w.p, 1).await;
    d.mail().await;
}

#[tokio::test]
async fn a_low_balance_is_told_when_the_mail_has_left() {
    let d = Debtor::new().await;
    d.adjust(20_000).await;
    billing::set_alert(&d.w.p, d.org, Some(Money(50_000))).await.unwrap();
    let alerted = async || stored::account(&d.w.store, d.org).await.unwrap().alerted;
    billing::tick(&d.w.restarted()).await.unwrap();
    assert!(!alerted().await, "the server died with the mail");
    let told = async {
        while !alerted().await {
            billing::tick(&d.w.p).await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), told).await.expect("not told");
    assert!(d.mail().await.subject.contains("balance is low"));
    billing::tick(&d.w.p).await.unwrap();
    assert!(d.w.mail.as_ref().unwrap().is_empty().await);
}

#[tokio::test]
async fn a_notice_that_waits_while_money_is_switched_off_is_not_sent() {
    let d = Debtor::new().await;
    let p = d.w.restarted();
    let enabled = |enabled: bool| {
        let text = format!(
            "schema = 1\nid = \"own\"\nbase = \"gen2023\"\n[billing]\nenabled = {enabled}\n"
        );
        apps::use_catalogue(&p, Arc::new(Catalogue::parse(&text).unwrap()));
    };
    enabled(true);
    billing::tick(&p).await.unwrap();
    enabled(false);
    billing::tick(&p).await.unwrap();
    let delivering = p.clone();
    tokio::spawn(async move { mail::deliver(&delivering).await });
    // The debt is still there.
    enabled(true);
    d.until_told(&p, 1).await;
    assert!(d.mail().await.subject.contains("owes 100.00"));
    assert!(d.w.mail.as_ref().unwrap().is_empty().await, "the one of before came, too");
}
