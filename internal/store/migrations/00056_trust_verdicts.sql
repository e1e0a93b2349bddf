-- +goose Up
-- What trusted lists say of each certificate in use, so that what changes is told.
CREATE TABLE trust_verdicts (
    certificate_id TEXT PRIMARY KEY,
    revision       BIGINT NOT NULL, -- of the certificate that was judged
    lists          TEXT NOT NULL,   -- SHA-256 over those of the lists that it was judged by
    state          TEXT NOT NULL,
    service        TEXT NOT NULL,   -- provider and name; empty: none was found
    since          BIGINT NOT NULL  -- of the service's status; 0: none was found
);
