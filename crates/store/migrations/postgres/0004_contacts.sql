-- Contacts, open invitations, block lists. They end with either of their two users.

-- A friendship is two rows, each with the remark of its user_id on the other.
CREATE TABLE contacts (
    app_id     BIGINT NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    contact_id TEXT COLLATE "C" NOT NULL,
    remark     TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id, contact_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, contact_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE INDEX contacts_by_age ON contacts (app_id, user_id, created, contact_id);
CREATE INDEX contacts_by_contact ON contacts (app_id, contact_id);

CREATE TABLE contact_invitations (
    app_id  BIGINT NOT NULL,
    inviter TEXT COLLATE "C" NOT NULL,
    invitee TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (app_id, inviter, invitee),
    FOREIGN KEY (app_id, inviter) REFERENCES users (app_id, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, invitee) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE INDEX contact_invitations_by_invitee ON contact_invitations (app_id, invitee);

CREATE TABLE blocks (
    app_id     BIGINT NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    blocked_id TEXT COLLATE "C" NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id, blocked_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE,
    FOREIGN KEY (app_id, blocked_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE INDEX blocks_by_age ON blocks (app_id, user_id, created, blocked_id);
CREATE INDEX blocks_by_blocked ON blocks (app_id, blocked_id);
