-- +goose Up
-- What was read last of each register of payment firms, and what came of the last question.
CREATE TABLE registers (
    id       TEXT PRIMARY KEY,
    ask_at   BIGINT NOT NULL, -- when it is due
    revision BIGINT NOT NULL,
    register TEXT NOT NULL    -- as JSON
);
-- What they say of our own numbers. Of others, nothing is kept.
CREATE TABLE register_entries (
    register TEXT NOT NULL,   -- its id
    place    BIGINT NOT NULL,
    number   TEXT NOT NULL,   -- authority and number as they are compared, FR-ACPR-12345
    entry    TEXT NOT NULL,   -- as JSON
    PRIMARY KEY (register, place)
);
CREATE INDEX register_entries_number ON register_entries (number);
-- What they say of each certificate in use, so that what changes is told.
CREATE TABLE register_verdicts (
    certificate_id TEXT PRIMARY KEY,
    revision       BIGINT NOT NULL,  -- of the certificate that was judged
    basis          TEXT NOT NULL,    -- SHA-256 over what it was judged by
    state          TEXT NOT NULL,
    register       TEXT NOT NULL,    -- that says so, by its id; empty: none
    what           TEXT NOT NULL,    -- the roles that are missing, or the number
    since          BIGINT NOT NULL,  -- microseconds since 1970, UTC; 0: nobody says
    found          BOOLEAN NOT NULL  -- a register has listed it, now or before
);
