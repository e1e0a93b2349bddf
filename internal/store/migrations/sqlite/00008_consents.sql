-- +goose Up
-- Customers' consents: no token, and nothing the bank said of the customer.
CREATE TABLE consents (
    id                 TEXT PRIMARY KEY, -- of the document with the tokens in custody, too
    registration_id    TEXT NOT NULL REFERENCES registrations (id),
    institution_id     TEXT NOT NULL,
    segment            TEXT NOT NULL,
    scope              TEXT NOT NULL,
    customer           TEXT NOT NULL, -- the caller's own reference
    redirect_uri       TEXT NOT NULL,
    state_hash         TEXT NOT NULL UNIQUE, -- SHA-256 of the OAuth2 state
    code_hash          TEXT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('pending', 'active', 'expired', 'revoked', 'broken')),
    reason             TEXT NOT NULL,
    created_at         INTEGER NOT NULL,
    created_by         TEXT NOT NULL,
    answer_by          INTEGER NOT NULL,
    authorized_at      INTEGER NOT NULL,
    renewed_at         INTEGER NOT NULL,
    access_expires_at  INTEGER NOT NULL,
    refresh_expires_at INTEGER NOT NULL,
    reauthenticate_by  INTEGER NOT NULL,
    expires_at         INTEGER NOT NULL,
    refresh_life       INTEGER NOT NULL, -- microseconds
    refreshable        BOOLEAN NOT NULL,
    refreshes_left     INTEGER NOT NULL, -- -1: any number
    refreshes          INTEGER NOT NULL,
    in_doubt           BOOLEAN NOT NULL,
    retry_at           INTEGER NOT NULL,
    last_failure       TEXT NOT NULL,
    holds_tokens       BOOLEAN NOT NULL,
    lease_until        INTEGER NOT NULL, -- 0: nobody works on it
    abandoned          BOOLEAN NOT NULL, -- the holder before did not give it back
    fence              INTEGER NOT NULL -- counts the leases; who has an older one writes no more
);
CREATE INDEX consents_state ON consents (state, expires_at);
CREATE INDEX consents_registration ON consents (registration_id, created_at);
-- An authorization under way is a pending consent now.
DROP TABLE authorizations;
