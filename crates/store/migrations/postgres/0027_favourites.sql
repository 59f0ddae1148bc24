-- What users keep. ext: NULL is none. Rows are large, so what counts and orders them is an index.
CREATE TABLE favourites (
    app_id   BIGINT NOT NULL,
    user_id  TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    kind     BIGINT NOT NULL,
    data     TEXT NOT NULL,
    ext      TEXT,
    created  BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id, id),
    FOREIGN KEY (app_id, user_id) REFERENCES users (app_id, id) ON DELETE CASCADE
);

CREATE INDEX favourites_by_age ON favourites (app_id, user_id, created, id);
