-- +goose Up
-- Whom else than the bearer of its tokens a service account believes that they are its service: a workload, by what its
-- platform says of it, or whoever has a client certificate.
CREATE TABLE service_identities (
    id              TEXT PRIMARY KEY,
    account_id      TEXT NOT NULL REFERENCES service_accounts (id),
    kind            TEXT NOT NULL CHECK (kind IN ('workload', 'certificate')),
    issuer          TEXT NOT NULL, -- its address; of a certificate, the SHA-256 of its CA's
    audience        TEXT NOT NULL, -- empty for a certificate
    subject         TEXT NOT NULL, -- a pattern; of a certificate spki:, dns: or uri: and a value
    claims          TEXT NOT NULL, -- JSON object: name of a claim, pattern
    created_by_name TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    last_used_at    BIGINT NOT NULL -- 0: never
);
CREATE INDEX service_identities_account ON service_identities (account_id);
CREATE INDEX service_identities_issuer ON service_identities (kind, issuer);
-- The short tokens that workloads have been given for theirs.
CREATE TABLE service_sessions (
    token_hash  TEXT PRIMARY KEY, -- SHA-256 of the token
    identity_id TEXT NOT NULL REFERENCES service_identities (id),
    account_id  TEXT NOT NULL REFERENCES service_accounts (id),
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX service_sessions_account ON service_sessions (account_id, expires_at);
CREATE INDEX service_sessions_identity ON service_sessions (identity_id);
-- +include
