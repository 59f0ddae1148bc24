//! Removing an app: nothing of it stays, in whatever table, and nothing of others goes.

use bytes::Bytes;
use hongyan_model::{AppId, FileId};
use hongyan_store::attachments::Part;
use hongyan_store::{Database, apps, purge};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};

use crate::{Fixture, on_every_engine};

/// More than a step removes of one table.
const ROWS: i64 = 510;

/// A table with rows of apps.
struct Table {
    name: String,
    /// The column with the app's number.
    app: &'static str,
    /// Its other columns, with their types.
    columns: Vec<(String, String)>,
}

/// A way into a database around the store, where nobody asks what refers to what.
struct Raw {
    connection: AnyConnection,
    tables: Vec<Table>,
}

impl Raw {
    async fn open(url: &str) -> Self {
        let mut connection = AnyConnection::connect(url).await.unwrap();
        let is_sqlite = url.starts_with("sqlite:");
        let (unchecked, columns) = if is_sqlite {
            (
                "PRAGMA foreign_keys = OFF",
                "SELECT t.name AS tab, c.name AS col, c.type AS kind FROM sqlite_master t, pragma_table_info(t.name) c \
                 WHERE t.type = 'table'",
            )
        } else {
            (
                "SET session_replication_role = replica",
                "SELECT table_name::text AS tab, column_name::text AS col, data_type::text AS kind \
                 FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'NO'",
            )
        };
        sqlx::query(unchecked).execute(&mut connection).await.unwrap();
        let rows = sqlx::query(columns).fetch_all(&mut connection).await.unwrap();
        let mut tables: Vec<Table> = Vec::new();
        for row in &rows {
            let text = |name| row.get::<String, _>(name);
            let (name, column) = (text("tab"), (text("col"), text("kind")));
            match tables.iter_mut().find(|table| table.name == name) {
                Some(table) => table.columns.push(column),
                None => tables.push(Table { name, app: "", columns: vec![column] }),
            }
        }
        for table in &mut tables {
            let named = |wanted: &str| table.columns.iter().any(|(name, _)| name == wanted);
            table.app = ["app_id", "app"].into_iter().find(|name| named(name)).unwrap_or_default();
            table.columns.retain(|(name, _)| name != table.app);
        }
        tables.retain(|table| !table.app.is_empty());
        Self { connection, tables }
    }

    /// Puts rows of `app` into every table; what has the same number in different tables belongs together.
    async fn fill(&mut self, app: AppId) {
        for table in &self.tables {
            let names: Vec<_> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
            let row = |n: i64| {
                let value = |kind: &str| match kind.to_lowercase().as_str() {
                    "text" => format!("'x{n}'"),
                    "blob" => "x''".to_owned(),
                    "bytea" => "''".to_owned(),
                    _ => (app.0 * 100_000 + n).to_string(),
                };
                let values = table.columns.iter().map(|(_, kind)| value(kind));
                let values: Vec<_> = [app.0.to_string()].into_iter().chain(values).collect();
                format!("({})", values.join(", "))
            };
            // Some tables have one row for each app.
            let keyed_by_app =
                ["metering_room_members", "rtc_projects", "callback_cursors", "push_cursors"];
            let keyed_by_app = keyed_by_app.contains(&table.name.as_str());
            let rows: Vec<_> = (0..if keyed_by_app { 1 } else { ROWS }).map(row).collect();
            let columns = [&[table.app], names.as_slice()].concat().join(", ");
            let sql = format!("INSERT INTO {} ({columns}) VALUES {}", table.name, rows.join(", "));
            let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut self.connection).await;
            done.unwrap_or_else(|error| panic!("{}: {error}", table.name));
        }
    }

    /// Rows of `app` by table.
    async fn count(&mut self, app: AppId) -> Vec<(String, i64)> {
        let mut counts = Vec::new();
        for table in &self.tables {
            let sql =
                format!("SELECT COUNT(*) AS n FROM {} WHERE {} = {}", table.name, table.app, app.0);
            let row: AnyRow =
                sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut self.connection).await.unwrap();
            counts.push((table.name.clone(), row.get("n")));
        }
        counts
    }
}

/// The databases of the fixture: tables of control, and the message log where that is a file of its own.
async fn databases(f: &Fixture) -> Vec<Raw> {
    match &f.options.database {
        Database::Postgres { url } => vec![Raw::open(url).await],
        Database::Sqlite { path } => {
            let log = f.options.data_dir.join("messages.db");
            vec![Raw::open(&sqlite_url(path)).await, Raw::open(&sqlite_url(&log)).await]
        }
    }
}

fn sqlite_url(path: &std::path::Path) -> String {
    let escape = |byte: &u8| match byte {
        b'/' => "/".to_owned(),
        byte => format!("%{byte:02X}"),
    };
    let bytes = path.as_os_str().as_encoded_bytes();
    format!("sqlite://{}", bytes.iter().map(escape).collect::<String>())
}

#[tokio::test]
async fn nothing_of_a_removed_app_stays_and_nothing_of_others_goes() {
    on_every_engine(|f| async move {
        let (gone, kept) = (f.app("gone").await, f.app("kept").await);
        let mut databases = databases(&f).await;
        assert!(databases.iter().map(|db| db.tables.len()).sum::<usize>() > 25);
        let mut before = Vec::new();
        for database in &mut databases {
            database.fill(gone).await;
            database.fill(kept).await;
            before.push(database.count(kept).await);
        }
        let file = FileId::from_trusted("0123456789abcdef");
        for app in [gone, kept] {
            for part in [Part::Original, Part::Thumbnail] {
                f.store.attachments().put(app, &file, part, Bytes::from("x")).await.unwrap();
            }
        }

        let mut steps = 0;
        while !purge::step(&f.store, gone).await.unwrap() {
            steps += 1;
            assert!(steps < 1000, "it comes to no end");
        }
        assert!(steps > 1, "all at once");
        for (database, before) in databases.iter_mut().zip(before) {
            for (table, rows) in database.count(gone).await {
                assert_eq!(rows, 0, "{table}");
            }
            assert_eq!(database.count(kept).await, before);
        }
        assert_eq!(apps::find_by_id(&f.store, gone).await.unwrap(), None);
        assert!(apps::find_by_id(&f.store, kept).await.unwrap().is_some());
        let bytes =
            async |app| f.store.attachments().get(app, &file, Part::Original).await.unwrap();
        assert!(bytes(gone).await.is_none() && bytes(kept).await.is_some());
        // There is nothing to do for an app that is not there.
        assert!(purge::step(&f.store, gone).await.unwrap());
    })
    .await;
}
