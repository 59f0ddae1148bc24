//! What is refused where money is concerned.

use crate::catalogue::Money;

/// Why an order, a payment or a bill is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BillingRefusal {
    /// Money is off in this installation.
    #[error("billing is switched off")]
    BillingOff,
    /// The agreement was not ticked.
    #[error("the agreement has to be accepted")]
    AgreementRequired,
    /// The app cannot move to this plan by itself.
    #[error("the app cannot move to this plan")]
    PlanNotAllowed,
    /// The service is not sold beside the plan, the app has it, or so many units or months are not sold.
    #[error("the service {key} cannot be bought so")]
    ServiceNotAllowed {
        /// Which.
        key: String,
    },
    /// The app has an order that is neither paid nor cancelled, or that is being set up.
    #[error("the purchase {purchase} is not finished")]
    UnfinishedPurchase {
        /// Its number.
        purchase: String,
    },
    /// The balance does not suffice.
    #[error("{available} is less than {due}")]
    BalanceTooLow {
        /// What can be spent: the balance, and what may be owed.
        available: Money,
        /// What is needed.
        due: Money,
    },
    /// The organisation owes money.
    #[error("the organisation owes money")]
    InArrears,
    /// No such purchase, or not one of the app.
    #[error("no such purchase")]
    PurchaseNotFound,
    /// The purchase is no longer to be paid.
    #[error("the purchase cannot be paid or cancelled any more")]
    PurchaseClosed,
    /// No such order, or not one of the organisation.
    #[error("no such order")]
    OrderNotFound,
    /// No such bill, or not one of the organisation.
    #[error("no such bill")]
    BillNotFound,
    /// No such recharge, or not one of the organisation.
    #[error("no such recharge")]
    RechargeNotFound,
    /// The money has come already.
    #[error("the recharge is paid")]
    RechargePaid,
    /// The month is not over, or from before anything was billed.
    #[error("this month cannot be billed")]
    MonthNotBillable,
}
