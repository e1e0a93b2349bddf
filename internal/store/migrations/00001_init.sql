-- +goose Up
CREATE TABLE audit_entries (
    seq         BIGINT PRIMARY KEY,
    at          BIGINT NOT NULL, -- microseconds since 1970, UTC
    caller_id   TEXT NOT NULL,
    caller_name TEXT NOT NULL,
    action      TEXT NOT NULL,
    object      TEXT NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('allowed', 'denied', 'done', 'failed')),
    detail      TEXT NOT NULL,
    prev_hash   TEXT NOT NULL,
    hash        TEXT NOT NULL
);
-- +include

-- Embedded custody: sealed bytes only; what opens them is not in this database.
CREATE TABLE custody_rows (
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    version BIGINT NOT NULL,
    sealed  BYTEA NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE TABLE certificates (
    id                      TEXT PRIMARY KEY,
    state                   TEXT NOT NULL CHECK (state IN ('pending', 'stored', 'retired')),
    name                    TEXT NOT NULL,
    kind                    TEXT NOT NULL,
    sha256                  TEXT NOT NULL UNIQUE,
    organization_identifier TEXT NOT NULL,
    not_after               BIGINT NOT NULL,
    chain_pem               TEXT NOT NULL, -- leaf first; public
    custody                 TEXT NOT NULL,
    created_at              BIGINT NOT NULL,
    created_by              TEXT NOT NULL
);
CREATE INDEX certificates_state ON certificates (state, created_at);

CREATE TABLE organizations (
    id                      TEXT PRIMARY KEY,
    legal_name              TEXT NOT NULL,
    country                 TEXT NOT NULL,
    organization_identifier TEXT NOT NULL UNIQUE,
    contact_email           TEXT NOT NULL,
    created_at              BIGINT NOT NULL
);

CREATE TABLE applications (
    id              TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name            TEXT NOT NULL,
    redirect_uris   TEXT NOT NULL, -- JSON array
    client_uri      TEXT NOT NULL,
    terms_uri       TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE registrations (
    id             TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    institution_id TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    UNIQUE (application_id, institution_id)
);

CREATE TABLE registration_steps (
    registration_id TEXT NOT NULL REFERENCES registrations (id),
    step            TEXT NOT NULL,
    state           TEXT NOT NULL,
    note            TEXT NOT NULL,
    changed_by      TEXT NOT NULL,
    changed_at      BIGINT NOT NULL,
    PRIMARY KEY (registration_id, step)
);

CREATE TABLE bundles (
    id              TEXT PRIMARY KEY,
    registration_id TEXT NOT NULL REFERENCES registrations (id),
    version         BIGINT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('draft', 'active', 'superseded')),
    qwac_id         TEXT NOT NULL,
    qsealc_id       TEXT NOT NULL,
    client_id       TEXT NOT NULL,
    credentials_ref TEXT NOT NULL, -- id of the document in custody
    tested_at       BIGINT NOT NULL, -- 0: never
    test_passed     BOOLEAN NOT NULL,
    test_detail     TEXT NOT NULL,
    requested_by    TEXT NOT NULL, -- who asked for the activation (four-eyes)
    activated_by    TEXT NOT NULL,
    activated_at    BIGINT NOT NULL,
    created_by      TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    UNIQUE (registration_id, version)
);
CREATE UNIQUE INDEX bundles_one_active ON bundles (registration_id) WHERE state = 'active';
CREATE UNIQUE INDEX bundles_one_draft ON bundles (registration_id) WHERE state = 'draft';

CREATE TABLE authorizations (
    state_hash      TEXT PRIMARY KEY, -- SHA-256 of the OAuth2 state
    registration_id TEXT NOT NULL REFERENCES registrations (id),
    caller_id       TEXT NOT NULL,
    redirect_uri    TEXT NOT NULL,
    expires_at      BIGINT NOT NULL
);

CREATE TABLE users (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    roles      TEXT NOT NULL, -- JSON array
    created_at BIGINT NOT NULL
);

CREATE TABLE sign_in_links (
    token_hash TEXT PRIMARY KEY, -- SHA-256 of the token
    user_id    TEXT NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL
);

CREATE TABLE api_tokens (
    token_hash TEXT PRIMARY KEY, -- SHA-256 of the token
    user_id    TEXT NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL, -- 0: never
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    data       BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
