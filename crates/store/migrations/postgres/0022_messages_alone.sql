-- Messages without the receipts and events between them (`EntryKind::is_history`).
CREATE INDEX messages_alone ON messages (app, conv, seq DESC) WHERE kind < 20 AND kind <> 6;
