-- Broadcasts go to rooms, to users, or to users who are online. written: how many have it.
ALTER TABLE room_broadcasts RENAME TO broadcasts;
ALTER TABLE broadcasts ADD COLUMN target TEXT NOT NULL DEFAULT 'rooms';
ALTER TABLE broadcasts ADD COLUMN written BIGINT NOT NULL DEFAULT 0;
