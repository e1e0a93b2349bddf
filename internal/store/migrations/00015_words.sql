-- +goose Up
-- A private key that may leave custody is exportable; stored is a state of certificates alone.
ALTER TABLE certificates ADD COLUMN mode TEXT NOT NULL DEFAULT 'held' CHECK (mode IN ('held', 'exportable'));
UPDATE certificates SET mode = 'exportable' WHERE key_mode = 'stored';
ALTER TABLE certificates DROP COLUMN key_mode;
ALTER TABLE certificates RENAME COLUMN mode TO key_mode;
ALTER TABLE certificates RENAME COLUMN kept_reason TO export_reason;
ALTER TABLE certificates RENAME COLUMN kept_by TO export_by;
ALTER TABLE certificates RENAME COLUMN kept_approved_by TO export_approved_by;
ALTER TABLE certificates RENAME COLUMN kept_approved_at TO export_approved_at;

-- The kind of a change request is the action that it is.
UPDATE approvals SET kind = 'key.allow_export' WHERE kind = 'certificate.keep_stored';
UPDATE approvals SET kind = 'cert.retire' WHERE kind = 'certificate.retire';
UPDATE approvals SET kind = 'cert.destroy' WHERE kind = 'certificate.destroy';
