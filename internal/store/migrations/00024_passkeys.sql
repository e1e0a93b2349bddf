-- +goose Up
ALTER TABLE users ADD COLUMN disabled_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN last_sign_in_at BIGINT NOT NULL DEFAULT 0;
-- Sessions have rows of their own now, that end with the person or the passkey they came from.
ALTER TABLE users DROP COLUMN signed_out_at;

CREATE TABLE passkeys (
    id            TEXT PRIMARY KEY,
    user_id       TEXT NOT NULL REFERENCES users (id),
    handle        TEXT NOT NULL, -- by which authenticators know the person: random, base64url
    credential_id TEXT NOT NULL UNIQUE, -- base64url
    credential    TEXT NOT NULL, -- JSON: public key, signature counter, flags
    name          TEXT NOT NULL,
    synced        BOOLEAN NOT NULL, -- kept by a password manager, on several devices
    created_at    BIGINT NOT NULL,
    last_used_at  BIGINT NOT NULL -- 0: never
);
CREATE INDEX passkeys_user ON passkeys (user_id, created_at);

-- What a browser is to sign with a passkey: for a few minutes, and once.
CREATE TABLE passkey_challenges (
    token_hash TEXT PRIMARY KEY, -- SHA-256 of what the browser holds
    purpose    TEXT NOT NULL CHECK (purpose IN ('sign_in', 'add', 'confirm')),
    user_id    TEXT NOT NULL, -- empty where it turns out who it is
    data       TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_challenges_end ON passkey_challenges (expires_at);

-- Who is signed in to the console. What their browser holds for it is hashed in the table sessions.
CREATE TABLE console_sessions (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id),
    way          TEXT NOT NULL CHECK (way IN ('passkey', 'link', 'invitation')),
    passkey_id   TEXT NOT NULL,
    agent        TEXT NOT NULL, -- what the browser calls itself
    address      TEXT NOT NULL,
    began_at     BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL -- when the person last showed that it is them
);
CREATE INDEX console_sessions_user ON console_sessions (user_id, began_at);
DELETE FROM sessions;
