-- Presence, and what users wish of push notifications. All of it ends with the user.

-- What a user has published. statuses: JSON, pairs of device and number, the newest last. at: when (Unix ms).
CREATE TABLE presences (
    app_id   BIGINT NOT NULL,
    user_id  TEXT   NOT NULL,
    ext      TEXT   NOT NULL,
    statuses TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

-- Who follows whose presence, until when (Unix ms).
CREATE TABLE presence_subscriptions (
    app_id   BIGINT NOT NULL,
    follower TEXT   NOT NULL,
    followed TEXT   NOT NULL,
    expires  BIGINT NOT NULL,
    PRIMARY KEY (app_id, follower, followed),
    FOREIGN KEY (app_id, follower) REFERENCES users (app_id, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, followed) REFERENCES users (app_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX presence_subscriptions_by_followed ON presence_subscriptions (app_id, followed, expires);
CREATE INDEX presence_subscriptions_by_expiry ON presence_subscriptions (expires);

-- remind: 1 all, 2 mentions, 3 nothing. quiet_until: nothing until then (Unix ms). quiet_from, quiet_to: minutes of
-- the day between which there is nothing. no_disturbing, disturb_from, disturb_to: the same as older clients set it,
-- in hours.
CREATE TABLE push_settings (
    app_id        BIGINT NOT NULL,
    user_id       TEXT   NOT NULL,
    remind        BIGINT NOT NULL,
    quiet_until   BIGINT NOT NULL,
    quiet_from    BIGINT,
    quiet_to      BIGINT,
    language      TEXT   NOT NULL,
    display_style BIGINT NOT NULL,
    no_disturbing BIGINT NOT NULL,
    disturb_from  BIGINT,
    disturb_to    BIGINT,
    PRIMARY KEY (app_id, user_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

-- kind: 0 the conversation with a user, 1 a group or chat room, whose rows are removed by whoever removes that.
-- remind: 0 as the user's settings say.
CREATE TABLE push_conversations (
    app_id      BIGINT NOT NULL,
    user_id     TEXT   NOT NULL,
    kind        BIGINT NOT NULL,
    peer        TEXT   NOT NULL,
    remind      BIGINT NOT NULL,
    quiet_until BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id, kind, peer),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX push_conversations_by_peer ON push_conversations (app_id, kind, peer);
