-- Who uploaded a file; NULL for the app's server, and for files from before this column.
ALTER TABLE files ADD COLUMN uploader TEXT;

-- How many bytes the attributes of an app's users are, names and values together: kind 5.
INSERT INTO counters (app_id, kind, n)
SELECT a.app_id, 5, SUM(length(CAST(e.key AS BLOB)) + length(CAST(e.value AS BLOB)))
FROM user_attributes a, json_each(a.attributes) e
GROUP BY a.app_id;
