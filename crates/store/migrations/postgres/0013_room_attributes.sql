-- What chat rooms remember for their members, and messages on their way to every chat room of an app.

-- auto_delete: goes when its setter leaves.
CREATE TABLE room_attributes (
    app_id      BIGINT NOT NULL,
    room_id     TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    value       TEXT   NOT NULL,
    setter      TEXT COLLATE "C" NOT NULL,
    auto_delete BIGINT NOT NULL,
    PRIMARY KEY (app_id, room_id, name),
    FOREIGN KEY (app_id, room_id) REFERENCES rooms (app_id, id)
);

-- id: Unix ms, made unique in its app. reached: the last room that has it, '' at first. Rows stay for a day after
-- the end: they are counted.
CREATE TABLE room_broadcasts (
    app_id   BIGINT NOT NULL,
    id       BIGINT NOT NULL,
    sender   TEXT COLLATE "C" NOT NULL,
    kind     BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    body     BYTEA  NOT NULL,
    reached  TEXT COLLATE "C" NOT NULL,
    done     BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE INDEX room_broadcasts_waiting ON room_broadcasts (done, id);
