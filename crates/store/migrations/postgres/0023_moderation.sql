-- Words of lists. list_id 0: sensitive words; the others are lists of keywords.
CREATE TABLE listed_words (
    app_id  BIGINT NOT NULL,
    list_id BIGINT NOT NULL,
    word    TEXT NOT NULL,
    added   BIGINT NOT NULL,
    PRIMARY KEY (app_id, list_id, word)
);
INSERT INTO listed_words (app_id, list_id, word, added) SELECT app_id, 0, word, added FROM sensitive_words;
DROP TABLE sensitive_words;

CREATE TABLE moderation_tag_members (
    app_id BIGINT NOT NULL,
    tag    TEXT NOT NULL,
    member TEXT NOT NULL,
    added  BIGINT NOT NULL,
    PRIMARY KEY (app_id, tag, member)
);
CREATE INDEX moderation_tags_of_member ON moderation_tag_members (app_id, member);

-- Messages that were examined. message: its id in the log, where it is there. result: pass, suspect, reject, failed.
-- act: pass, replace, block, recall.
CREATE TABLE moderation_records (
    app_id  BIGINT NOT NULL,
    id      BIGINT NOT NULL,
    created BIGINT NOT NULL,
    sender  TEXT NOT NULL,
    target  TEXT NOT NULL,
    chat    BIGINT NOT NULL,
    kind    TEXT NOT NULL,
    content TEXT NOT NULL,
    rule    TEXT NOT NULL,
    result  TEXT NOT NULL,
    act     TEXT NOT NULL,
    risk    TEXT NOT NULL,
    detail  TEXT NOT NULL,
    message BIGINT,
    trial   BIGINT NOT NULL,
    review  BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX moderation_records_by_age ON moderation_records (created);
CREATE INDEX moderation_rejects ON moderation_records (app_id, sender, created) WHERE result = 'reject';

-- How many messages of a day (days since 1970, UTC) ended how.
CREATE TABLE moderation_counts (
    app_id BIGINT NOT NULL,
    day    BIGINT NOT NULL,
    kind   TEXT NOT NULL,
    result TEXT NOT NULL,
    act    TEXT NOT NULL,
    risk   TEXT NOT NULL,
    n      BIGINT NOT NULL,
    PRIMARY KEY (app_id, day, kind, result, act, risk)
);

-- Delivered messages that are still to be examined. due: not before.
CREATE TABLE moderation_jobs (
    app_id   BIGINT NOT NULL,
    message  BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    PRIMARY KEY (app_id, message)
);
CREATE INDEX moderation_jobs_by_due ON moderation_jobs (due);
