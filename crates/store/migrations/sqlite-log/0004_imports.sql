-- Imported messages have no position; what stands there instead is below 0 and tells when they were imported.
CREATE INDEX messages_imported ON messages (app, conv, id) WHERE seq < 0;
