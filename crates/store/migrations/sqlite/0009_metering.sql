-- Figures of the apps by day, and the history of connections.
-- day: days from 1970-01-01 to the date in the installation's time zone.

-- One row. message: the log is counted up to this id. flushes: rises with each flush, so that one is never applied
-- twice.
CREATE TABLE metering_position (
    id      BIGINT NOT NULL PRIMARY KEY,
    message BIGINT NOT NULL,
    flushes BIGINT NOT NULL
);

-- Noted in the transaction of the change itself, and not yet added to the days.
CREATE TABLE metering_changes (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id BIGINT NOT NULL,
    figure BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    at     BIGINT NOT NULL
);

-- Members of all chat rooms of an app by now.
CREATE TABLE metering_room_members (
    app_id  BIGINT NOT NULL PRIMARY KEY,
    members BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE metering_days (
    app_id BIGINT NOT NULL,
    day    BIGINT NOT NULL,
    figure BIGINT NOT NULL,
    value  BIGINT NOT NULL,
    PRIMARY KEY (app_id, day, figure)
) WITHOUT ROWID;

CREATE INDEX metering_days_by_day ON metering_days (day, app_id);

-- chat: 0 one-to-one, 1 group, 2 room. source: 0 client, 1 server.
CREATE TABLE metering_messages (
    app_id   BIGINT NOT NULL,
    day      BIGINT NOT NULL,
    chat     BIGINT NOT NULL,
    kind     BIGINT NOT NULL,
    source   BIGINT NOT NULL,
    uplink   BIGINT NOT NULL,
    downlink BIGINT NOT NULL,
    offline  BIGINT NOT NULL,
    PRIMARY KEY (app_id, day, chat, kind, source)
) WITHOUT ROWID;

-- Who sent and where how much was sent. subject: 0 user, 1 group, 2 room. Days that are over keep their busiest.
CREATE TABLE metering_subjects (
    app_id    BIGINT NOT NULL,
    subject   BIGINT NOT NULL,
    day       BIGINT NOT NULL,
    id        TEXT   NOT NULL,
    total     BIGINT NOT NULL,
    texts     BIGINT NOT NULL,
    images    BIGINT NOT NULL,
    videos    BIGINT NOT NULL,
    locations BIGINT NOT NULL,
    voices    BIGINT NOT NULL,
    files     BIGINT NOT NULL,
    commands  BIGINT NOT NULL,
    customs   BIGINT NOT NULL,
    combines  BIGINT NOT NULL,
    PRIMARY KEY (app_id, subject, day, id)
) WITHOUT ROWID;

-- Who was connected on a day; kept until the day is surely over. platform: empty for the user as such.
CREATE TABLE metering_active (
    day      BIGINT NOT NULL,
    app_id   BIGINT NOT NULL,
    platform TEXT   NOT NULL,
    user_id  TEXT   NOT NULL,
    PRIMARY KEY (day, app_id, platform, user_id)
) WITHOUT ROWID;

CREATE TABLE metering_platforms (
    app_id   BIGINT NOT NULL,
    day      BIGINT NOT NULL,
    platform TEXT   NOT NULL,
    users    BIGINT NOT NULL,
    PRIMARY KEY (app_id, day, platform)
) WITHOUT ROWID;

-- operation: 0 login, 1 logout, 2 kick, 3 closed. online: whether the device was connected after it. Ids rise with
-- time.
CREATE TABLE connection_events (
    id        INTEGER PRIMARY KEY,
    app_id    BIGINT NOT NULL,
    user_id   TEXT   NOT NULL,
    time      BIGINT NOT NULL,
    version   TEXT   NOT NULL,
    device    TEXT   NOT NULL,
    address   TEXT,
    operation BIGINT NOT NULL,
    online    BIGINT NOT NULL
);

CREATE INDEX connection_events_by_user ON connection_events (app_id, user_id, id);
