//! Words of the billing pages: the model's, as the page is compiled against them.

use hongyan_model::billing as model;
use hongyan_model::catalogue;
use hongyan_platform::billing as domain;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident of $source:path { $($variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        #[ts(export_to = "billing.ts")]
        pub(crate) enum $name {
            $($variant),+
        }

        impl From<$source> for $name {
            fn from(word: $source) -> Self {
                use $source as Source;
                match word {
                    $(Source::$variant => Self::$variant),+
                }
            }
        }

        impl From<$name> for $source {
            fn from(word: $name) -> Self {
                use $source as Source;
                match word {
                    $($name::$variant => Source::$variant),+
                }
            }
        }
    )+};
}

words! {
    /// Where an order is in its life.
    OrderState of model::OrderState { PendingPayment, Provisioning, InService, Finished, Cancelled }
    /// Why an order is finished.
    EndReason of model::EndReason { Superseded, Closed, Expired, AppDeleted, Arrears }
    /// Why a balance changed.
    EntryKind of model::EntryKind { Recharge, Charge, Refund, Adjustment, Gift }
    /// What a bill is for.
    BillKind of model::BillKind { Monthly, Purchase, Renewal, Adjustment }
    /// How far a bill is paid.
    BillState of model::BillState { Paid, Unpaid, PartPaid }
    /// What a line of a bill is for.
    LineKind of model::LineKind { Plan, Service, Dau, GroupsAndRooms, Term }
    /// A step in the life of an order.
    OperationKind of model::Operation {
        Created, Paid, Provisioned, Renewed, Refunded, Finished, Cancelled, AutoRenewOn, AutoRenewOff
    }
    /// How money comes into an account.
    RechargeChannel of model::Channel { Offline, Test }
    /// When something is paid.
    ChargeMode of catalogue::ChargeMode { Postpaid, Prepaid }
    /// What a started block counts.
    Rounding of catalogue::Rounding { Floor, Ceil }
    /// What is measured by the month.
    Meter of catalogue::Meter { Dau, GroupsAndRooms }
    /// How a plan stands to an app.
    PlanState of domain::PlanState { Current, Available, Below, Operator }
}
