-- Sessions that were ended by decision, for nodes that were not told of it: of a user, on one device (device_id, empty: on
-- all), before the id. reason: 0 the user was deleted, 1 a new password, 2 a ban, 3 a logout. Written where there are
-- several nodes, and kept for a day.
CREATE TABLE session_ends (
    id        BIGINT NOT NULL PRIMARY KEY,
    app_id    BIGINT NOT NULL,
    user_id   TEXT   NOT NULL,
    device_id TEXT   NOT NULL,
    reason    BIGINT NOT NULL
);

-- Of an owner, who stays a member: when it left. Its sessions that began before do not hear the room.
ALTER TABLE room_members ADD COLUMN left_at BIGINT NOT NULL DEFAULT 0;
