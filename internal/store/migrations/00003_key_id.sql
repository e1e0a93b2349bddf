-- +goose Up
-- A certificate that renews another one without a new key shares its key in custody.
ALTER TABLE certificates ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
UPDATE certificates SET key_id = id;
