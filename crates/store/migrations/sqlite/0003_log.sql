-- The message log of SQLite has database files of its own (migrations/sqlite-log); the number is taken
-- so that both engines count alike.
SELECT 1;
