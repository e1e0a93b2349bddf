-- +goose Up
-- What was read last of each trusted list, and what came of the last question. A list that was read once stays until a
-- newer one that its signers have signed takes its place, whatever comes meanwhile.
CREATE TABLE trusted_lists (
    url      TEXT PRIMARY KEY,
    ask_at   BIGINT NOT NULL, -- when it is due
    revision BIGINT NOT NULL,
    list     TEXT NOT NULL    -- as JSON
);
CREATE INDEX trusted_lists_due ON trusted_lists (ask_at, url);
-- The services on them that issue qualified certificates, a row for each of their certificates.
CREATE TABLE trusted_services (
    url     TEXT NOT NULL,    -- of the list
    place   BIGINT NOT NULL,  -- on it
    subject TEXT NOT NULL,    -- SHA-256 of the DER of the subject of the service's certificate: its issued ones name it
    service TEXT NOT NULL,    -- as JSON
    PRIMARY KEY (url, place)
);
CREATE INDEX trusted_services_subject ON trusted_services (subject);
