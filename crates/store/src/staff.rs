//! Staff: who may sign in to the console.

use hongyan_model::Timestamp;

use crate::{Store, StoreError};

/// Stores an operator; `false` if the address is taken.
pub async fn insert_operator(
    store: &Store,
    email: &str,
    password_hash: &str,
    created: Timestamp,
) -> Result<bool, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO staff (email, password_hash, operator, created) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (email) DO NOTHING",
    )
    .bind(email)
    .bind(password_hash)
    .bind(created)
    .execute(store.pool())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Whether the installation has an operator.
pub async fn any_operator(store: &Store) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT id FROM staff WHERE operator = 1 LIMIT 1")
        .fetch_optional(store.pool())
        .await?;
    Ok(found.is_some())
}
