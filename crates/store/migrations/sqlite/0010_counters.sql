-- How many users, groups and chat rooms an app has, so that a limit is checked without counting rows: whoever adds or
-- removes one changes the number in the same transaction, and holds it until the end.
-- kind: 0 users, 1 groups, 2 chat rooms.

CREATE TABLE counters (
    app_id BIGINT NOT NULL,
    kind   BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    PRIMARY KEY (app_id, kind)
) WITHOUT ROWID;

INSERT INTO counters (app_id, kind, n) SELECT app_id, 0, COUNT(*) FROM users GROUP BY app_id;
INSERT INTO counters (app_id, kind, n) SELECT app_id, 1, COUNT(*) FROM chat_groups GROUP BY app_id;
INSERT INTO counters (app_id, kind, n) SELECT app_id, 2, COUNT(*) FROM rooms GROUP BY app_id;
