-- Tags of the members of chat rooms. A tag is there as long as a member has it.
CREATE TABLE room_member_tags (
    app_id  BIGINT NOT NULL,
    room_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    tag     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (app_id, room_id, user_id, tag),
    FOREIGN KEY (app_id, room_id) REFERENCES rooms (app_id, id)
);

CREATE INDEX room_members_by_tag ON room_member_tags (app_id, room_id, tag);

-- Until when (Unix ms) members with the tag may not write.
CREATE TABLE room_tag_mutes (
    app_id  BIGINT NOT NULL,
    room_id TEXT COLLATE "C" NOT NULL,
    tag     TEXT COLLATE "C" NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (app_id, room_id, tag),
    FOREIGN KEY (app_id, room_id) REFERENCES rooms (app_id, id)
);
