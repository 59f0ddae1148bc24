-- Accounts of the console: members of organisations beside operators, their sessions, second factors, links of
-- mails, invitations, and the operation log.

-- title: 企业名称. kind: company or individual. closing_requested: when its super admin asked to close it.
ALTER TABLE organizations ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE organizations ADD COLUMN kind TEXT NOT NULL DEFAULT 'company';
ALTER TABLE organizations ADD COLUMN closing_requested BIGINT;

-- organization_id and role are absent for operators. granted_apps: a JSON array of numbers, absent for all apps.
-- totp_secret: sealed. totp_step: the last time step whose code was used.
ALTER TABLE staff ADD COLUMN organization_id BIGINT REFERENCES organizations (id);
ALTER TABLE staff ADD COLUMN role TEXT;
ALTER TABLE staff ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN qq TEXT NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN remark TEXT NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN language TEXT NOT NULL DEFAULT 'zh';
ALTER TABLE staff ADD COLUMN email_verified BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN activated BIGINT NOT NULL DEFAULT 1;
ALTER TABLE staff ADD COLUMN must_change_password BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN may_reveal_secret BIGINT NOT NULL DEFAULT 1;
ALTER TABLE staff ADD COLUMN granted_apps TEXT;
ALTER TABLE staff ADD COLUMN totp_secret BYTEA;
ALTER TABLE staff ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN login_protection BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN operation_protection BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN last_login BIGINT;

CREATE INDEX staff_by_organization ON staff (organization_id, created, id);

-- verified_until: until when protected operations are open.
CREATE TABLE staff_sessions (
    token_hash     BYTEA  NOT NULL PRIMARY KEY,
    staff_id       BIGINT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    created        BIGINT NOT NULL,
    seen           BIGINT NOT NULL,
    verified_until BIGINT NOT NULL
);

CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff_id);
CREATE INDEX staff_sessions_by_age ON staff_sessions (seen);

-- What a link of a mail is for, and the address it went to.
CREATE TABLE staff_links (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    staff_id   BIGINT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    purpose    TEXT COLLATE "C" NOT NULL,
    email      TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    expires    BIGINT NOT NULL
);

CREATE INDEX staff_links_by_staff ON staff_links (staff_id, purpose, created);
CREATE INDEX staff_links_by_age ON staff_links (expires);

-- organization_id and role are absent where a new organisation is to be registered.
CREATE TABLE staff_invitations (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash      BYTEA  NOT NULL UNIQUE,
    organization_id BIGINT REFERENCES organizations (id) ON DELETE CASCADE,
    role            TEXT,
    email           TEXT   NOT NULL,
    invited_by      TEXT   NOT NULL,
    created         BIGINT NOT NULL,
    expires         BIGINT NOT NULL
);

CREATE INDEX staff_invitations_by_organization ON staff_invitations (organization_id, id);
CREATE INDEX staff_invitations_by_age ON staff_invitations (expires);

-- Codes sent by mail; code: sealed. One for each purpose at a time.
CREATE TABLE staff_codes (
    staff_id BIGINT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    purpose  TEXT COLLATE "C" NOT NULL,
    code     BYTEA  NOT NULL,
    tries    BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    expires  BIGINT NOT NULL,
    PRIMARY KEY (staff_id, purpose)
);

CREATE TABLE staff_recovery_codes (
    staff_id  BIGINT NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    code_hash BYTEA  NOT NULL,
    PRIMARY KEY (staff_id, code_hash)
);

-- The operation log outlives accounts and organisations: it names them and refers to none.
CREATE TABLE audit_log (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time            BIGINT NOT NULL,
    organization_id BIGINT,
    staff_id        BIGINT,
    email           TEXT   NOT NULL,
    role            TEXT   NOT NULL,
    ip              TEXT   NOT NULL,
    app_key         TEXT,
    module          TEXT   NOT NULL,
    action          TEXT   NOT NULL,
    target          TEXT   NOT NULL,
    result          TEXT   NOT NULL,
    detail          TEXT   NOT NULL
);

CREATE INDEX audit_log_by_age ON audit_log (time, id);
CREATE INDEX audit_log_by_organization ON audit_log (organization_id, time, id);
CREATE INDEX audit_log_by_staff ON audit_log (staff_id, time, id);
