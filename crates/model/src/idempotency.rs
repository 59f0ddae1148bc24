//! Why a request with an idempotency key is not carried out.

/// To whoever sends a request with a key that was used before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IdempotencyRefusal {
    /// Empty, too long, or not of printable ASCII.
    #[error("illegal idempotency key")]
    IllegalKey,
    /// Another request had it.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first request with it is being carried out.
    #[error("a request with this idempotency key is in progress")]
    InProgress,
    /// Nobody knows what the first request with it has done.
    #[error("the outcome of the first request with this idempotency key is unknown")]
    OutcomeUnknown,
}
