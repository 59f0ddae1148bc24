-- What members add to messages: reactions, and pins. Both go when their message is recalled; with the group or room they
-- are removed by whoever removes that.

-- A message with reactions below it: where it is, how many kinds it has, and the row that whoever adds or removes one
-- takes first.
CREATE TABLE reacted_messages (
    app_id       BIGINT NOT NULL,
    message_id   BIGINT NOT NULL,
    conversation TEXT NOT NULL,
    kinds        BIGINT NOT NULL,
    PRIMARY KEY (app_id, message_id)
) WITHOUT ROWID;

CREATE INDEX reacted_messages_by_conversation ON reacted_messages (app_id, conversation, message_id);

-- A kind of reaction below a message. id rises with the order in which kinds were first added; users: how many added it.
CREATE TABLE reactions (
    app_id     BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    reaction   TEXT NOT NULL,
    id         BIGINT NOT NULL,
    users      BIGINT NOT NULL,
    PRIMARY KEY (app_id, message_id, reaction)
) WITHOUT ROWID;

-- Who added it; id rises with the order in which they did. A user's rows are removed with the user, by hand, because
-- the numbers above follow.
CREATE TABLE reaction_users (
    app_id     BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    reaction   TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    id         BIGINT NOT NULL,
    PRIMARY KEY (app_id, message_id, reaction, user_id)
) WITHOUT ROWID;

CREATE INDEX reaction_users_in_order ON reaction_users (app_id, message_id, reaction, id);
CREATE INDEX reaction_users_by_user ON reaction_users (app_id, user_id, message_id, reaction);

-- A conversation with pinned messages: how many, and the row that whoever pins takes first.
CREATE TABLE pinned_conversations (
    app_id       BIGINT NOT NULL,
    conversation TEXT NOT NULL,
    pins         BIGINT NOT NULL,
    PRIMARY KEY (app_id, conversation)
) WITHOUT ROWID;

-- pinned: Unix ms of the last time somebody pinned it; operator: who that was.
CREATE TABLE message_pins (
    app_id       BIGINT NOT NULL,
    conversation TEXT NOT NULL,
    message_id   BIGINT NOT NULL,
    operator     TEXT NOT NULL,
    pinned       BIGINT NOT NULL,
    PRIMARY KEY (app_id, conversation, message_id)
) WITHOUT ROWID;

CREATE INDEX message_pins_in_order ON message_pins (app_id, conversation, pinned, message_id);
