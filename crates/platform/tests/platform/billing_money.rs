//! Properties of the books and of shares, whatever the amounts.

use hongyan_model::OrgId;
use hongyan_model::billing::{Account, Bill, BillKind, BillLine, Books, EntryKind, LineKind};
use hongyan_model::catalogue::Money;
use proptest::prelude::*;

fn line(amount: i64) -> BillLine {
    BillLine {
        app: hongyan_model::AppId(1),
        app_key: String::new(),
        order_no: String::new(),
        item: String::new(),
        name_zh: String::new(),
        name_en: String::new(),
        kind: LineKind::Plan,
        days: None,
        months: None,
        unit_price: Money(amount),
        units: 1,
        peak: None,
        included: None,
        amount: Money(amount),
    }
}

/// What can happen to an account.
#[derive(Clone, Debug)]
enum Event {
    Recharge(i64),
    Gift(i64),
    Refund(i64),
    Adjustment(i64),
    Bill(Vec<i64>),
    Limit(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let amount = 1..1_000_000_i64;
    let event = prop_oneof![
        amount.clone().prop_map(Event::Recharge),
        amount.clone().prop_map(Event::Gift),
        amount.clone().prop_map(Event::Refund),
        (-1_000_000..1_000_000_i64).prop_map(Event::Adjustment),
        proptest::collection::vec(0..500_000_i64, 0..4).prop_map(Event::Bill),
        (0..500_000_i64).prop_map(Event::Limit),
    ];
    proptest::collection::vec(event, 1..40)
}

proptest! {
    #[test]
    fn the_books_balance_whatever_happens(events in events()) {
        let mut books = Books {
            now: 1,
            credit_limit: Money(0),
            account: Account::empty(OrgId(1)),
            app: None,
            orders: Vec::new(),
            open_bills: Vec::new(),
            new_bills: Vec::new(),
            postings: Vec::new(),
            operations: Vec::new(),
        };
        for (n, event) in events.into_iter().enumerate() {
            let no = format!("N{n}");
            match event {
                Event::Recharge(amount) => books.post(EntryKind::Recharge, Money(amount), &no, ""),
                Event::Gift(amount) => books.post(EntryKind::Gift, Money(amount), &no, ""),
                Event::Refund(amount) => books.post(EntryKind::Refund, Money(amount), &no, ""),
                Event::Adjustment(amount) => books.post(EntryKind::Adjustment, Money(amount), &no, ""),
                Event::Limit(limit) => books.set_credit_limit(Some(Money(limit))),
                Event::Bill(amounts) => {
                    let lines: Vec<_> = amounts.into_iter().map(line).collect();
                    let total: Money = lines.iter().map(|line| line.amount).sum();
                    let cash = books.charge((no.clone(), no), BillKind::Monthly, (0, 29), lines);
                    prop_assert!(Money(0) <= cash && cash <= total);
                }
            }
            let account = &books.account;
            let sum: Money = books.postings.iter().map(|posting| posting.amount).sum();
            prop_assert_eq!(account.balance, sum);
            if let Some(last) = books.postings.last() {
                prop_assert_eq!(last.balance_after, sum);
            }
            prop_assert!(Money(0) <= account.gift && account.gift <= account.balance.max(Money(0)));
            let bills: Vec<&Bill> = books.new_bills.iter().map(|new| &new.bill).collect();
            let mut unpaid = Money(0);
            for bill in &bills {
                prop_assert!(Money(0) <= bill.paid && bill.paid <= bill.total);
                prop_assert!(bill.from_gift <= bill.total && bill.cash() <= bill.paid);
                unpaid = unpaid + (bill.total - bill.paid);
            }
            let total: Money = bills.iter().map(|bill| bill.total).sum();
            // Owed is owed for bills, as far as there are any.
            prop_assert_eq!(unpaid, account.owed().min(total));
            // A bill is paid before an older one is not.
            let open: Vec<bool> = bills.iter().filter(|bill| bill.total > Money(0)).map(|bill| bill.paid < bill.total).collect();
            prop_assert!(open.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert_eq!(account.in_arrears_since.is_some(), account.owed() > books.credit());
        }
    }

    #[test]
    fn parts_of_a_month_add_up_to_the_month(fee in 0..10_000_000_i64, cuts in proptest::collection::vec(0..=30_u64, 0..6)) {
        let mut cuts = cuts;
        cuts.extend([0, 30]);
        cuts.sort_unstable();
        let parts: Vec<_> = cuts.windows(2).map(|pair| Money(fee).share(pair[1] - pair[0], 30).unwrap()).collect();
        let sum: Money = parts.iter().copied().sum();
        // Each part is rounded by half a fen at most.
        let off = (sum - Money(fee)).0.abs();
        prop_assert!(off * 2 <= i64::try_from(parts.len()).unwrap(), "{off} of {}", parts.len());
        prop_assert_eq!(Money(fee).share(30, 30), Some(Money(fee)));
        for (part, pair) in parts.iter().zip(cuts.windows(2)) {
            prop_assert!(*part <= Money(fee) && (*part > Money(0) || pair[0] == pair[1] || fee < 30));
        }
    }
}
