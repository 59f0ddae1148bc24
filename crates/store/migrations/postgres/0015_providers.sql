-- Real-time audio and video: an app's project with its sealed certificate, and the numbers its users have there.
CREATE TABLE rtc_projects (
    app_id      BIGINT NOT NULL PRIMARY KEY REFERENCES apps (id),
    project     TEXT NOT NULL,
    certificate BYTEA NOT NULL
);

CREATE TABLE rtc_users (
    app_id  BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    uid     BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX rtc_users_by_uid ON rtc_users (app_id, uid);

-- Messages that users have reported to their app, each as it was then: it may be recalled or removed later.
CREATE TABLE message_reports (
    id           BIGINT NOT NULL,
    app_id       BIGINT NOT NULL,
    reporter     TEXT COLLATE "C" NOT NULL,
    message      BIGINT NOT NULL,
    sender       TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    kind         TEXT NOT NULL,
    reason       TEXT NOT NULL,
    snapshot     TEXT NOT NULL,
    created      BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);

CREATE UNIQUE INDEX message_reports_by_reporter ON message_reports (app_id, reporter, message);
CREATE INDEX message_reports_by_age ON message_reports (created);

-- Streamed messages that go on: a row from the first chunk to the last. id: of the message. seq: its position.
CREATE TABLE message_streams (
    app_id       BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    seq          BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);
