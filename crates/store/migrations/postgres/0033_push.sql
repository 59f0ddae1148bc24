-- Offline push. Certificates (证书管理): what a vendor gave an app. name: the notifier_name of devices' bindings. kind: which
-- fields it has. sealed: the fields with their secrets, encrypted. shown: JSON, the fields without them. expires: when it ends
-- by itself. closed: 0 no, 1 the vendor refused it too often, 2 the vendor takes no more today; until closed_until, for
-- closed_why.
CREATE TABLE push_certificates (
    app_id       BIGINT NOT NULL,
    id           TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    vendor       TEXT   NOT NULL,
    shown        TEXT   NOT NULL,
    sealed       BYTEA  NOT NULL,
    enabled      BIGINT NOT NULL,
    expires      BIGINT,
    closed       BIGINT NOT NULL,
    closed_until BIGINT NOT NULL,
    closed_why   TEXT   NOT NULL,
    created      BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE UNIQUE INDEX push_certificates_by_name ON push_certificates (app_id, name);

CREATE TABLE push_templates (
    app_id  BIGINT NOT NULL,
    name    TEXT   NOT NULL,
    title   TEXT   NOT NULL,
    content TEXT   NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (app_id, name)
);

-- Which template a user has chosen; empty: none.
ALTER TABLE push_settings ADD COLUMN template TEXT NOT NULL DEFAULT '';

-- Up to which entry of the log of an app with certificates it has been decided who is notified.
CREATE TABLE push_cursors (
    app_id BIGINT NOT NULL PRIMARY KEY,
    entry  BIGINT NOT NULL
);

-- Notices that wait for their vendor. content: JSON. sending: 1 while a node, owner, sends it, until due; else it waits until due.
-- interrupted: how often whoever sent it did not come to an end. tries: how often the vendor was out of order.
CREATE TABLE pushes (
    app_id       BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    message      BIGINT NOT NULL,
    user_id      TEXT   NOT NULL,
    device_id    TEXT   NOT NULL,
    certificate  TEXT   NOT NULL,
    notifier     TEXT   NOT NULL,
    device_token TEXT   NOT NULL,
    content      TEXT   NOT NULL,
    sending      BIGINT NOT NULL,
    owner        TEXT   NOT NULL,
    interrupted  BIGINT NOT NULL,
    tries        BIGINT NOT NULL,
    due          BIGINT NOT NULL,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX pushes_once ON pushes (app_id, user_id, message, device_id);
CREATE INDEX pushes_by_certificate ON pushes (app_id, certificate, due, id);

-- What became of them, for some days. device_id: empty where it concerned no device. status: 0 success, 1 failure, 2 unknown.
CREATE TABLE push_results (
    app_id    BIGINT NOT NULL,
    message   BIGINT NOT NULL,
    user_id   TEXT   NOT NULL,
    device_id TEXT   NOT NULL,
    notifier  TEXT   NOT NULL,
    channel   TEXT   NOT NULL,
    status    BIGINT NOT NULL,
    reason    TEXT   NOT NULL,
    answer    TEXT   NOT NULL,
    time      BIGINT NOT NULL,
    PRIMARY KEY (app_id, message, user_id, device_id)
);
CREATE INDEX push_results_by_time ON push_results (time);

-- Per day, channel (empty: none) and reason (empty: none).
CREATE TABLE push_figures (
    app_id  BIGINT NOT NULL,
    day     BIGINT NOT NULL,
    channel TEXT   NOT NULL,
    reason  TEXT   NOT NULL,
    success BIGINT NOT NULL,
    failure BIGINT NOT NULL,
    unknown BIGINT NOT NULL,
    arrived BIGINT NOT NULL,
    clicked BIGINT NOT NULL,
    PRIMARY KEY (app_id, day, channel, reason)
);

-- Messages for a user since its last login: the number on the app's icon.
CREATE TABLE push_badges (
    app_id  BIGINT NOT NULL,
    user_id TEXT   NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

-- Devices whose connection broke: what they had not received by then is decided once more.
CREATE TABLE push_rechecks (
    app_id  BIGINT NOT NULL,
    user_id TEXT   NOT NULL,
    device  TEXT   NOT NULL,
    time    BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id, device),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);
