//! The nodes that write one log.
//!
//! Each has a row with a *mark*: the node commits no entry up to it any more. Every append moves the mark in its own
//! transaction, an idle node moves it now and then, so the smallest mark of all is the *horizon*: what follows the log
//! up to there misses nothing that commits late. A node that is silent for [`SILENT_SECONDS`] is taken out, so that it
//! holds up nobody; an append that it had under way finds the row changed and is not committed, however long the node
//! was frozen.

use std::sync::Arc;
use std::time::Duration;

use hongyan_model::{Clock, IdGenerator, MessageId};
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::{ConnectOptions as _, PgConnection, Row};
use tokio::time::Instant;

use crate::StoreError;
use crate::log::{loaded, stored};

/// The newest id up to which followers miss nothing, as a value in a statement.
pub(super) const HORIZON: &str =
    "(SELECT coalesce(min(mark), 9223372036854775807) FROM log_nodes WHERE incarnation <> 0)";

/// Class of the advisory locks that keep two processes from having one number: "hong" in ASCII.
const NUMBER_LOCK: i32 = 0x686f_6e67;
/// How long a predecessor that was killed may take to be missed by the database.
const LOCK_WAIT: Duration = Duration::from_secs(10);
/// After which a node that says nothing is taken out. Longer than an idle transaction may last
/// ([`IDLE_IN_TRANSACTION`]), so that it holds no rows any more.
const SILENT_SECONDS: f64 = 6.0;
/// After which the database ends the transaction of a process that does not go on with it.
pub(super) const IDLE_IN_TRANSACTION: &str = "4s";
/// How often an idle node moves its mark: followers on all nodes wait for that. Alone there is nobody to wait.
const BEAT: Duration = Duration::from_millis(150);
const BEAT_ALONE: Duration = Duration::from_secs(1);

/// Number and incarnation of a node: the row that its appends move.
pub(super) type Place = (i64, i64);

/// This node's place among those that write the log.
pub(super) struct Membership {
    number: i64,
    incarnation: i64,
    options: PgConnectOptions,
    /// Holds the lock on the number.
    connection: Option<PgConnection>,
    ids: Arc<IdGenerator>,
    clock: Arc<dyn Clock>,
    alone: bool,
    beaten: Instant,
}

impl Membership {
    /// Takes the place of this node's number; waits for a predecessor that was killed.
    pub(super) async fn join(
        options: &PgConnectOptions,
        ids: &Arc<IdGenerator>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let mut membership = Self {
            number: i64::from(ids.node()),
            incarnation: 0,
            // A mark that a crash of the database takes back is only smaller.
            options: options.clone().options([("synchronous_commit", "off")]),
            connection: None,
            ids: ids.clone(),
            clock: clock.clone(),
            alone: true,
            beaten: Instant::now(),
        };
        let since = Instant::now();
        while !membership.enter().await? {
            if since.elapsed() > LOCK_WAIT {
                let path = format!("node {} of the PostgreSQL database", membership.number).into();
                return Err(StoreError::InUse { path });
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(membership)
    }

    /// Enters the node anew; `false` if another process has its number.
    pub(super) async fn enter(&mut self) -> Result<bool, sqlx::Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        let locked: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2)")
            .bind(NUMBER_LOCK)
            .bind(i32::try_from(self.number).unwrap_or_default())
            .fetch_one(&mut connection)
            .await?;
        if !locked {
            return Ok(false);
        }
        let incarnation = stored(self.ids.next(self.clock.now()).0);
        // Followers stand still until the mark is known: it has to be beyond all that others have followed already.
        sqlx::query(
            "INSERT INTO log_nodes AS n VALUES ($1, $2, 0, clock_timestamp()) ON CONFLICT (node) DO UPDATE
             SET incarnation = excluded.incarnation, seen = excluded.seen",
        )
        .bind(self.number)
        .bind(incarnation)
        .execute(&mut connection)
        .await?;
        self.incarnation = incarnation;
        self.connection = Some(connection);
        self.beat().await
    }

    pub(super) fn place(&self) -> Place {
        (self.number, self.incarnation)
    }

    /// When the mark of an idle node is to be moved next.
    pub(super) fn due(&self) -> Instant {
        self.beaten + if self.alone { BEAT_ALONE } else { BEAT }
    }

    /// Moves the mark past everything that any node has written, and takes out who is silent; `false` if this node was
    /// taken out itself.
    pub(super) async fn beat(&mut self) -> Result<bool, sqlx::Error> {
        self.beaten = Instant::now();
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            // The lock went with the connection.
            None => return Ok(false),
        };
        let row = sqlx::query(
            "SELECT coalesce(max(mark), 0) AS top,
                 count(*) FILTER (WHERE incarnation <> 0 AND node <> $1) AS others,
                 count(*) FILTER (WHERE incarnation <> 0 AND node <> $1
                     AND seen < clock_timestamp() - make_interval(secs => $2)) AS silent
             FROM log_nodes",
        )
        .bind(self.number)
        .bind(SILENT_SECONDS)
        .fetch_one(&mut connection)
        .await?;
        self.alone = row.try_get::<i64, _>("others")? == 0;
        self.ids.start_after(MessageId(loaded(row.try_get("top")?)));
        let mark = self.ids.next(self.clock.now());
        let moved = sqlx::query(
            "UPDATE log_nodes SET mark = $3, seen = clock_timestamp() WHERE node = $1 AND incarnation = $2",
        )
        .bind(self.number)
        .bind(self.incarnation)
        .bind(stored(mark.0))
        .execute(&mut connection)
        .await?;
        if row.try_get::<i64, _>("silent")? > 0 {
            self.take_out(&mut connection).await?;
        }
        self.connection = Some(connection);
        Ok(moved.rows_affected() == 1)
    }

    async fn take_out(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let taken_out: Vec<i64> = sqlx::query_scalar(
            "UPDATE log_nodes SET incarnation = 0 WHERE node IN (
                 SELECT node FROM log_nodes WHERE incarnation <> 0 AND node <> $1
                 AND seen < clock_timestamp() - make_interval(secs => $2) FOR UPDATE SKIP LOCKED
             ) RETURNING node",
        )
        .bind(self.number)
        .bind(SILENT_SECONDS)
        .fetch_all(connection)
        .await?;
        for node in taken_out {
            tracing::warn!(node, "a node is silent: what follows the log no longer waits for it");
        }
        Ok(())
    }

    /// Gives the place up, so that nobody waits for this node.
    pub(super) async fn leave(self, pool: &PgPool) {
        let left = sqlx::query(
            "UPDATE log_nodes SET incarnation = 0 WHERE node = $1 AND incarnation = $2",
        )
        .bind(self.number)
        .bind(self.incarnation)
        .execute(pool)
        .await;
        if let Err(error) = left {
            tracing::warn!(%error, "this node is still waited for, for a moment");
        }
    }
}

/// Moves the mark of the node at `place` within an append; `false` if the node was taken out.
pub(super) async fn move_mark(
    connection: &mut PgConnection,
    (number, incarnation): Place,
    mark: MessageId,
) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query(
        "UPDATE log_nodes SET mark = $3, seen = clock_timestamp() WHERE node = $1 AND incarnation = $2",
    )
    .bind(number)
    .bind(incarnation)
    .bind(stored(mark.0))
    .execute(connection)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Waits until an earlier append of the node is over, whatever became of it; `false` if the node was taken out.
pub(super) async fn settle(
    connection: &mut PgConnection,
    (number, incarnation): Place,
) -> Result<bool, sqlx::Error> {
    let row =
        sqlx::query("SELECT 1 FROM log_nodes WHERE node = $1 AND incarnation = $2 FOR UPDATE")
            .bind(number)
            .bind(incarnation)
            .fetch_optional(connection)
            .await?;
    Ok(row.is_some())
}
