-- +goose Up
-- What records say about what happened has a code and its arguments, a JSON array of texts, beside the sentence.
ALTER TABLE audit_entries ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_entries ADD COLUMN args TEXT NOT NULL DEFAULT '[]';
ALTER TABLE approvals ADD COLUMN note_code TEXT NOT NULL DEFAULT '';
ALTER TABLE approvals ADD COLUMN note_args TEXT NOT NULL DEFAULT '[]';
ALTER TABLE bundles ADD COLUMN test_code TEXT NOT NULL DEFAULT '';
ALTER TABLE bundles ADD COLUMN test_args TEXT NOT NULL DEFAULT '[]';
