-- Files of what was said in an app within an hour. hour: where it begins, Unix ms; due: from when on the file may be
-- made, or its making taken over; asked: when somebody asked for it last, Unix ms, 0 for never; file: the object that is
-- made, or being made; made: when it was, Unix ms, 0 for not yet; messages: how many it holds.
CREATE TABLE message_exports (
    app_id   BIGINT NOT NULL,
    hour     BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    asked    BIGINT NOT NULL,
    file     TEXT   NOT NULL,
    made     BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    PRIMARY KEY (app_id, hour)
);
CREATE INDEX message_exports_waiting ON message_exports (due) WHERE made = 0;
