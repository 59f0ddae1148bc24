-- Imported messages have no position; what stands there instead is below 0 and tells when they were imported.
CREATE INDEX messages_imported ON messages (app, conv, id) WHERE seq < 0;

-- Who uploaded a file; NULL for the app's server, and for files from before this column.
ALTER TABLE files ADD COLUMN uploader TEXT COLLATE "C";

-- How many bytes the attributes of an app's users are, names and values together: kind 5. A zero byte, which the
-- database does not turn into text, counts as any other.
INSERT INTO counters (app_id, kind, n)
SELECT a.app_id, 5, SUM(octet_length(e.key) + octet_length(e.value))
FROM user_attributes a CROSS JOIN LATERAL json_each_text(
    regexp_replace(a.attributes, '(?<!\\)((\\\\)*)\\u0000', '\1x', 'g')::json) e
GROUP BY a.app_id;
