-- +goose Up
-- Links made on the server are for emergencies: that one was used is shown until somebody has seen it.
ALTER TABLE sign_in_links ADD COLUMN quiet BOOLEAN NOT NULL DEFAULT FALSE; -- an evaluation's own
CREATE TABLE link_uses (
    id        TEXT PRIMARY KEY,
    user_id   TEXT NOT NULL,
    user_name TEXT NOT NULL,
    address   TEXT NOT NULL,
    used_at   BIGINT NOT NULL,
    seen_by   TEXT NOT NULL, -- empty: nobody has
    seen_at   BIGINT NOT NULL
);
CREATE INDEX link_uses_unseen ON link_uses (seen_by, used_at);

-- People who are to join, or who have lost their way in.
CREATE TABLE invitations (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL, -- whom it lets in again; empty: somebody new
    name       TEXT NOT NULL, -- empty: whoever comes says it, the first administrator
    roles      TEXT NOT NULL, -- JSON array
    invited_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    token_hash TEXT NOT NULL, -- SHA-256; empty until the link is made
    code_hash  TEXT NOT NULL, -- SHA-256 of link and code; empty where no code is asked for
    attempts   BIGINT NOT NULL, -- wrong codes so far
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX invitations_token ON invitations (token_hash) WHERE token_hash <> '';
