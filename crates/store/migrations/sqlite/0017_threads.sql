-- Threads below group messages, and who is in them.

CREATE TABLE threads (
    app_id     BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    group_id   TEXT   NOT NULL,
    message_id BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    owner      TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (app_id, id),
    FOREIGN KEY (app_id, group_id) REFERENCES chat_groups (app_id, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX threads_by_message ON threads (app_id, message_id);
CREATE INDEX threads_by_group ON threads (app_id, group_id, created, id);
CREATE INDEX threads_by_age ON threads (app_id, created, id);

-- joined_at: position in the message log. The group stands here, too: who leaves it leaves its threads.
CREATE TABLE thread_members (
    app_id    BIGINT NOT NULL,
    thread_id TEXT   NOT NULL,
    user_id   TEXT   NOT NULL,
    group_id  TEXT   NOT NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, thread_id, user_id),
    FOREIGN KEY (app_id, thread_id) REFERENCES threads (app_id, id)
) WITHOUT ROWID;

CREATE INDEX thread_members_by_age ON thread_members (app_id, thread_id, joined_at, user_id);
CREATE INDEX thread_members_by_user ON thread_members (app_id, user_id, joined_at);
CREATE INDEX thread_members_by_group ON thread_members (app_id, group_id, user_id, joined_at);
