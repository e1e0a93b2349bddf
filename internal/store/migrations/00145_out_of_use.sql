-- +goose Up
-- A version that people took out of use is not the one to which somebody on call goes back alone.
ALTER TABLE bundles ADD COLUMN taken_out_at BIGINT NOT NULL DEFAULT 0; -- microseconds since 1970, UTC; 0: it was not
-- What blocks a version in use is news for services, too: the organization's identifier, and which roles are subscribed.
-- +include
-- An older program's versions would not say when people took them out of use.
UPDATE schema_floor SET version = 145;
