-- Organisations, apps, staff, secrets of the installation, end users.
-- Times are Unix milliseconds, booleans 0/1, numbers 64 bits: the same on both engines.
-- Text keys are COLLATE "C": pages are ordered by bytes, as in SQLite.

CREATE TABLE organizations (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name    TEXT COLLATE "C" NOT NULL UNIQUE,
    created BIGINT NOT NULL
);

-- IDENTITY: the number of an app leads every key and is never used twice.
CREATE TABLE apps (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    name            TEXT COLLATE "C" NOT NULL,
    uuid            TEXT COLLATE "C" NOT NULL UNIQUE,
    client_id       TEXT COLLATE "C" NOT NULL UNIQUE,
    secret_hash     BYTEA  NOT NULL,
    token_epoch     BIGINT NOT NULL,
    settings        TEXT   NOT NULL,
    created         BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE staff (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         TEXT COLLATE "C" NOT NULL UNIQUE,
    password_hash TEXT   NOT NULL,
    operator      BIGINT NOT NULL,
    created       BIGINT NOT NULL
);

CREATE TABLE installation_secrets (
    name    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value   BYTEA  NOT NULL,
    created BIGINT NOT NULL
);

-- password_hash is absent for users whose tokens the customer's server fetches.
CREATE TABLE users (
    app_id        BIGINT NOT NULL REFERENCES apps (id),
    id            TEXT COLLATE "C" NOT NULL,
    uuid          TEXT COLLATE "C" NOT NULL,
    password_hash TEXT,
    nickname      TEXT,
    activated     BIGINT NOT NULL,
    token_epoch   BIGINT NOT NULL,
    created       BIGINT NOT NULL,
    modified      BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE INDEX users_by_age ON users (app_id, created, id);

-- attributes: a JSON object of strings.
CREATE TABLE user_attributes (
    app_id     BIGINT NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    attributes TEXT   NOT NULL,
    PRIMARY KEY (app_id, user_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);
