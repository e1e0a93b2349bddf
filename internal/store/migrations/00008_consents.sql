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
    created_at         BIGINT NOT NULL,
    created_by         TEXT NOT NULL,
    answer_by          BIGINT NOT NULL,
    authorized_at      BIGINT NOT NULL,
    renewed_at         BIGINT NOT NULL,
    access_expires_at  BIGINT NOT NULL,
    refresh_expires_at BIGINT NOT NULL,
    reauthenticate_by  BIGINT NOT NULL,
    expires_at         BIGINT NOT NULL,
    refresh_life       BIGINT NOT NULL, -- microseconds
    refreshable        BOOLEAN NOT NULL,
    refreshes_left     BIGINT NOT NULL, -- -1: any number
    refreshes          BIGINT NOT NULL,
    in_doubt           BOOLEAN NOT NULL,
    retry_at           BIGINT NOT NULL,
    last_failure       TEXT NOT NULL,
    holds_tokens       BOOLEAN NOT NULL,
    lease_until        BIGINT NOT NULL, -- 0: nobody works on it
    abandoned          BOOLEAN NOT NULL, -- the holder before did not give it back
    fence              BIGINT NOT NULL -- counts the leases; who has an older one writes no more
);
CREATE INDEX consents_state ON consents (state, expires_at);
CREATE INDEX consents_registration ON consents (registration_id, created_at);
-- An authorization under way is a pending consent now.
DROP TABLE authorizations;
