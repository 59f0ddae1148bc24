-- Users whose history does not show the message, joined by commas; NULL for nobody.
ALTER TABLE messages ADD COLUMN unroamed TEXT;
