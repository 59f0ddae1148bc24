//! Buying, and what it costs.

use std::sync::Arc;

use hongyan_model::billing::{
    BillKind, BillState, BillingRefusal, Channel, EndReason, LineKind, Order, OrderState, SealedDay,
};
use hongyan_model::catalogue::{Catalogue, Money, PRESETS};
use hongyan_model::{App, Clock as _, Feature, OrgId, Plan, Refusal, Timestamp};
use hongyan_platform::billing::{
    self, BillFilter, NewRecharge, OrderFilter, PlanChange, Wish, WishedService,
};
use hongyan_platform::{Day, apps};
use hongyan_store::billing as stored;

use crate::world::{World, refusal};

pub(crate) const DAY: i64 = 24 * 3600 * 1000;

/// An organisation with one app on the free plan, by a price list.
pub(crate) struct Shop {
    pub(crate) w: World,
    pub(crate) org: OrgId,
}

impl Shop {
    pub(crate) async fn with(preset: &str) -> Self {
        let w = World::new().await;
        let text = PRESETS.iter().find(|(name, _)| *name == preset).unwrap().1;
        apps::use_catalogue(&w.p, Arc::new(Catalogue::parse(text).unwrap()));
        let session = w.register("acme").await;
        let shop = Self { org: session.staff.org_id().unwrap(), w };
        shop.at("2026-11-01").await;
        shop
    }

    pub(crate) async fn app(&self, name: &str) -> Arc<App> {
        let (app, _) = apps::create(&self.w.p, apps::NewApp::named("acme", name)).await.unwrap();
        self.w.put_on(app.id, Plan::Free).await
    }

    /// Noon of a day, with everything done that is due by then.
    pub(crate) async fn at(&self, day: &str) {
        let day: Day = day.parse().unwrap();
        let noon = self.w.p.calendar().start(day) + DAY / 2;
        self.w.clock.advance(noon - self.w.clock.now());
        billing::tick(&self.w.p).await.unwrap();
    }

    pub(crate) async fn now(&self, name: &str) -> Arc<App> {
        apps::find_any(&self.w.p, "acme", name).await.unwrap()
    }

    pub(crate) async fn buy(
        &self,
        app: &str,
        wish: Wish,
    ) -> hongyan_model::Result<billing::Purchase> {
        billing::purchase(&self.w.p, &*self.now(app).await, &wish, "boss@host").await
    }

    /// Buys, and pays where that is needed.
    pub(crate) async fn get(&self, app: &str, wish: Wish) -> Vec<Order> {
        let bought = self.buy(app, wish).await.unwrap();
        if bought.state() != OrderState::PendingPayment {
            return bought.orders;
        }
        billing::pay(&self.w.p, &*self.now(app).await, &bought.no).await.unwrap().orders
    }

    pub(crate) async fn recharge(&self, amount: i64) {
        let new =
            NewRecharge { amount: Money(amount), channel: Channel::Offline, note: String::new() };
        let made = billing::add_recharge(&self.w.p, self.org, "boss@host", new).await.unwrap();
        billing::confirm_recharge(&self.w.p, &made.no).await.unwrap();
    }

    pub(crate) async fn balance(&self) -> i64 {
        stored::account(&self.w.store, self.org).await.unwrap().balance.0
    }

    pub(crate) async fn bills(&self) -> Vec<hongyan_model::billing::Bill> {
        billing::bills(&self.w.p, self.org, &BillFilter::default(), None, 1000).await.unwrap()
    }

    pub(crate) async fn states(&self) -> Vec<(String, OrderState, Option<EndReason>)> {
        let all = OrderFilter::default();
        let mut orders = billing::orders(&self.w.p, self.org, &all, None, 100).await.unwrap();
        orders.reverse();
        let state = |order: Order| (order.item.key().to_owned(), order.state, order.end_reason);
        orders.into_iter().map(state).collect()
    }

    /// Figures of a day that is over, sealed by hand.
    pub(crate) async fn seal(&self, app: &App, day: &str, dau: u64, groups_and_rooms: u64) {
        let day: Day = day.parse().unwrap();
        let sealed = SealedDay {
            app: app.id,
            org: app.org_id,
            app_key: app.key(),
            day: day.number(),
            dau,
            groups_and_rooms,
            registered: 0,
            messages: 0,
        };
        stored::seal(&self.w.store, &sealed).await.unwrap();
    }

    fn start(&self, day: &str) -> Timestamp {
        self.w.p.calendar().start(day.parse().unwrap())
    }
}

pub(crate) fn plan(plan: Plan) -> Wish {
    Wish { plan: Some(plan), auto_renew: true, ..Wish::default() }
}

pub(crate) fn service(key: &str, units: u32, term_months: u32) -> WishedService {
    WishedService { key: key.to_owned(), units, term_months }
}

pub(crate) fn services(services: Vec<WishedService>) -> Wish {
    Wish { services, auto_renew: true, ..Wish::default() }
}

pub(crate) fn billing_refusal<T>(result: hongyan_model::Result<T>) -> BillingRefusal {
    match refusal(result) {
        Refusal::Billing(refusal) => refusal,
        other => panic!("refused otherwise: {other:?}"),
    }
}

#[tokio::test]
async fn two_apps_are_billed_by_the_published_example() {
    for (rounding, total) in [("floor", 972_600), ("ceil", 1_142_600)] {
        let s = Shop::with("gen2023").await;
        let text = format!(
            "schema = 1\nid = \"own\"\nbase = \"gen2023\"\n\
             [plan.pro.overage.dau]\nincluded = 10000\nblock = 10000\nunit_price = \"850\"\nrounding = \"{rounding}\"\n\
             [plan.flagship.overage.dau]\nincluded = 10000\nblock = 10000\nunit_price = \"850\"\nrounding = \"{rounding}\"\n"
        );
        apps::use_catalogue(&s.w.p, Arc::new(Catalogue::parse(&text).unwrap()));
        let (a, b) = (s.app("a").await, s.app("b").await);
        s.get("a", plan(Plan::Pro)).await;
        s.get("b", plan(Plan::Flagship)).await;
        s.seal(&a, "2026-11-03", 70_000, 5).await;
        s.seal(&a, "2026-11-20", 82_370, 5).await;
        s.seal(&b, "2026-11-20", 17_865, 5).await;
        s.at("2026-12-01").await;
        let bills = s.bills().await;
        assert_eq!(bills.len(), 1);
        assert_eq!((bills[0].total, bills[0].kind), (Money(total), BillKind::Monthly));
        assert_eq!(bills[0].state(), BillState::Unpaid);
        let dau = bills[0].lines.iter().find(|line| line.kind == LineKind::Dau).unwrap();
        let day: Day = "2026-11-20".parse().unwrap();
        assert_eq!((dau.peak, dau.included), (Some((82_370, day.number())), Some(10_000)));
        assert_eq!(s.balance().await, -total);
        // The run again finds nothing to do.
        billing::tick(&s.w.p).await.unwrap();
        s.at("2026-12-02").await;
        assert_eq!(s.bills().await, bills);
    }
}

#[tokio::test]
async fn the_seed_says_who_may_buy_what() {
    let s = Shop::with("gen2023").await;
    s.app("shop").await;
    s.recharge(10_000_000).await;
    let ack = || services(vec![service("group_read_ack", 1, 1)]);
    let not_allowed = |key: &str| BillingRefusal::ServiceNotAllowed { key: key.to_owned() };
    assert_eq!(billing_refusal(s.buy("shop", ack()).await), not_allowed("group_read_ack"));
    for wrong in [Plan::Free, Plan::Premier] {
        assert_eq!(
            billing_refusal(s.buy("shop", plan(wrong)).await),
            BillingRefusal::PlanNotAllowed
        );
    }

    // Effective at once, and billed later.
    s.get("shop", plan(Plan::Pro)).await;
    assert_eq!((s.now("shop").await.plan, s.balance().await), (Plan::Pro, 10_000_000));
    assert_eq!(
        billing_refusal(s.buy("shop", plan(Plan::Pro)).await),
        BillingRefusal::PlanNotAllowed
    );

    // A switch, a limit that becomes another, and one that is added to.
    let app = s.now("shop").await;
    assert!(!app.includes(Feature::GroupReadAck));
    let bought = s.buy("shop", ack()).await.unwrap();
    assert_eq!((bought.state(), bought.due_now()), (OrderState::PendingPayment, Money(100_000)));
    assert!(!s.now("shop").await.includes(Feature::GroupReadAck), "not before it is paid");
    let purchase = bought.no.clone();
    let unfinished = BillingRefusal::UnfinishedPurchase { purchase };
    assert_eq!(billing_refusal(s.buy("shop", ack()).await), unfinished);
    billing::pay(&s.w.p, &*s.now("shop").await, &bought.no).await.unwrap();
    assert_eq!(s.balance().await, 9_900_000);
    assert!(s.now("shop").await.enabled(Feature::GroupReadAck));
    assert_eq!(billing_refusal(s.buy("shop", ack()).await), not_allowed("group_read_ack"));
    s.get(
        "shop",
        services(vec![service("group_members_ext", 1, 1), service("msg_storage_ext", 10, 1)]),
    )
    .await;
    s.get("shop", services(vec![service("msg_storage_ext", 2, 3)])).await;
    let app = s.now("shop").await;
    assert_eq!(app.quota(Feature::GroupMembersMax), Some(3000));
    assert_eq!(app.quota(Feature::MsgStorageDays), Some(7 + 12 * 30));
    // 12 of 24 units are bought.
    let too_many = s.buy("shop", services(vec![service("msg_storage_ext", 13, 1)])).await;
    assert_eq!(billing_refusal(too_many), not_allowed("msg_storage_ext"));
    let never = s.buy("shop", services(vec![service("thread", 1, 2)])).await;
    assert_eq!(billing_refusal(never), not_allowed("thread"));

    // An upgrade ends all of it.
    s.get("shop", plan(Plan::Flagship)).await;
    let app = s.now("shop").await;
    assert_eq!(app.plan, Plan::Flagship);
    assert_eq!(app.quota(Feature::MsgStorageDays), Some(90));
    let superseded = (OrderState::Finished, Some(EndReason::Superseded));
    let states = s.states().await;
    for (key, state, reason) in &states[..states.len() - 1] {
        assert_eq!((*state, *reason), superseded, "{key}");
    }
    assert_eq!(states.last().unwrap(), &("flagship".to_owned(), OrderState::InService, None));
    let twice = services(vec![service("thread", 1, 1), service("thread", 1, 1)]);
    assert!(s.buy("shop", twice).await.is_err());
    assert_eq!(refusal(s.buy("shop", Wish::default()).await), Refusal::Missing { name: "plan" });
}

#[tokio::test]
async fn a_month_is_charged_by_days_and_the_day_of_an_upgrade_belongs_to_the_new_plan() {
    let s = Shop::with("gen2023").await;
    s.app("shop").await;
    s.get("shop", plan(Plan::Pro)).await;
    s.at("2026-11-11").await;
    s.get("shop", plan(Plan::Flagship)).await;
    s.at("2026-12-01").await;
    let amounts: Vec<_> = s.bills().await[0]
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Plan)
        .map(|line| (line.item.clone(), line.days, line.amount))
        .collect();
    let expected = [
        ("pro".to_owned(), Some((10, 30)), Money(29_600)),
        ("flagship".to_owned(), Some((20, 30)), Money(192_533)),
    ];
    assert_eq!(amounts, expected);
    // A leap year: 29 days of February.
    s.recharge(100_000_000).await;
    s.at("2028-03-01").await;
    let february = &s.bills().await[0];
    assert_eq!((february.lines[0].days, february.total), (Some((29, 29)), Money(288_800)));
    assert_eq!(s.bills().await.len(), 16, "no month is missed, none is there twice");
}

#[tokio::test]
async fn who_does_not_pay_is_reminded_stopped_and_served_again_when_the_money_comes() {
    let s = Shop::with("gen2023").await;
    s.app("shop").await;
    s.get("shop", plan(Plan::Pro)).await;
    s.at("2026-12-01").await;
    assert_eq!(s.balance().await, -88_800);
    let account = async || billing::account(&s.w.p, s.org).await.unwrap();
    let noon = s.start("2026-12-01") + DAY / 2;
    let view = account().await;
    assert_eq!(
        (view.account.in_arrears_since, view.suspends_at),
        (Some(noon), Some(noon + 7 * DAY))
    );
    assert!(s.now("shop").await.serves());
    let wish = services(vec![service("thread", 1, 1)]);
    assert_eq!(billing_refusal(s.buy("shop", wish).await), BillingRefusal::InArrears);
    s.at("2026-12-07").await;
    assert!(s.now("shop").await.serves());
    s.at("2026-12-08").await;
    apps::follow(&s.w.p, s.w.clock.now()).await.unwrap();
    let app = s.now("shop").await;
    assert!(app.in_arrears && !app.serves() && account().await.account.suspended);
    let stopped = apps::find(&s.w.p, "acme", "shop").await;
    assert!(matches!(refusal(stopped), Refusal::AppSuspended));
    // An app that is made meanwhile does not serve either, and its owner cannot resume it.
    assert!(!s.app("other").await.serves());
    let resumed = apps::resume(&s.w.p, app.id, hongyan_model::Authority::Owner).await.unwrap();
    assert!(!resumed.serves());

    // A part is not enough; the bill says how much of it is paid.
    s.recharge(50_000).await;
    assert!(!s.now("shop").await.serves());
    let bill = s.bills().await.pop().unwrap();
    assert_eq!((bill.state(), bill.paid), (BillState::PartPaid, Money(50_000)));
    s.recharge(50_000).await;
    apps::follow(&s.w.p, s.w.clock.now()).await.unwrap();
    assert!(s.now("shop").await.serves() && s.now("other").await.serves());
    assert_eq!(s.bills().await.pop().unwrap().state(), BillState::Paid);
    assert_eq!(account().await.account.in_arrears_since, None);

    // A limit of what may be owed keeps them serving.
    billing::set_credit_limit(&s.w.p, s.org, Money(1_000_000)).await.unwrap();
    s.at("2027-01-20").await;
    assert!(s.balance().await < 0 && s.now("shop").await.serves());
    assert_eq!(account().await.account.in_arrears_since, None);
}

#[tokio::test]
async fn half_a_year_after_the_stop_the_apps_are_deleted() {
    let s = Shop::with("gen2023").await;
    s.app("shop").await;
    s.get("shop", plan(Plan::Pro)).await;
    s.at("2026-12-01").await;
    s.at("2026-12-08").await;
    s.at("2027-06-08").await;
    assert_eq!(s.now("shop").await.status, hongyan_model::AppStatus::Active);
    s.at("2027-06-10").await;
    assert_eq!(s.now("shop").await.status, hongyan_model::AppStatus::Deleting);
    s.at("2027-06-11").await;
    let last = s.states().await.pop().unwrap();
    assert_eq!(last.2, Some(EndReason::AppDeleted));
    s.at("2027-07-02").await;
    let total = s.bills().await.first().map(|bill| bill.total);
    assert_eq!(total, Some(Money(88_800).share(11, 30).unwrap()), "June up to its end");
}

#[tokio::test]
async fn whoever_deletes_an_app_and_restores_it_pays_each_day_once() {
    let s = Shop::with("gen2023").await;
    s.app("shop").await;
    s.at("2026-11-10").await;
    for _ in 0..3 {
        s.get("shop", plan(Plan::Flagship)).await;
        let app = s.now("shop").await;
        apps::delete(&s.w.p, app.id, &app.key()).await.unwrap();
        billing::tick(&s.w.p).await.unwrap();
        apps::restore(&s.w.p, app.id, hongyan_model::Authority::Operator).await.unwrap();
        assert_eq!(s.now("shop").await.plan, Plan::Free);
        s.w.clock.advance(1000);
    }
    s.at("2026-12-01").await;
    let one_day = Money(288_800).share(1, 30).unwrap();
    assert_eq!(s.bills().await[0].total, one_day, "a day is charged, and once");
}

#[tokio::test]
async fn money_that_is_off_for_a_while_loses_nothing_and_days_without_it_cost_nothing() {
    let s = Shop::with("gen2023").await;
    let enabled = |enabled: bool| {
        let text = format!(
            "schema = 1\nid = \"own\"\nbase = \"gen2023\"\n[billing]\nenabled = {enabled}\n"
        );
        apps::use_catalogue(&s.w.p, Arc::new(Catalogue::parse(&text).unwrap()));
    };
    s.app("shop").await;
    s.get("shop", plan(Plan::Pro)).await;
    // For some seconds, by mistake: nothing is lost.
    s.at("2026-11-08").await;
    for on in [false, true] {
        enabled(on);
        billing::tick(&s.w.p).await.unwrap();
    }
    let november = Day::of_month("2026-11").unwrap();
    let preview = async || billing::preview(&s.w.p, s.org, november).await.unwrap().total;
    assert_eq!(preview().await, Money(88_800));
    // The days from the 11th to the 20th.
    s.at("2026-11-10").await;
    enabled(false);
    billing::tick(&s.w.p).await.unwrap();
    s.at("2026-11-21").await;
    enabled(true);
    s.at("2026-11-21").await;
    assert_eq!(preview().await, Money(59_200));
    s.at("2026-12-01").await;
    assert_eq!(s.bills().await[0].total, Money(59_200));

    // Who was stopped serves while money is off, and is found again when it is on.
    s.at("2026-12-09").await;
    assert!(billing::account(&s.w.p, s.org).await.unwrap().account.suspended);
    enabled(false);
    billing::tick(&s.w.p).await.unwrap();
    apps::follow(&s.w.p, s.w.clock.now()).await.unwrap();
    assert!(s.now("shop").await.serves());
    enabled(true);
    billing::tick(&s.w.p).await.unwrap();
    let account = billing::account(&s.w.p, s.org).await.unwrap().account;
    assert_eq!((account.suspended, account.in_arrears_since), (false, Some(s.w.clock.now())));
}

#[tokio::test]
async fn while_money_is_off_nothing_is_paid_back() {
    let s = Shop::with("gen2024").await;
    let enabled = |enabled: bool| {
        let text = format!(
            "schema = 1\nid = \"own\"\nbase = \"gen2024\"\n[billing]\nenabled = {enabled}\n"
        );
        apps::use_catalogue(&s.w.p, Arc::new(Catalogue::parse(&text).unwrap()));
    };
    enabled(true);
    s.app("shop").await;
    s.recharge(1_000_000).await;
    s.get("shop", plan(Plan::Pro)).await;
    s.at("2026-11-29").await;
    enabled(false);
    billing::tick(&s.w.p).await.unwrap();
    // The term of December lies wholly in days without money.
    s.at("2026-12-05").await;
    let balance = s.balance().await;
    assert_eq!(balance, 1_000_000 - 129_900);
    s.get("shop", plan(Plan::Flagship)).await;
    assert_eq!(s.balance().await, balance);
}

#[tokio::test]
async fn what_is_for_nothing_in_advance_has_its_term() {
    let s = Shop::with("gen2023").await;
    let text = gift_catalogue();
    apps::use_catalogue(&s.w.p, Arc::new(Catalogue::parse(&text).unwrap()));
    s.app("shop").await;
    s.get("shop", plan(Plan::Pro)).await;
    let wish = Wish { auto_renew: false, ..services(vec![service("mute", 1, 1)]) };
    let order = s.get("shop", wish).await.remove(0);
    assert_eq!((order.state, order.expires), (OrderState::InService, Some(s.start("2026-12-01"))));
    s.at("2026-11-30").await;
    assert!(s.now("shop").await.enabled(Feature::GlobalMute));
    s.at("2026-12-01").await;
    assert!(!s.now("shop").await.enabled(Feature::GlobalMute));
}

/// gen2023 whose only service is for nothing.
fn gift_catalogue() -> String {
    let switches: Vec<String> = hongyan_model::REGISTRY
        .iter()
        .filter(|spec| {
            Catalogue::builtin().scope(spec.feature, Plan::Pro) == hongyan_model::Scope::Sold
        })
        .map(|spec| {
            format!(
                "{} = {:?}",
                spec.key,
                if spec.key == "global_mute" { "vas" } else { "upgrade" }
            )
        })
        .collect();
    let others = |plan| -> Vec<String> {
        hongyan_model::REGISTRY
            .iter()
            .filter(|spec| {
                Catalogue::builtin().scope(spec.feature, plan) == hongyan_model::Scope::Sold
            })
            .map(|spec| format!("{} = \"upgrade\"", spec.key))
            .collect()
    };
    format!(
        "schema = 1\nid = \"own\"\nbase = \"gen2023\"\n[plan.pro.feature]\n{}\n[plan.flagship.feature]\n{}\n[plan.premier.feature]\n{}\n\
         [[vas]]\nkey = \"mute\"\nname_zh = \"m\"\nname_en = \"m\"\nkind = \"switch\"\nfeatures = [\"global_mute\"]\nprice = {{ pro = \"0\" }}\n",
        switches.join("\n"),
        others(Plan::Flagship).join("\n"),
        others(Plan::Premier).join("\n"),
    )
}

#[tokio::test]
async fn a_month_computed_again_makes_a_correction_and_never_changes_a_bill() {
    let s = Shop::with("gen2024").await;
    s.at("2026-11-10").await;
    let app = s.app("shop").await;
    s.recharge(1_000_000).await;
    s.get("shop", plan(Plan::Pro)).await;
    s.seal(&app, "2026-11-15", 10_001, 110_000).await;
    s.at("2026-12-01").await;
    let monthly = s.bills().await.remove(0);
    assert_eq!(monthly.total, Money(100_000 + 10_000), "a started block, and groups and rooms");
    let month = Day::of_month("2026-11").unwrap();
    assert_eq!(billing::rerun(&s.w.p, s.org, month).await.unwrap(), None);
    // Figures of a day that was not known are found.
    s.seal(&app, "2026-11-06", 20_001, 0).await;
    let preview = billing::preview(&s.w.p, s.org, month).await.unwrap();
    assert_eq!((preview.kind, preview.total), (BillKind::Adjustment, Money(100_000)));
    let correction = billing::rerun(&s.w.p, s.org, month).await.unwrap().unwrap();
    let bill = billing::bill(&s.w.p, s.org, &correction).await.unwrap();
    assert_eq!((bill.total, bill.lines.len()), (Money(100_000), 1));
    assert_eq!(billing::rerun(&s.w.p, s.org, month).await.unwrap(), None);
    assert_eq!(billing::bill(&s.w.p, s.org, &monthly.no).await.unwrap(), monthly);
    let now = Day::of_month("2026-12").unwrap();
    let early = billing::rerun(&s.w.p, s.org, now).await;
    assert_eq!(billing_refusal(early), BillingRefusal::MonthNotBillable);
}

#[tokio::test]
async fn the_operator_puts_apps_on_plans_and_what_they_had_ends() {
    let s = Shop::with("gen2024").await;
    s.app("shop").await;
    s.recharge(1_000_000).await;
    s.get("shop", plan(Plan::Flagship)).await;
    let change = |plan, charged| PlanChange {
        plan,
        charged,
        reason: "agreed".to_owned(),
        by: "operator@host".to_owned(),
    };
    billing::set_plan(&s.w.p, &*s.now("shop").await, &change(Plan::Pro, true)).await.unwrap();
    assert_eq!(s.now("shop").await.plan, Plan::Pro);
    assert_eq!(s.balance().await, 1_000_000 - 129_900, "all of the other is paid back");
    let unknown =
        billing::set_plan(&s.w.p, &*s.now("shop").await, &change(Plan::Premier, false)).await;
    assert_eq!(billing_refusal(unknown), BillingRefusal::PlanNotAllowed, "the list has none");
    let flagship = change(Plan::Flagship, false);
    billing::set_plan(&s.w.p, &*s.now("shop").await, &flagship).await.unwrap();
    s.at("2026-12-05").await;
    assert_eq!((s.now("shop").await.plan, s.balance().await), (Plan::Flagship, 1_000_000));
    billing::set_plan(&s.w.p, &*s.now("shop").await, &change(Plan::Free, false)).await.unwrap();
    assert_eq!(s.now("shop").await.plan, Plan::Free);
    assert!(s.states().await.iter().all(|(_, state, _)| *state == OrderState::Finished));
}

#[tokio::test]
async fn an_order_waits_for_its_payment_and_for_being_set_up() {
    let s = Shop::with("gen2024").await;
    let text =
        "schema = 1\nid = \"own\"\nbase = \"gen2024\"\n[billing]\nprovision_delay_seconds = 120\n";
    apps::use_catalogue(&s.w.p, Arc::new(Catalogue::parse(text).unwrap()));
    s.app("shop").await;
    s.recharge(1_000_000).await;
    // Nobody pays.
    let late = s.buy("shop", plan(Plan::Pro)).await.unwrap();
    s.w.clock.advance(30 * 60_000);
    let pay = billing::pay(&s.w.p, &*s.now("shop").await, &late.no).await;
    assert_eq!(billing_refusal(pay), BillingRefusal::PurchaseClosed);
    billing::tick(&s.w.p).await.unwrap();
    assert_eq!(s.states().await, [("pro".to_owned(), OrderState::Cancelled, None)]);
    // Somebody does.
    let orders = s.get("shop", plan(Plan::Pro)).await;
    assert_eq!((orders[0].state, s.now("shop").await.plan), (OrderState::Provisioning, Plan::Free));
    s.w.clock.advance(119_000);
    billing::tick(&s.w.p).await.unwrap();
    assert_eq!(s.now("shop").await.plan, Plan::Free);
    s.w.clock.advance(1_000);
    billing::tick(&s.w.p).await.unwrap();
    assert_eq!(s.now("shop").await.plan, Plan::Pro);
    let view = billing::order(&s.w.p, s.org, &orders[0].no).await.unwrap();
    let steps: Vec<_> = view.operations.iter().map(|(_, step)| step.what.key()).collect();
    assert_eq!(steps, ["created", "paid", "provisioned"]);
}

#[tokio::test]
async fn without_money_orders_are_for_nothing_and_no_bills_are_made() {
    let s = Shop::with("gen2023").await;
    let text = "schema = 1\nid = \"own\"\nbase = \"gen2023\"\n[billing]\nenabled = false\n";
    apps::use_catalogue(&s.w.p, Arc::new(Catalogue::parse(text).unwrap()));
    s.app("shop").await;
    s.get("shop", Wish { services: vec![service("thread", 1, 1)], ..plan(Plan::Pro) }).await;
    let app = s.now("shop").await;
    assert!(app.plan == Plan::Pro && app.enabled(Feature::Thread));
    s.at("2027-01-05").await;
    let bills = stored::bills(&s.w.store, s.org, &BillFilter::default(), None, 10).await.unwrap();
    assert_eq!((bills.len(), s.balance().await), (0, 0));
    let new = NewRecharge { amount: Money(100), channel: Channel::Offline, note: String::new() };
    let recharge = billing::add_recharge(&s.w.p, s.org, "boss@host", new).await;
    assert_eq!(billing_refusal(recharge), BillingRefusal::BillingOff);
    let account = billing::account(&s.w.p, s.org).await;
    assert_eq!(billing_refusal(account), BillingRefusal::BillingOff);
}

#[tokio::test]
async fn recharges_are_paid_once_and_deleted_only_before() {
    let s = Shop::with("gen2023").await;
    let new = |amount| NewRecharge {
        amount: Money(amount),
        channel: Channel::Offline,
        note: "bank".to_owned(),
    };
    let add = async |amount| billing::add_recharge(&s.w.p, s.org, "boss@host", new(amount)).await;
    for wrong in [0, -1, i64::MAX] {
        assert!(matches!(refusal(add(wrong).await), Refusal::Invalid { name: "amount", .. }));
    }
    let (a, b) = (add(100).await.unwrap(), add(200).await.unwrap());
    billing::delete_recharge(&s.w.p, s.org, &a.no).await.unwrap();
    let gone = billing::confirm_recharge(&s.w.p, &a.no).await;
    assert_eq!(billing_refusal(gone), BillingRefusal::RechargeNotFound);
    // Two operators confirm at once.
    let confirm = || billing::confirm_recharge(&s.w.p, &b.no);
    let (first, second) = tokio::join!(confirm(), confirm());
    assert!(first.is_ok() != second.is_ok());
    assert_eq!(s.balance().await, 200);
    let paid = billing::delete_recharge(&s.w.p, s.org, &b.no).await;
    assert_eq!(billing_refusal(paid), BillingRefusal::RechargePaid);
    let others = s.w.register("globex").await.staff.org_id().unwrap();
    let foreign = billing::delete_recharge(&s.w.p, others, &b.no).await;
    assert_eq!(billing_refusal(foreign), BillingRefusal::RechargeNotFound);
    let pretended = billing::pay_recharge(&s.w.p, s.org, &b.no).await;
    assert_eq!(refusal(pretended), Refusal::NotPermitted);
}

#[tokio::test]
async fn of_two_purchases_at_once_one_wins() {
    let s = Shop::with("gen2023").await;
    s.app("shop").await;
    let buy = |wanted| s.buy("shop", plan(wanted));
    let (a, b) = tokio::join!(buy(Plan::Flagship), buy(Plan::Flagship));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    assert_eq!(s.states().await.len(), 1);
}
