-- Chat rooms, their members, and the users who may make them from a client.

CREATE TABLE rooms (
    app_id       BIGINT NOT NULL,
    id           TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    description  TEXT   NOT NULL,
    custom       TEXT   NOT NULL,
    owner        TEXT   NOT NULL,
    max_users    BIGINT NOT NULL,
    member_count BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    modified     BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;

CREATE INDEX rooms_by_age ON rooms (app_id, created, id);

-- role: 0 member, 1 admin, 2 owner. joined_at: position in the message log.
CREATE TABLE room_members (
    app_id    BIGINT NOT NULL,
    room_id   TEXT   NOT NULL,
    user_id   TEXT   NOT NULL,
    role      BIGINT NOT NULL,
    joined    BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, room_id, user_id),
    FOREIGN KEY (app_id, room_id) REFERENCES rooms (app_id, id)
) WITHOUT ROWID;

CREATE INDEX room_members_by_user ON room_members (app_id, user_id, joined_at);

CREATE TABLE room_super_admins (
    app_id  BIGINT NOT NULL,
    user_id TEXT   NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
