-- +goose Up
-- Certificate requests whose key was generated in custody, under the same id.
CREATE TABLE certificate_requests (
    id          TEXT PRIMARY KEY,
    state       TEXT NOT NULL CHECK (state IN ('pending', 'open', 'issued')),
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    spki_sha256 TEXT NOT NULL, -- of the key; empty while pending
    csr_pem     TEXT NOT NULL, -- public
    created_at  BIGINT NOT NULL,
    created_by  TEXT NOT NULL
);
