-- Where a device of a user is reached by its vendor's push service. They end with the user.

CREATE TABLE push_bindings (
    app_id       BIGINT NOT NULL,
    user_id      TEXT NOT NULL,
    device_id    TEXT NOT NULL,
    notifier     TEXT NOT NULL,
    device_token TEXT NOT NULL,
    modified     BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id, device_id, notifier),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE UNIQUE INDEX push_bindings_by_token ON push_bindings (app_id, notifier, device_token);
