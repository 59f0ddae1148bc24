//! What is paid in advance: terms, renewals, refunds, upgrades.

use hongyan_model::billing::{
    BillKind, BillState, BillingRefusal, EndReason, EntryKind, Item, Order, OrderState,
};
use hongyan_model::catalogue::Money;
use hongyan_model::{AppId, Feature, Plan};
use hongyan_platform::billing::{
    self, Adjustment, BillFilter, LedgerFilter, OrderFilter, ResourceKind, Wish,
};

use crate::billing::{Shop, billing_refusal, plan, service, services};

#[tokio::test]
async fn what_is_paid_in_advance_is_paid_back_by_days_and_renewed_by_itself() {
    let s = Shop::with("gen2024").await;
    s.app("shop").await;
    let refused = s.buy("shop", plan(Plan::Pro)).await.unwrap();
    let pay = billing::pay(&s.w.p, &*s.now("shop").await, &refused.no).await;
    let too_low = BillingRefusal::BalanceTooLow { available: Money(0), due: Money(129_900) };
    assert_eq!(billing_refusal(pay), too_low);
    billing::cancel(&s.w.p, &*s.now("shop").await, &refused.no).await.unwrap();

    s.recharge(1_000_000).await;
    s.get("shop", plan(Plan::Pro)).await;
    assert_eq!(s.balance().await, 1_000_000 - 129_900);
    // 18 of 30 days are left on the 13th.
    s.at("2026-11-13").await;
    s.get("shop", plan(Plan::Flagship)).await;
    assert_eq!(s.balance().await, 1_000_000 - 129_900 - 299_900 + 77_940);
    // The term is over on the same day of the next month.
    s.at("2026-12-12").await;
    assert_eq!(s.balance().await, 1_000_000 - 129_900 - 299_900 + 77_940);
    s.at("2026-12-13").await;
    assert_eq!(s.balance().await, 1_000_000 - 129_900 - 2 * 299_900 + 77_940);
    // Without renewal it ends then, and the app is free.
    let order = s.w.p.clone();
    let orders = billing::orders(&order, s.org, &OrderFilter::default(), None, 1).await.unwrap();
    billing::set_auto_renew(&s.w.p, s.org, &orders[0].no, false).await.unwrap();
    s.at("2027-01-13").await;
    assert_eq!(s.now("shop").await.plan, Plan::Free);
    let last = s.states().await.pop().unwrap();
    assert_eq!(last, ("flagship".to_owned(), OrderState::Finished, Some(EndReason::Expired)));
    // The bills of the months hold nothing of it.
    for bill in s.bills().await.iter().filter(|bill| bill.kind == BillKind::Monthly) {
        assert_eq!((bill.total, bill.state()), (Money(0), BillState::Paid));
    }
}

#[tokio::test]
async fn an_upgrade_needs_no_more_than_what_is_left_to_pay() {
    let s = Shop::with("gen2024").await;
    s.app("shop").await;
    s.recharge(129_900).await;
    s.get("shop", plan(Plan::Pro)).await;
    // 18 of 30 days are left.
    s.at("2026-11-13").await;
    let bought = s.buy("shop", plan(Plan::Flagship)).await.unwrap();
    assert_eq!((bought.due_now(), bought.refund), (Money(299_900), Money(77_940)));
    s.recharge(299_900 - 77_940 - 1).await;
    let pay = async || billing::pay(&s.w.p, &*s.now("shop").await, &bought.no).await;
    let lacks = BillingRefusal::BalanceTooLow { available: Money(299_899), due: Money(299_900) };
    assert_eq!(billing_refusal(pay().await), lacks);
    assert_eq!((s.now("shop").await.plan, s.balance().await), (Plan::Pro, 221_959));
    s.recharge(1).await;
    assert_eq!(pay().await.unwrap().refund, Money(0));
    assert_eq!((s.now("shop").await.plan, s.balance().await), (Plan::Flagship, 0));
    let entries = billing::entries(&s.w.p, s.org, &LedgerFilter::default(), None, 2).await.unwrap();
    let entries: Vec<_> = entries.iter().map(|e| (e.kind, e.amount, e.balance_after)).collect();
    let refund = (EntryKind::Refund, Money(77_940), Money(299_900));
    assert_eq!(entries, [(EntryKind::Charge, Money(-299_900), Money(0)), refund]);
    assert_eq!(billing::account(&s.w.p, s.org).await.unwrap().account.in_arrears_since, None);
}

#[tokio::test]
async fn of_services_that_set_the_same_limit_only_a_better_one_is_bought() {
    let s = Shop::with("gen2026").await;
    s.app("shop").await;
    s.recharge(10_000_000).await;
    s.get("shop", plan(Plan::Pro)).await;
    let both = services(vec![service("msg_storage_180", 1, 1), service("msg_storage_360", 1, 1)]);
    assert!(s.buy("shop", both).await.is_err());
    s.app("other").await;
    s.get("other", plan(Plan::Pro)).await;
    for app in ["shop", "other"] {
        s.get(app, services(vec![service("msg_storage_360", 1, 1)])).await;
    }
    assert_eq!(s.now("shop").await.quota(Feature::MsgStorageDays), Some(360));
    let worse = s.buy("shop", services(vec![service("msg_storage_180", 1, 1)])).await;
    let not_allowed = BillingRefusal::ServiceNotAllowed { key: "msg_storage_180".to_owned() };
    assert_eq!(billing_refusal(worse), not_allowed);
    let offers = billing::offers(&s.w.p, &*s.now("shop").await).await.unwrap();
    let sold_out = |key: &str| {
        let offer = offers.services.iter().find(|offer| offer.key == key).unwrap();
        (offer.owned, offer.needless)
    };
    assert_eq!(
        ["msg_storage_180", "msg_storage_360", "msg_storage_720", "room_storage_30"].map(sold_out),
        [(0, true), (1, true), (0, false), (0, false)]
    );
    let once = Wish { auto_renew: false, ..services(vec![service("msg_storage_720", 1, 1)]) };
    s.get("other", once).await;
    s.get("shop", services(vec![service("msg_storage_720", 1, 1)])).await;
    assert_eq!(s.now("shop").await.quota(Feature::MsgStorageDays), Some(720));
    let orders = billing::orders(&s.w.p, s.org, &OrderFilter::default(), None, 20).await.unwrap();
    let (shop, other) = (s.now("shop").await.id, s.now("other").await.id);
    let renewed = |(app, key): (AppId, &str)| {
        let of_it =
            |order: &&Order| order.app == app && order.item == Item::Service(key.to_owned());
        orders.iter().find(of_it).map(|order| order.auto_renew)
    };
    let all = [(shop, "msg_storage_360"), (shop, "msg_storage_720"), (other, "msg_storage_360")];
    assert_eq!(
        all.map(renewed),
        [Some(false), Some(true), Some(true)],
        "nobody pays twice for one limit, nor loses one when what is better ends"
    );
}

#[tokio::test]
async fn gifts_are_used_first_and_never_paid_back() {
    let s = Shop::with("gen2024").await;
    s.app("shop").await;
    let gift =
        Adjustment { kind: EntryKind::Gift, amount: Money(29_900), reason: "hello".to_owned() };
    billing::adjust(&s.w.p, s.org, &gift).await.unwrap();
    s.recharge(500_000).await;
    s.get("shop", plan(Plan::Pro)).await;
    let bill = s.bills().await.remove(0);
    assert_eq!(
        (bill.total, bill.cash(), bill.from_gift),
        (Money(129_900), Money(100_000), Money(29_900))
    );
    s.at("2026-11-16").await;
    s.get("shop", plan(Plan::Flagship)).await;
    let refund = LedgerFilter { kind: Some(EntryKind::Refund), ..LedgerFilter::default() };
    let refunds = billing::entries(&s.w.p, s.org, &refund, None, 10).await.unwrap();
    assert_eq!(refunds[0].amount, Money(50_000), "half of what was not given");
}

#[tokio::test]
async fn what_is_left_of_what_was_bought_and_which_products_were() {
    let s = Shop::with("gen2024").await;
    let app = s.app("shop").await;
    s.recharge(10_000_000).await;
    s.get("shop", plan(Plan::Pro)).await;
    s.get("shop", services(vec![service("callback_failure_cache", 1, 3)])).await;
    s.seal(&app, "2026-11-05", 2500, 100_700).await;
    s.at("2026-11-11").await;
    let left = billing::resources(&s.w.p, s.org).await.unwrap();
    let left: Vec<_> = left.iter().map(|r| (&*r.names.1, r.kind, r.included, r.used)).collect();
    assert_eq!(
        left,
        [
            ("Professional", ResourceKind::Dau, 10_000, 2500),
            ("Professional", ResourceKind::GroupsAndRooms, 100_000, 100_700),
            ("Professional", ResourceKind::Days, 30, 10),
            ("Cache of failed callbacks", ResourceKind::Days, 92, 10),
        ]
    );
    let products = billing::products(&s.w.p, s.org).await.unwrap();
    let keys: Vec<_> = products.iter().map(|(key, _, _)| key.as_str()).collect();
    assert_eq!(keys, ["pro", "callback_failure_cache"]);
    // Both lists can be narrowed to one of them; what only looks like its key is none.
    for (item, found) in [
        ("", 2),
        ("pro", 1),
        ("callback_failure_cache", 1),
        ("callback%", 0),
        ("p_o", 0),
        ("none", 0),
    ] {
        let bills = BillFilter { item: item.to_owned(), ..BillFilter::default() };
        let bills = billing::bills(&s.w.p, s.org, &bills, None, 10).await.unwrap();
        let orders = OrderFilter { item: item.to_owned(), ..OrderFilter::default() };
        let orders = billing::orders(&s.w.p, s.org, &orders, None, 10).await.unwrap();
        assert_eq!((bills.len(), orders.len()), (found, found), "{item}");
    }
}
