-- What a user did to its conversations. The ids are positions in time: up to read_id the user has read, up to hidden_id
-- it has deleted what was said, and nothing up to removed_id is a reason to list the conversation. The row without a
-- conversation holds for all of them. Neither message nor membership has a row here: only what a user does writes one.
CREATE TABLE user_conversations (
    app_id     BIGINT NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    conv       TEXT COLLATE "C" NOT NULL,
    read_id    BIGINT NOT NULL DEFAULT 0,
    hidden_id  BIGINT NOT NULL DEFAULT 0,
    removed_id BIGINT NOT NULL DEFAULT 0,
    pinned     BIGINT,
    marks      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (app_id, user_id, conv),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE INDEX user_conversations_by_conversation ON user_conversations (app_id, conv);
CREATE INDEX user_conversations_pinned ON user_conversations (app_id, user_id) WHERE pinned IS NOT NULL;
CREATE INDEX user_conversations_marked ON user_conversations (app_id, user_id) WHERE marks <> 0;
CREATE INDEX user_conversations_hidden ON user_conversations (app_id, user_id) WHERE hidden_id <> 0;

-- Messages that a user has deleted for itself, one by one.
CREATE TABLE hidden_messages (
    app_id     BIGINT NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    message_id BIGINT NOT NULL,
    conv       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (app_id, user_id, message_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE INDEX hidden_messages_by_conversation ON hidden_messages (app_id, conv);
