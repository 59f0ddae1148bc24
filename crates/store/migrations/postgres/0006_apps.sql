-- Plans, features, status and description of apps. Apps made before have the largest plan, so that nothing stops
-- working for them.
-- features: JSON, what is switched and granted. client_secret: sealed, so that its owner can see it again; absent
-- for apps made before. previous_*: the secret that holds on for a while after a reset. suspended_by: owner or operator.
-- restorable_until: set while it is deleted; afterwards everything of it is removed.

ALTER TABLE apps ADD COLUMN plan TEXT NOT NULL DEFAULT 'premier';
ALTER TABLE apps ADD COLUMN status TEXT NOT NULL DEFAULT 'active';
ALTER TABLE apps ADD COLUMN features TEXT NOT NULL DEFAULT '{}';
ALTER TABLE apps ADD COLUMN product_name TEXT NOT NULL DEFAULT '';
ALTER TABLE apps ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE apps ADD COLUMN data_center TEXT NOT NULL DEFAULT 'default';
ALTER TABLE apps ADD COLUMN modified BIGINT NOT NULL DEFAULT 0;
ALTER TABLE apps ADD COLUMN client_secret BYTEA;
ALTER TABLE apps ADD COLUMN previous_secret_hash BYTEA;
ALTER TABLE apps ADD COLUMN previous_secret_until BIGINT;
ALTER TABLE apps ADD COLUMN suspended_by TEXT;
ALTER TABLE apps ADD COLUMN restorable_until BIGINT;

UPDATE apps SET modified = created;

CREATE INDEX apps_by_change ON apps (modified);
