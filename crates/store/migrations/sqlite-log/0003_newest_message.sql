-- Where the newest message before an entry is: between messages may lie many receipts and events.
-- Unknown (NULL) in what was written before this column.
ALTER TABLE message_index ADD COLUMN message INTEGER;
