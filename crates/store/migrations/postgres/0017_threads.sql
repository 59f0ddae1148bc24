-- Threads below group messages, and who is in them.

CREATE TABLE threads (
    app_id     BIGINT NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    group_id   TEXT COLLATE "C" NOT NULL,
    message_id BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    owner      TEXT COLLATE "C" NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, group_id) REFERENCES chat_groups (app_id, id)
);

CREATE UNIQUE INDEX threads_by_message ON threads (app_id, message_id);
CREATE INDEX threads_by_group ON threads (app_id, group_id, created, id);
CREATE INDEX threads_by_age ON threads (app_id, created, id);

-- joined_at: position in the message log. The group stands here, too: who leaves it leaves its threads.
CREATE TABLE thread_members (
    app_id    BIGINT NOT NULL,
    thread_id TEXT COLLATE "C" NOT NULL,
    user_id   TEXT COLLATE "C" NOT NULL,
    group_id  TEXT COLLATE "C" NOT NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, thread_id, user_id),
    FOREIGN KEY (app_id, thread_id) REFERENCES threads (app_id, id)
);

CREATE INDEX thread_members_by_age ON thread_members (app_id, thread_id, joined_at, user_id);
CREATE INDEX thread_members_by_user ON thread_members (app_id, user_id, joined_at);
CREATE INDEX thread_members_by_group ON thread_members (app_id, group_id, user_id, joined_at);
