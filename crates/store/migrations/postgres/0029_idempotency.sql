-- What requests with an idempotency key were answered, so that they are not carried out twice.
-- state: 0 in progress, 1 answered, 2 nobody knows what it has done.

CREATE TABLE idempotency_keys (
    app_id      BIGINT NOT NULL,
    idem_key    TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT   NOT NULL,
    state       BIGINT NOT NULL,
    answer      TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    PRIMARY KEY (app_id, idem_key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);
