-- The message log. App and conversation or user lead every key, so that the tables can be
-- distributed by them.
CREATE TABLE messages (
    app       BIGINT NOT NULL,
    conv      TEXT   NOT NULL,
    seq       BIGINT NOT NULL,
    id        BIGINT NOT NULL,
    ts        BIGINT NOT NULL,
    kind      BIGINT NOT NULL,
    flags     BIGINT NOT NULL,
    sender    TEXT   NOT NULL,
    device    TEXT,
    client_id BIGINT,
    audience  TEXT,
    meta      BYTEA  NOT NULL,
    PRIMARY KEY (app, conv, seq)
);
CREATE UNIQUE INDEX messages_by_id ON messages (app, id);

-- The head row hands out the sequence of its conversation: updating it orders the appends of all nodes.
CREATE TABLE conversations (
    app      BIGINT NOT NULL,
    conv     TEXT   NOT NULL,
    head_seq BIGINT NOT NULL,
    head_id  BIGINT NOT NULL,
    PRIMARY KEY (app, conv)
);

-- What a client called its message, so that a resend is answered with the first result.
CREATE TABLE message_sends (
    app       BIGINT NOT NULL,
    sender    TEXT   NOT NULL,
    device    TEXT   NOT NULL,
    client_id BIGINT NOT NULL,
    id        BIGINT NOT NULL,
    PRIMARY KEY (app, sender, device, client_id)
);

CREATE TABLE inbox (
    app     BIGINT NOT NULL,
    user_id TEXT   NOT NULL,
    conv    TEXT   NOT NULL,
    PRIMARY KEY (app, user_id, conv)
);

CREATE TABLE devices (
    app       BIGINT NOT NULL,
    user_id   TEXT   NOT NULL,
    device    TEXT   NOT NULL,
    base      BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (app, user_id, device)
);

CREATE TABLE cursors (
    app     BIGINT NOT NULL,
    user_id TEXT   NOT NULL,
    device  TEXT   NOT NULL,
    conv    TEXT   NOT NULL,
    seq     BIGINT NOT NULL,
    PRIMARY KEY (app, user_id, device, conv)
);

-- Who has confirmed to have read which group message.
CREATE TABLE group_reads (
    app     BIGINT NOT NULL,
    message BIGINT NOT NULL,
    user_id TEXT   NOT NULL,
    ts      BIGINT NOT NULL,
    PRIMARY KEY (app, message, user_id)
);
