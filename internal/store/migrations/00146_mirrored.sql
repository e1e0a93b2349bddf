-- +goose Up
-- Custody has copies of these too, so that whoever loses the database still knows what is frozen, where copies of keys
-- are, what banks have said, and which catalogue files were taken. Of the files of a bank, the one in force is copied.
-- +include
DELETE FROM search_words WHERE kind = 'key_copy' AND length(id) > 64;
DELETE FROM search_changes WHERE kind = 'key_copy' AND length(id) > 64;
INSERT INTO search_changes (kind, id) SELECT 'key_copy', id FROM key_copies WHERE id LIKE 'audit-%'
    ON CONFLICT DO NOTHING;
INSERT INTO record_changes (kind, id) SELECT 'incident', id FROM incidents;
INSERT INTO record_changes (kind, id) SELECT 'key_copy', id FROM key_copies;
INSERT INTO record_changes (kind, id) SELECT 'bank_fact', id FROM bank_facts;
INSERT INTO record_changes (kind, id) SELECT 'catalogue_file', 'catalogue-file-' || replace(bank, '_', '--') FROM catalogue_files WHERE state = 'in_force';
-- An older program cannot copy these, and would stop at the first.
UPDATE schema_floor SET version = 146;
