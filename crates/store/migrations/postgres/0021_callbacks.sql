-- What customers' servers are told. state: 0 waits, 1 delivered, 2 tried and to be tried again, 3 failed and kept,
-- 4 dropped. due: not before. id rises within a rule; call_id is what the receiver sees.
CREATE TABLE callback_deliveries (
    app_id   BIGINT NOT NULL,
    rule     TEXT COLLATE "C" NOT NULL,
    id       BIGINT NOT NULL,
    conv     TEXT COLLATE "C" NOT NULL,
    kind     TEXT NOT NULL,
    call_id  TEXT NOT NULL,
    body     TEXT NOT NULL,
    created  BIGINT NOT NULL,
    state    BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    retry    BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    status   BIGINT,
    latency  BIGINT,
    error    TEXT,
    finished BIGINT,
    PRIMARY KEY (app_id, rule, id)
);
CREATE INDEX callback_deliveries_open ON callback_deliveries (app_id, rule, id) WHERE state IN (0, 2);
CREATE INDEX callback_deliveries_tried ON callback_deliveries (app_id, rule, conv) WHERE state = 2;
CREATE INDEX callback_deliveries_failed ON callback_deliveries (app_id, created) WHERE state = 3;
CREATE INDEX callback_deliveries_by_end ON callback_deliveries (app_id, finished) WHERE state IN (1, 3, 4);

-- Up to which entry the log of an app has been looked through for its rules.
CREATE TABLE callback_cursors (
    app_id BIGINT PRIMARY KEY,
    entry  BIGINT NOT NULL
);

-- begun: when its bans of the last day began, joined by commas.
CREATE TABLE callback_bans (
    app_id BIGINT NOT NULL,
    rule   TEXT COLLATE "C" NOT NULL,
    until  BIGINT NOT NULL,
    reason TEXT NOT NULL,
    begun  TEXT NOT NULL,
    PRIMARY KEY (app_id, rule)
);

CREATE TABLE sensitive_words (
    app_id BIGINT NOT NULL,
    word   TEXT COLLATE "C" NOT NULL,
    added  BIGINT NOT NULL,
    PRIMARY KEY (app_id, word)
);

-- words: JSON list. verdict: block, replace, record.
CREATE TABLE sensitive_word_hits (
    app_id  BIGINT NOT NULL,
    id      BIGINT NOT NULL,
    created BIGINT NOT NULL,
    sender  TEXT COLLATE "C" NOT NULL,
    target  TEXT COLLATE "C" NOT NULL,
    chat    BIGINT NOT NULL,
    edit    BIGINT NOT NULL,
    text    TEXT NOT NULL,
    words   TEXT NOT NULL,
    verdict TEXT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX sensitive_word_hits_by_age ON sensitive_word_hits (created);

-- What became of a report; absent while nobody has looked at it.
ALTER TABLE message_reports ADD COLUMN state TEXT NOT NULL DEFAULT 'pending';
ALTER TABLE message_reports ADD COLUMN handler TEXT;
ALTER TABLE message_reports ADD COLUMN handled BIGINT;
ALTER TABLE message_reports ADD COLUMN note TEXT NOT NULL DEFAULT '';
