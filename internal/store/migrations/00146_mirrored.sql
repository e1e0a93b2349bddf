-- +goose Up
-- Custody has copies of these too, so that whoever loses the database still knows what is frozen, where copies of keys
-- are, what banks have said, and which catalogue files were taken. Of the files of a bank, the one in force is copied.
-- +include
INSERT INTO record_changes (kind, id) SELECT 'incident', id FROM incidents;
INSERT INTO record_changes (kind, id) SELECT 'key_copy', id FROM key_copies;
INSERT INTO record_changes (kind, id) SELECT 'bank_fact', id FROM bank_facts;
INSERT INTO record_changes (kind, id) SELECT 'catalogue_file', 'catalogue-file-' || bank FROM catalogue_files WHERE state = 'in_force';
