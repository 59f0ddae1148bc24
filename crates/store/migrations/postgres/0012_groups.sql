-- Groups: disabled ones, members who do not want to hear them, requests that wait for an answer, attributes of
-- members; files that a group or chat room shares.

ALTER TABLE chat_groups ADD COLUMN disabled BIGINT NOT NULL DEFAULT 0;

CREATE INDEX chat_groups_public ON chat_groups (app_id, created, id) WHERE public = 1;

-- heard_from: messages up to this log position are not delivered to the member; the greatest number while it hears
-- nothing of the group.
ALTER TABLE group_members ADD COLUMN heard_from BIGINT NOT NULL DEFAULT 0;

-- kind: 0 the user asks to come in, 1 it is asked to. inviter: who asked it; empty in the first case.
CREATE TABLE group_requests (
    app_id   BIGINT NOT NULL,
    group_id TEXT COLLATE "C" NOT NULL,
    kind     BIGINT NOT NULL,
    user_id  TEXT COLLATE "C" NOT NULL,
    inviter  TEXT COLLATE "C" NOT NULL,
    created  BIGINT NOT NULL,
    PRIMARY KEY (app_id, group_id, kind, user_id),
    FOREIGN KEY (app_id, group_id) REFERENCES chat_groups (app_id, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE INDEX group_requests_by_user ON group_requests (app_id, user_id);

CREATE TABLE group_member_attributes (
    app_id     BIGINT NOT NULL,
    group_id   TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    attributes TEXT   NOT NULL,
    PRIMARY KEY (app_id, group_id, user_id),
    FOREIGN KEY (app_id, group_id, user_id) REFERENCES group_members (app_id, group_id, user_id) ON DELETE CASCADE
);

-- owner: who shared it, `admin` for the customer's server. Ends with the file, or with the group or room, whoever
-- removes that.
CREATE TABLE muc_files (
    app_id  BIGINT NOT NULL,
    muc_id  TEXT COLLATE "C" NOT NULL,
    file_id TEXT COLLATE "C" NOT NULL,
    owner   TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (app_id, muc_id, file_id),
    FOREIGN KEY (app_id, file_id) REFERENCES files (app_id, id) ON DELETE CASCADE
);

CREATE INDEX muc_files_by_file ON muc_files (app_id, file_id);
