-- +goose Up
-- What is known of whether certificates were revoked: one row per certificate, ours or an issuer's, however many use it.
CREATE TABLE revocation_checks (
    sha256      TEXT PRIMARY KEY, -- of the certificate
    certificate BYTEA NOT NULL,   -- DER
    issuer      BYTEA NOT NULL,   -- DER of its issuer; empty: not found yet
    lists       TEXT NOT NULL,    -- the addresses of its issuer's revocation list, a line each; empty: it names none
    ask_at      BIGINT NOT NULL,  -- when it is due
    status      TEXT NOT NULL,    -- of the last answer that counts: good, revoked, stale, not_needed; empty: there is none
    answer      TEXT NOT NULL,    -- that answer, as JSON
    attempt     TEXT NOT NULL,    -- what came of the last question, as JSON
    failures    BIGINT NOT NULL,  -- questions in a row that nothing came of
    revision    BIGINT NOT NULL
);
CREATE INDEX revocation_checks_due ON revocation_checks (ask_at, sha256);
CREATE INDEX revocation_checks_lists ON revocation_checks (lists, sha256);
CREATE INDEX revocation_checks_status ON revocation_checks (status, sha256);
-- Which certificates a stored one depends on: itself, and its chain without a root.
CREATE TABLE chain_elements (
    certificate_id TEXT NOT NULL,
    position       BIGINT NOT NULL, -- 0: the certificate itself
    sha256         TEXT NOT NULL,
    PRIMARY KEY (certificate_id, position)
);
CREATE INDEX chain_elements_sha256 ON chain_elements (sha256, certificate_id);
-- The elements of certificates from before are written when those are judged, which is due at once.
UPDATE certificates SET judge_at = 1 WHERE judged_rules > 0;
