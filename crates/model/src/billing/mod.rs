//! Orders, bills and the money account of an organisation.
//!
//! The rules that need no I/O are here ([`Books`]); who may buy what, and when, is decided by `platform::billing`.

mod books;
mod refusal;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalogue::{Gives, Meter, Money, Overage};
use crate::{AppId, OrgId, Plan, Timestamp};

pub use books::{Books, NewBill, Posting};
pub use refusal::BillingRefusal;

/// The money account of an organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// Whose.
    pub org: OrgId,
    /// What it has: the sum of its ledger. Negative: what it owes.
    pub balance: Money,
    /// The part of it that was given; used first, never paid back.
    pub gift: Money,
    /// So much it may owe without consequences; `None` is what the catalogue says.
    pub credit_limit: Option<Money>,
    /// 资源消耗预警: mail when the balance falls below.
    pub alert_below: Option<Money>,
    /// Whether that mail was sent since the balance was last above.
    pub alerted: bool,
    /// Since when it owes more than it may.
    pub in_arrears_since: Option<Timestamp>,
    /// How many of the notices of arrears were sent.
    pub notices: u32,
    /// Whether its apps are stopped for it.
    pub suspended: bool,
}

impl Account {
    /// The account of an organisation that never had money.
    #[must_use]
    pub fn empty(org: OrgId) -> Self {
        Self {
            org,
            balance: Money::ZERO,
            gift: Money::ZERO,
            credit_limit: None,
            alert_below: None,
            alerted: false,
            in_arrears_since: None,
            notices: 0,
            suspended: false,
        }
    }

    /// What it owes.
    #[must_use]
    pub fn owed(&self) -> Money {
        (-self.balance).max(Money::ZERO)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As stored, and in JSON.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The one stored as `key`.
            #[must_use]
            pub fn from_key(key: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.key() == key)
            }
        }
    };
}

words! {
    /// Where an order is in its life.
    OrderState {
        /// 待支付: waits for its payment.
        PendingPayment = "pending_payment",
        /// 开通中: paid, or paid later; what it gives is being set up.
        Provisioning = "provisioning",
        /// 服务中.
        InService = "in_service",
        /// 已完结.
        Finished = "finished",
        /// 已取消: not paid in time, or taken back before.
        Cancelled = "cancelled",
    }
}

words! {
    /// Why an order is finished.
    EndReason {
        /// Another plan was bought.
        Superseded = "superseded",
        /// The operator has closed it.
        Closed = "closed",
        /// Its term is over and it was not to be renewed.
        Expired = "expired",
        /// Its app was deleted.
        AppDeleted = "app_deleted",
        /// Its term is over and its organisation owes money.
        Arrears = "arrears",
    }
}

words! {
    /// Why a balance changed.
    EntryKind {
        /// 充值.
        Recharge = "recharge",
        /// 扣费.
        Charge = "charge",
        /// 退款.
        Refund = "refund",
        /// 调账.
        Adjustment = "adjustment",
        /// 赠送.
        Gift = "gift",
    }
}

words! {
    /// What a bill is for.
    BillKind {
        /// A month that is over.
        Monthly = "monthly",
        /// What was paid with a purchase.
        Purchase = "purchase",
        /// The next term of an order.
        Renewal = "renewal",
        /// What a month that was billed has to be corrected by.
        Adjustment = "adjustment",
    }
}

words! {
    /// What a line of a bill is for.
    LineKind {
        /// Days of a plan.
        Plan = "plan",
        /// Days of a service.
        Service = "service",
        /// Active users beyond what the plan includes.
        Dau = "dau",
        /// Groups and chat rooms beyond what the plan includes.
        GroupsAndRooms = "groups_and_rooms",
        /// A term that is paid in advance.
        Term = "term",
    }
}

impl From<Meter> for LineKind {
    fn from(meter: Meter) -> Self {
        match meter {
            Meter::Dau => Self::Dau,
            Meter::GroupsAndRooms => Self::GroupsAndRooms,
        }
    }
}

words! {
    /// How far a bill is paid.
    BillState {
        /// In full; bills of nothing are paid.
        Paid = "paid",
        /// Not at all.
        Unpaid = "unpaid",
        /// A part of it.
        PartPaid = "part_paid",
    }
}

words! {
    /// A step in the life of an order.
    Operation {
        /// It was made.
        Created = "created",
        /// It was paid.
        Paid = "paid",
        /// It came into service.
        Provisioned = "provisioned",
        /// Another term was paid.
        Renewed = "renewed",
        /// What was left of its term was paid back.
        Refunded = "refunded",
        /// It ended.
        Finished = "finished",
        /// It was cancelled.
        Cancelled = "cancelled",
        /// It is renewed from now on.
        AutoRenewOn = "auto_renew_on",
        /// It is not renewed any more.
        AutoRenewOff = "auto_renew_off",
    }
}

words! {
    /// How money comes into an account.
    Channel {
        /// By bank or in person; the operator confirms.
        Offline = "offline",
        /// Pretended: for demos and tests, where the catalogue allows it.
        Test = "test",
    }
}

/// What an order is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// A plan.
    Plan(Plan),
    /// A service, by its key.
    Service(String),
}

impl Item {
    /// Key of the plan or service.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Plan(plan) => plan.key(),
            Self::Service(key) => key,
        }
    }

    /// Whether it is a plan.
    #[must_use]
    pub const fn is_plan(&self) -> bool {
        matches!(self, Self::Plan(_))
    }
}

/// What was agreed on when an order was made: later changes of the catalogue do not touch it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// The catalogue's name.
    pub catalogue: String,
    /// 中文名.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// What a service gives.
    pub gives: Option<Gives>,
    /// What a plan charges beyond what it includes.
    pub overage: BTreeMap<Meter, Overage>,
    /// Whether a part of a month costs the whole fee.
    pub whole_months: bool,
}

/// A plan or service of an app, bought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Internal number; 0 until it is stored.
    pub id: i64,
    /// 订单号.
    pub no: String,
    /// What was bought in one go has the same.
    pub purchase: String,
    /// Who pays.
    pub org: OrgId,
    /// For which app.
    pub app: AppId,
    /// Its App Key, which outlives it.
    pub app_key: String,
    /// Its data centre.
    pub data_center: String,
    /// What.
    pub item: Item,
    /// On which terms.
    pub snapshot: Snapshot,
    /// A unit for a month.
    pub unit_price: Money,
    /// Units.
    pub units: u32,
    /// Months that are paid in advance; `None`: the month is billed when it is over.
    pub term_months: Option<u32>,
    /// Terms that were paid.
    pub terms: u32,
    /// What was paid for the current term, gifts not counted: the most that is paid back.
    pub paid_cash: Money,
    /// Whether the next term is paid by itself.
    pub auto_renew: bool,
    /// Where it is.
    pub state: OrderState,
    /// Why it is finished.
    pub end_reason: Option<EndReason>,
    /// Who has made it: the address of a member of staff, or `operator`.
    pub creator: String,
    /// When it was made.
    pub created: Timestamp,
    /// Pending: until when it can be paid. Provisioning: when it comes into service.
    pub due: Timestamp,
    /// When it came into service.
    pub effective: Option<Timestamp>,
    /// Until when it is paid.
    pub expires: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

impl Order {
    /// All units for a month.
    #[must_use]
    pub fn monthly(&self) -> Money {
        self.unit_price.times(self.units.into()).unwrap_or(Money(i64::MAX))
    }

    /// All units for a term; nothing for what is billed afterwards.
    #[must_use]
    pub fn term_fee(&self) -> Money {
        let months = self.term_months.unwrap_or_default();
        self.monthly().times(months.into()).unwrap_or(Money(i64::MAX))
    }

    /// Whether it may still change.
    #[must_use]
    pub fn is_live(&self) -> bool {
        use OrderState as S;
        matches!(self.state, S::PendingPayment | S::Provisioning | S::InService)
    }
}

/// A line of a bill, with everything it was computed from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BillLine {
    /// Number of the app.
    pub app: AppId,
    /// App Key.
    pub app_key: String,
    /// Order that it is for; for what is measured, the order of the plan.
    pub order_no: String,
    /// Plan or service.
    pub item: String,
    /// 中文名.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// What for.
    pub kind: LineKind,
    /// Days used, and days of the month.
    pub days: Option<(u32, u32)>,
    /// Months that were paid in advance.
    #[serde(default)]
    pub months: Option<u32>,
    /// A unit for a month, or a block.
    pub unit_price: Money,
    /// Units, or blocks.
    pub units: u64,
    /// The highest figure, and its day as a number of days from 1970.
    pub peak: Option<(u64, i64)>,
    /// How much of it costs nothing.
    pub included: Option<u64>,
    /// What it costs.
    pub amount: Money,
}

/// A bill as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bill {
    /// Internal number.
    pub id: i64,
    /// 账单ID.
    pub no: String,
    /// Who pays.
    pub org: OrgId,
    /// What for.
    pub kind: BillKind,
    /// The days it is for: the first and the last, as numbers of days from 1970.
    pub days: (i64, i64),
    /// 扣费时间.
    pub issued: Timestamp,
    /// 扣费总金额.
    pub total: Money,
    /// How much of it gifts have paid.
    pub from_gift: Money,
    /// How much of it is paid.
    pub paid: Money,
    /// What it is for in detail.
    pub lines: Vec<BillLine>,
}

impl Bill {
    /// How far it is paid.
    #[must_use]
    pub fn state(&self) -> BillState {
        if self.paid >= self.total {
            BillState::Paid
        } else if self.paid > Money::ZERO {
            BillState::PartPaid
        } else {
            BillState::Unpaid
        }
    }

    /// 现金支付: what was paid with anything but gifts.
    #[must_use]
    pub fn cash(&self) -> Money {
        (self.paid - self.from_gift).max(Money::ZERO)
    }
}

/// A change of a balance as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LedgerEntry {
    /// Rises with time.
    pub id: i64,
    /// When.
    pub time: Timestamp,
    /// Why.
    pub kind: EntryKind,
    /// By how much.
    pub amount: Money,
    /// The balance after it.
    pub balance_after: Money,
    /// Number of the bill, order or recharge that it belongs to.
    pub reference: String,
    /// What somebody said of it.
    pub note: String,
}

/// A wish to put money into an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recharge {
    /// Its number.
    pub no: String,
    /// Whose account.
    pub org: OrgId,
    /// Name of the organisation.
    pub org_name: String,
    /// How much.
    pub amount: Money,
    /// How.
    pub channel: Channel,
    /// What was said of it.
    pub note: String,
    /// Who made it.
    pub creator: String,
    /// When.
    pub created: Timestamp,
    /// When the money came, if it did.
    pub paid: Option<Timestamp>,
}

/// Figures of an app on a day that is over. They do not change any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedDay {
    /// App.
    pub app: AppId,
    /// Its organisation.
    pub org: OrgId,
    /// Its App Key.
    pub app_key: String,
    /// Days from 1970.
    pub day: i64,
    /// Users who were connected.
    pub dau: u64,
    /// The most groups and chat rooms at once.
    pub groups_and_rooms: u64,
    /// Registered users at its end.
    pub registered: u64,
    /// Messages sent.
    pub messages: u64,
}
