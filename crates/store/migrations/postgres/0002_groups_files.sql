-- Groups, their members, uploaded files.

CREATE TABLE chat_groups (
    app_id              BIGINT NOT NULL,
    id                  TEXT COLLATE "C" NOT NULL,
    name                TEXT   NOT NULL,
    description         TEXT   NOT NULL,
    avatar              TEXT   NOT NULL,
    custom              TEXT   NOT NULL,
    owner               TEXT COLLATE "C" NOT NULL,
    public              BIGINT NOT NULL,
    members_only        BIGINT NOT NULL,
    allow_invites       BIGINT NOT NULL,
    invite_need_confirm BIGINT NOT NULL,
    max_users           BIGINT NOT NULL,
    member_count        BIGINT NOT NULL,
    created             BIGINT NOT NULL,
    modified            BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE INDEX chat_groups_by_age ON chat_groups (app_id, created, id);

-- role: 0 member, 1 admin, 2 owner. joined_at: position in the message log.
CREATE TABLE group_members (
    app_id    BIGINT NOT NULL,
    group_id  TEXT COLLATE "C" NOT NULL,
    user_id   TEXT COLLATE "C" NOT NULL,
    role      BIGINT NOT NULL,
    joined    BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, group_id, user_id),
    FOREIGN KEY (app_id, group_id) REFERENCES chat_groups (app_id, id)
);

CREATE INDEX group_members_by_user ON group_members (app_id, user_id, joined_at);

-- thumbnail: 0 none, 1 the file itself, 2 made by us, of type thumbnail_type.
-- swept: the bytes are gone, the row tells for some time that the file has expired.
CREATE TABLE files (
    app_id         BIGINT NOT NULL,
    id             TEXT COLLATE "C" NOT NULL,
    secret         TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    content_type   TEXT   NOT NULL,
    size           BIGINT NOT NULL,
    restricted     BIGINT NOT NULL,
    thumbnail      BIGINT NOT NULL,
    thumbnail_type TEXT   NOT NULL,
    created        BIGINT NOT NULL,
    expires        BIGINT NOT NULL,
    swept          BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE INDEX files_by_expiry ON files (swept, expires, app_id, id);
