-- +goose Up
-- Accounts at the firm's identity providers (OpenID Connect) that people sign in with. An account is its issuer and subject: never
-- an e-mail address.
CREATE TABLE accounts (
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    user_id      TEXT NOT NULL REFERENCES users (id),
    provider     TEXT NOT NULL, -- id in the configuration
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX accounts_user ON accounts (user_id);

-- Somebody's way to a provider and back: for a few minutes, and once.
CREATE TABLE account_requests (
    state_hash TEXT PRIMARY KEY, -- SHA-256 of the state
    held_hash  TEXT NOT NULL,    -- SHA-256 of what the browser holds, so that the answer counts in it alone
    provider   TEXT NOT NULL,
    purpose    TEXT NOT NULL CHECK (purpose IN ('sign_in', 'add', 'confirm')),
    user_id    TEXT NOT NULL, -- empty where it turns out who it is
    session_id TEXT NOT NULL,
    nonce      TEXT NOT NULL,
    verifier   TEXT NOT NULL, -- PKCE, RFC 7636
    next       TEXT NOT NULL,
    began_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX account_requests_end ON account_requests (expires_at);

-- Sessions begin with an account, too, and end with its session at the provider. Everybody signs in again.
DROP TABLE console_sessions;
CREATE TABLE console_sessions (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id),
    way          TEXT NOT NULL CHECK (way IN ('passkey', 'link', 'invitation', 'account')),
    passkey_id   TEXT NOT NULL,
    agent        TEXT NOT NULL, -- what the browser calls itself
    address      TEXT NOT NULL,
    began_at     BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL, -- when the person last showed that it is them
    issuer       TEXT NOT NULL DEFAULT '', -- of the account it began with
    subject      TEXT NOT NULL DEFAULT '',
    provider_sid TEXT NOT NULL DEFAULT '' -- of the session at the provider
);
CREATE INDEX console_sessions_user ON console_sessions (user_id, began_at);
CREATE INDEX console_sessions_account ON console_sessions (issuer, subject);
DELETE FROM sessions;
