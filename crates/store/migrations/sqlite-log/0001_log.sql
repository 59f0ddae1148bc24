-- The message log of a single node: bodies in commit order, a narrow index by conversation.
CREATE TABLE messages (
    id        INTEGER PRIMARY KEY,
    app       INTEGER NOT NULL,
    conv      TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    ts        INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    flags     INTEGER NOT NULL,
    sender    TEXT    NOT NULL,
    device    TEXT,
    client_id INTEGER,
    audience  TEXT,
    meta      BLOB    NOT NULL
) STRICT;

CREATE TABLE message_index (
    app  INTEGER NOT NULL,
    conv TEXT    NOT NULL,
    seq  INTEGER NOT NULL,
    id   INTEGER NOT NULL,
    PRIMARY KEY (app, conv, seq)
) STRICT, WITHOUT ROWID;

-- The one-to-one and system conversations of a user.
CREATE TABLE inbox (
    app     INTEGER NOT NULL,
    user_id TEXT    NOT NULL,
    conv    TEXT    NOT NULL,
    PRIMARY KEY (app, user_id, conv)
) STRICT, WITHOUT ROWID;

-- base: messages up to this id count as received where the device has no cursor.
CREATE TABLE devices (
    app       INTEGER NOT NULL,
    user_id   TEXT    NOT NULL,
    device    TEXT    NOT NULL,
    base      INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (app, user_id, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
    app     INTEGER NOT NULL,
    user_id TEXT    NOT NULL,
    device  TEXT    NOT NULL,
    conv    TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (app, user_id, device, conv)
) STRICT, WITHOUT ROWID;

-- Who has confirmed to have read which group message.
CREATE TABLE group_reads (
    app     INTEGER NOT NULL,
    message INTEGER NOT NULL,
    user_id TEXT    NOT NULL,
    ts      INTEGER NOT NULL,
    PRIMARY KEY (app, message, user_id)
) STRICT, WITHOUT ROWID;
