-- +goose Up
-- Catalogue files of banks that a folder has brought, and what has become of each. One of each bank is in force at most,
-- and one proposed.
CREATE TABLE catalogue_files (
    bank            TEXT NOT NULL, -- id of the bank group
    sha256          TEXT NOT NULL, -- of the text
    name            TEXT NOT NULL, -- in the folder
    text            TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('proposed', 'in_force', 'declined', 'superseded')),
    found_at        BIGINT NOT NULL, -- microseconds since 1970, UTC
    decided_by      TEXT NOT NULL,   -- user id; empty: nobody has decided
    decided_by_name TEXT NOT NULL,
    decided_at      BIGINT NOT NULL, -- 0: not yet
    PRIMARY KEY (bank, sha256)
);
CREATE UNIQUE INDEX catalogue_files_in_force ON catalogue_files (bank) WHERE state = 'in_force';
CREATE UNIQUE INDEX catalogue_files_proposed ON catalogue_files (bank) WHERE state = 'proposed';
CREATE INDEX catalogue_files_state ON catalogue_files (state, bank);
-- What could not be used when the folder was last read.
CREATE TABLE catalogue_refusals (
    name  TEXT PRIMARY KEY,
    why   TEXT NOT NULL,
    since BIGINT NOT NULL
);
