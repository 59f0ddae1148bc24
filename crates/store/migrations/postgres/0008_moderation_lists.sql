-- Lists of groups and chat rooms, whose ids are one space; mutes of users in the whole app. They end with the user;
-- with the group or room they are removed by whoever removes that.

-- all_muted: only owner, administrators and allowed members may write.
CREATE TABLE muc_settings (
    app_id       BIGINT NOT NULL,
    muc_id       TEXT COLLATE "C" NOT NULL,
    all_muted    BIGINT NOT NULL,
    announcement TEXT   NOT NULL,
    PRIMARY KEY (app_id, muc_id)
);

-- list: 0 blocked, 1 muted, 2 allowed. expires: Unix ms; the greatest number is for ever.
CREATE TABLE muc_lists (
    app_id  BIGINT NOT NULL,
    muc_id  TEXT COLLATE "C" NOT NULL,
    list    BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    expires BIGINT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (app_id, muc_id, list, user_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE INDEX muc_lists_by_user ON muc_lists (app_id, user_id);

-- Until when a user may not write to users, groups, rooms (Unix ms; the past: it may). expires: the latest of them.
CREATE TABLE user_mutes (
    app_id    BIGINT NOT NULL,
    user_id   TEXT COLLATE "C" NOT NULL,
    to_users  BIGINT NOT NULL,
    to_groups BIGINT NOT NULL,
    to_rooms  BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE INDEX user_mutes_by_expiry ON user_mutes (app_id, expires);
