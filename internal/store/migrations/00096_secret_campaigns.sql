-- +goose Up
-- A campaign may replace client secrets.
ALTER TABLE campaigns ADD COLUMN kind TEXT NOT NULL DEFAULT 'certificates';
ALTER TABLE campaigns ADD COLUMN until BIGINT NOT NULL DEFAULT 0; -- by when secrets are to be replaced; 0: certificates
ALTER TABLE campaign_lines ADD COLUMN old_secret TEXT NOT NULL DEFAULT ''; -- ids of documents in custody
ALTER TABLE campaign_lines ADD COLUMN new_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign_lines ADD COLUMN former_ended_at BIGINT NOT NULL DEFAULT 0; -- the bank no longer knows the old one
ALTER TABLE campaign_lines ADD COLUMN former_ended_by TEXT NOT NULL DEFAULT '';
-- An older program would take a line without certificates for one that is done.
UPDATE schema_floor SET version = 96;
