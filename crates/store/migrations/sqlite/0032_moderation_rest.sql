-- Words of lists have ids by which the customer's server names them. added_by: as it says; empty: nobody, or staff.
ALTER TABLE listed_words ADD COLUMN id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE listed_words ADD COLUMN added_by TEXT NOT NULL DEFAULT '';
ALTER TABLE listed_words ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;
UPDATE listed_words SET id = rowid, updated = added;
CREATE INDEX listed_words_by_id ON listed_words (app_id, list_id, id);

-- Exports of records of moderation: files that are made in the background. filter: JSON, what was asked for. state:
-- waiting, done, failed, aborted. due: while it waits, not before; who makes it moves it on. records, bytes: of the file.
-- cut: whether more would have been in it. expires: when it is removed.
CREATE TABLE moderation_exports (
    app_id   BIGINT NOT NULL,
    id       BIGINT NOT NULL,
    uuid     TEXT NOT NULL,
    filter   TEXT NOT NULL,
    state    TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    records  BIGINT NOT NULL,
    cut      BIGINT NOT NULL,
    bytes    BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL,
    expires  BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE UNIQUE INDEX moderation_exports_by_uuid ON moderation_exports (app_id, uuid);
CREATE INDEX moderation_exports_by_due ON moderation_exports (due) WHERE state = 'waiting';
CREATE INDEX moderation_exports_by_expiry ON moderation_exports (expires);
