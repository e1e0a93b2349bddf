-- +goose Up
-- Requests that were made under a key (Idempotency-Key), for a day: a repetition has the answer of the first. What a
-- row seals is sealed with the caller's bearer token, of which there is the hash alone.
CREATE TABLE idempotent_requests (
    id          TEXT PRIMARY KEY, -- SHA-256 of the caller, the operation and the key
    caller_id   TEXT NOT NULL,
    fingerprint TEXT NOT NULL, -- HMAC of what was asked, keyed by the token
    answer      BYTEA NOT NULL, -- sealed; empty: there is none yet, or it was lost
    expires_at  BIGINT NOT NULL
);
CREATE INDEX idempotent_requests_end ON idempotent_requests (expires_at);
CREATE INDEX idempotent_requests_caller ON idempotent_requests (caller_id);
