-- +goose Up
-- Bearer tokens have a name and a last use, and those that somebody has made at the console end with what their session began with.
ALTER TABLE api_tokens ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE api_tokens ADD COLUMN last_used_at BIGINT NOT NULL DEFAULT 0; -- to the minute
ALTER TABLE api_tokens ADD COLUMN passkey_id TEXT NOT NULL DEFAULT '';
ALTER TABLE api_tokens ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE api_tokens ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE api_tokens ADD COLUMN provider_sid TEXT NOT NULL DEFAULT '';
CREATE INDEX api_tokens_user ON api_tokens (user_id);
-- What a terminal is given a token for, once: somebody has agreed to it at the console.
CREATE TABLE terminal_logins (
    code_hash    TEXT PRIMARY KEY, -- SHA-256 of the code
    challenge    TEXT NOT NULL,    -- PKCE with S256, RFC 7636
    user_id      TEXT NOT NULL,
    name         TEXT NOT NULL,    -- of the token that there will be
    lasts        BIGINT NOT NULL,  -- microseconds
    passkey_id   TEXT NOT NULL,    -- with which the session began
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    provider_sid TEXT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX terminal_logins_end ON terminal_logins (expires_at);
