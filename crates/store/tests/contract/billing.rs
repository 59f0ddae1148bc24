//! Accounts, orders and bills under concurrency.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Poll;

use hongyan_model::billing::{
    BillKind, BillLine, Books, EndReason, EntryKind, Item, LineKind, Operation, Order, OrderState,
    SealedDay, Snapshot,
};
use hongyan_model::catalogue::Money;
use hongyan_model::{AppId, OrgId, Plan};
use hongyan_store::apps;
use hongyan_store::billing::{
    self, BillFilter, BillingState, LedgerFilter, OrderFilter, Scope, with_books,
};

use crate::{Fixture, NOW, on_every_engine};

async fn app(f: &Fixture, name: &str) -> (OrgId, AppId) {
    let id = f.app(name).await;
    (apps::find_by_id(&f.store, id).await.unwrap().unwrap().org_id, id)
}

fn order(books: &Books, no: &str, plan: Plan) -> Order {
    let app = books.app.as_ref().unwrap();
    Order {
        id: 0,
        no: no.to_owned(),
        purchase: format!("P{no}"),
        org: app.org_id,
        app: app.id,
        app_key: app.key(),
        data_center: String::new(),
        item: Item::Plan(plan),
        snapshot: Snapshot {
            name_en: "Pro".to_owned(),
            overage: BTreeMap::new(),
            ..Snapshot::default()
        },
        unit_price: Money(88_800),
        units: 1,
        term_months: None,
        terms: 0,
        paid_cash: Money(0),
        auto_renew: false,
        state: OrderState::InService,
        end_reason: None,
        creator: "boss@host".to_owned(),
        created: NOW,
        due: NOW,
        effective: Some(NOW),
        expires: None,
        ended: None,
    }
}

fn line(amount: i64) -> BillLine {
    BillLine {
        app: AppId(1),
        app_key: "org#one".to_owned(),
        order_no: "O1".to_owned(),
        item: "pro".to_owned(),
        name_zh: "专业版".to_owned(),
        name_en: "Pro".to_owned(),
        kind: LineKind::Plan,
        days: Some((30, 30)),
        months: None,
        unit_price: Money(amount),
        units: 1,
        peak: None,
        included: None,
        amount: Money(amount),
    }
}

#[tokio::test]
async fn of_many_purchases_at_once_one_is_in_service() {
    on_every_engine(|f| async move {
        let (org, app) = app(&f, "one").await;
        let buyers = (0..8).map(|n| {
            let store = f.store.clone();
            tokio::spawn(async move {
                let scope = Scope { app: Some(app), ..Scope::default() };
                let bought = with_books(&store, org, &scope, NOW, |open| {
                    let books = &mut open.books;
                    if books.plan_order().is_some() {
                        return Err("somebody was faster");
                    }
                    let order = order(books, &format!("O{n}"), Plan::Pro);
                    books.note(&order.no, Operation::Created, "", order.monthly());
                    books.orders.push(order);
                    books.apply(Some(Plan::Pro));
                    Ok(())
                });
                bought.await.unwrap().unwrap().is_ok()
            })
        });
        let mut won = 0;
        for buyer in buyers.collect::<Vec<_>>() {
            won += usize::from(buyer.await.unwrap());
        }
        assert_eq!(won, 1);
        let orders =
            billing::orders(&f.store, org, &OrderFilter::default(), None, 10).await.unwrap();
        assert_eq!(orders.len(), 1);
        assert_eq!(apps::find_by_id(&f.store, app).await.unwrap().unwrap().plan, Plan::Pro);
        // The database itself refuses a second one, whoever writes it.
        let scope = Scope { app: Some(app), ..Scope::default() };
        let second = with_books(&f.store, org, &scope, NOW, |open| {
            let order = order(&open.books, "O9", Plan::Flagship);
            open.books.orders.push(order);
            Ok::<_, ()>(())
        });
        assert!(second.await.is_err());
        // One that takes the place of the other is written behind its end.
        let upgrade = with_books(&f.store, org, &scope, NOW, |open| {
            let books = &mut open.books;
            let old = books.plan_order().unwrap().no.clone();
            books.end(&old, EndReason::Superseded, Money(100));
            let order = order(books, "O10", Plan::Flagship);
            books.orders.push(order);
            books.apply(Some(Plan::Flagship));
            Ok::<_, ()>(())
        });
        upgrade.await.unwrap().unwrap().unwrap();
        let account = billing::account(&f.store, org).await.unwrap();
        assert_eq!(account.balance, Money(100));
        // Another organisation's app is not found.
        let foreign = with_books(&f.store, OrgId(org.0 + 1), &scope, NOW, |_| Ok::<_, ()>(()));
        assert!(foreign.await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_balance_is_the_sum_of_its_ledger_whoever_writes_at_once() {
    on_every_engine(|f| async move {
        let (org, _) = app(&f, "one").await;
        let tasks = (0..20_i64).map(|n| {
            let store = f.store.clone();
            tokio::spawn(async move {
                let scope = Scope::default();
                let posted = with_books(&store, org, &scope, NOW, |open| {
                    let kind = if n % 4 == 0 { EntryKind::Gift } else { EntryKind::Recharge };
                    open.books.post(kind, Money(100 + n), &format!("A{n}"), "money");
                    Ok::<_, ()>(())
                });
                posted.await.unwrap().unwrap().unwrap();
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let total = Money((0..20).map(|n| 100 + n).sum());
        let account = billing::account(&f.store, org).await.unwrap();
        assert_eq!(account.balance, total);
        assert_eq!(billing::ledger_sum(&f.store, org).await.unwrap(), total);
        let mut entries =
            billing::ledger(&f.store, org, &LedgerFilter::default(), None, 100).await.unwrap();
        entries.reverse();
        let mut balance = Money(0);
        for entry in &entries {
            balance = balance + entry.amount;
            assert_eq!(entry.balance_after, balance);
        }
        // The same thing is written down once.
        let scope = Scope::default();
        let twice = with_books(&f.store, org, &scope, NOW, |open| {
            open.books.post(EntryKind::Recharge, Money(1), "A1", "");
            Ok::<_, ()>(())
        });
        assert!(twice.await.is_err());
        let kind = Some(EntryKind::Gift);
        let gifts = LedgerFilter { kind, ..LedgerFilter::default() };
        let page = billing::ledger(&f.store, org, &gifts, None, 3).await.unwrap();
        let rest = billing::ledger(&f.store, org, &gifts, Some(page[2].id), 10).await.unwrap();
        assert_eq!((page.len(), rest.len()), (3, 2));
    })
    .await;
}

#[tokio::test]
async fn a_month_is_billed_once_and_paid_as_money_comes() {
    on_every_engine(|f| async move {
        let (org, app) = app(&f, "one").await;
        assert_eq!(billing::orgs_to_bill(&f.store, 20_000, NOW + 1, 10).await.unwrap(), [org]);
        let bill = async |no: &str| {
            let no = no.to_owned();
            with_books(&f.store, org, &Scope::default(), NOW, |open| {
                let names = (no, "monthly:1:2026-10".to_owned());
                open.books.charge(names, BillKind::Monthly, (20_000, 20_030), vec![line(88_800)]);
                Ok::<_, ()>(())
            })
            .await
        };
        assert!(bill("B1").await.is_ok() && bill("B2").await.is_err());
        assert_eq!(billing::orgs_to_bill(&f.store, 20_000, NOW + 1, 10).await.unwrap(), []);
        let account = billing::account(&f.store, org).await.unwrap();
        assert_eq!((account.balance, account.in_arrears_since), (Money(-88_800), Some(NOW)));
        assert_eq!(billing::accounts_in_arrears(&f.store).await.unwrap(), [account]);
        // Suspended, its apps are; paid, they are not.
        let set = async |suspended: bool, money: i64| {
            with_books(&f.store, org, &Scope::default(), NOW, |open| {
                open.books.account.suspended |= suspended;
                open.books.post(EntryKind::Recharge, Money(money), &format!("A{money}"), "");
                Ok::<_, ()>(())
            })
            .await
            .unwrap();
            apps::find_by_id(&f.store, app).await.unwrap().unwrap().in_arrears
        };
        assert!(set(true, 0).await);
        assert!(set(true, 80_000).await);
        let bills = billing::bills(&f.store, org, &BillFilter::default(), None, 10).await.unwrap();
        assert_eq!((bills[0].paid, bills[0].lines.clone()), (Money(80_000), vec![line(88_800)]));
        assert!(!set(false, 8_800).await);
        assert_eq!(billing::bill(&f.store, org, "B1").await.unwrap().unwrap().paid, Money(88_800));
        assert_eq!(billing::bill(&f.store, OrgId(org.0 + 1), "B1").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_sealed_day_does_not_change_and_is_known_by_its_hash() {
    on_every_engine(|f| async move {
        let (org, app) = app(&f, "one").await;
        let unsealed = billing::unsealed(&f.store, 20_000, NOW + 1, 10).await.unwrap();
        assert_eq!(unsealed.iter().map(|one| one.app).collect::<Vec<_>>(), [app]);
        let day = |dau| SealedDay {
            app,
            org,
            app_key: "org#one".to_owned(),
            day: 20_000,
            dau,
            groups_and_rooms: 2,
            registered: 3,
            messages: 4,
        };
        billing::seal(&f.store, &day(1)).await.unwrap();
        billing::seal(&f.store, &day(9)).await.unwrap();
        assert!(billing::unsealed(&f.store, 20_000, NOW + 1, 10).await.unwrap().is_empty());
        let sealed = billing::sealed_days(&f.store, org, 19_999, 20_001).await.unwrap();
        assert_eq!(sealed, [(day(1), true)]);
        assert!(!billing::is_intact(&day(2), "0"));
    })
    .await;
}

#[tokio::test]
async fn how_far_billing_is_moves_only_from_where_it_was() {
    on_every_engine(|f| async move {
        let store = Arc::new(f.store);
        let start = billing::state(&store).await.unwrap();
        assert_eq!(start, BillingState::default());
        let next = BillingState { since: Some(1), sealed: Some(2), billed: None };
        billing::set_state(&store, start, next).await.unwrap();
        assert_eq!(billing::state(&store).await.unwrap(), next);
        let late = BillingState { sealed: Some(99), ..next };
        billing::set_state(&store, start, late).await.unwrap();
        assert_eq!(billing::state(&store).await.unwrap(), next);
    })
    .await;
}

#[tokio::test]
async fn what_is_given_up_while_it_begins_leaves_nothing_open() {
    on_every_engine(async |f| {
        let (org, app) = app(&f, "one").await;
        let scope = Scope { app: Some(app), ..Scope::default() };
        let open = || with_books(&f.store, org, &scope, NOW, |_| Ok::<_, ()>(()));
        for polls in (0..60).map(|n| n % 6) {
            let mut given_up = std::pin::pin!(open());
            for _ in 0..polls {
                let poll =
                    std::future::poll_fn(|cx| Poll::Ready(given_up.as_mut().poll(cx).is_ready()));
                if poll.await {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        // Every connection is used, and what it writes is seen by the others.
        let all = async {
            for balance in 1..40 {
                let charge = |open: &mut billing::Open| {
                    open.books.post(EntryKind::Gift, Money(1), &format!("G{balance}"), "");
                    Ok::<_, ()>(())
                };
                with_books(&f.store, org, &scope, NOW, charge).await.unwrap().unwrap().unwrap();
                let seen = billing::account(&f.store, org).await.unwrap();
                assert_eq!(seen.balance, Money(balance));
            }
        };
        let all = tokio::time::timeout(std::time::Duration::from_secs(10), all);
        all.await.expect("a transaction is still open");
    })
    .await;
}
