-- +goose Up
-- The list of people is read in pages, searched, and sorted by the name. Those from before, and those that an older
-- program adds meanwhile, get their words and what they are sorted by while the service runs.
ALTER TABLE users ADD COLUMN name_key TEXT COLLATE "C" NOT NULL DEFAULT '';  -- the name as it is sorted
ALTER TABLE users ADD COLUMN name_fold TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the name whatever the case of its letters; '': not known yet
CREATE INDEX users_name ON users (name_key, id);
CREATE INDEX users_created ON users (created_at, id);
CREATE INDEX users_disabled ON users (name_key, id) WHERE disabled_at > 0;
CREATE INDEX users_folded ON users (name_fold);
CREATE INDEX role_grants_user ON role_grants (user_id, granted_at, id);
CREATE INDEX role_grants_end ON role_grants (ends_at) WHERE ends_at > 0;
