//! Secrets of the installation, made at its first start.

use hongyan_model::Timestamp;

use crate::{Store, StoreError};

/// The secret `name`: the stored one, or `fresh`, which is stored if there is none.
///
/// Nodes that start at once all get the same.
pub async fn get_or_insert(
    store: &Store,
    name: &str,
    fresh: &[u8],
    created: Timestamp,
) -> Result<Vec<u8>, StoreError> {
    sqlx::query("INSERT INTO installation_secrets (name, value, created) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .bind(fresh.to_vec())
        .bind(created)
        .execute(store.pool())
        .await?;
    let value = sqlx::query_scalar("SELECT value FROM installation_secrets WHERE name = $1");
    Ok(value.bind(name).fetch_one(store.pool()).await?)
}
