-- Organisations, apps, staff, secrets of the installation, end users.
-- Times are Unix milliseconds, booleans 0/1, numbers 64 bits: the same on both engines.

CREATE TABLE organizations (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT   NOT NULL UNIQUE,
    created BIGINT NOT NULL
);

-- AUTOINCREMENT: the number of an app leads every key and is never used twice.
CREATE TABLE apps (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    name            TEXT   NOT NULL,
    uuid            TEXT   NOT NULL UNIQUE,
    client_id       TEXT   NOT NULL UNIQUE,
    secret_hash     BLOB   NOT NULL,
    token_epoch     BIGINT NOT NULL,
    settings        TEXT   NOT NULL,
    created         BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE staff (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT   NOT NULL UNIQUE,
    password_hash TEXT   NOT NULL,
    operator      BIGINT NOT NULL,
    created       BIGINT NOT NULL
);

CREATE TABLE installation_secrets (
    name    TEXT   NOT NULL PRIMARY KEY,
    value   BLOB   NOT NULL,
    created BIGINT NOT NULL
) WITHOUT ROWID;

-- password_hash is absent for users whose tokens the customer's server fetches.
CREATE TABLE users (
    app_id        BIGINT NOT NULL REFERENCES apps (id),
    id            TEXT   NOT NULL,
    uuid          TEXT   NOT NULL,
    password_hash TEXT,
    nickname      TEXT,
    activated     BIGINT NOT NULL,
    token_epoch   BIGINT NOT NULL,
    created       BIGINT NOT NULL,
    modified      BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;

CREATE INDEX users_by_age ON users (app_id, created, id);

-- attributes: a JSON object of strings.
CREATE TABLE user_attributes (
    app_id     BIGINT NOT NULL,
    user_id    TEXT   NOT NULL,
    attributes TEXT   NOT NULL,
    PRIMARY KEY (app_id, user_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
