-- +goose Up
-- What two people did in an emergency, without waiting, is looked at afterwards by somebody else.
ALTER TABLE approvals ADD COLUMN emergency BIGINT NOT NULL DEFAULT 0; -- 1: it was one
ALTER TABLE approvals ADD COLUMN reviewed_by TEXT NOT NULL DEFAULT ''; -- user id; empty: nobody has
ALTER TABLE approvals ADD COLUMN reviewed_by_name TEXT NOT NULL DEFAULT '';
ALTER TABLE approvals ADD COLUMN reviewed_at BIGINT NOT NULL DEFAULT 0; -- microseconds since 1970, UTC
ALTER TABLE approvals ADD COLUMN review TEXT NOT NULL DEFAULT '';
