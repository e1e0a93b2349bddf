-- +goose Up
-- Links by which a key that may be exported is fetched, each once. The passphrase of the file is sealed with the
-- link's token, of which there is the hash alone.
CREATE TABLE export_links (
    token_hash      TEXT PRIMARY KEY, -- SHA-256
    certificate_id  TEXT NOT NULL,
    format          TEXT NOT NULL, -- pem, pkcs12, jks
    passphrase      BYTEA NOT NULL, -- sealed; empty: the format has none
    created_by      TEXT NOT NULL, -- id of a user
    created_by_name TEXT NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE INDEX export_links_end ON export_links (expires_at);
