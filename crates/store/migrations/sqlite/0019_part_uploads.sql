-- Uploads in parts that are not finished. user_id is empty for one of the app's server.

CREATE TABLE part_uploads (
    app_id  BIGINT NOT NULL,
    id      TEXT   NOT NULL,
    user_id TEXT   NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;

CREATE INDEX part_uploads_by_user ON part_uploads (app_id, user_id, created);
CREATE INDEX part_uploads_by_expiry ON part_uploads (expires, app_id, id);

-- Places of parts, taken before their bytes are written.
CREATE TABLE upload_parts (
    app_id    BIGINT NOT NULL,
    upload_id TEXT   NOT NULL,
    part      BIGINT NOT NULL,
    size      BIGINT NOT NULL,
    PRIMARY KEY (app_id, upload_id, part)
) WITHOUT ROWID;
