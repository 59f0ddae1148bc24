-- Which entries edit which message: they go with it when it is recalled.
CREATE TABLE message_edits (
    app     INTEGER NOT NULL,
    message INTEGER NOT NULL,
    id      INTEGER NOT NULL,
    PRIMARY KEY (app, message, id)
) STRICT, WITHOUT ROWID;
