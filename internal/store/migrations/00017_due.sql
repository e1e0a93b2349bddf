-- +goose Up
-- What is looked for again and again is found by an index, however much there is besides.
CREATE INDEX checklist_steps_record ON checklist_steps (record);
CREATE INDEX bank_letters_record ON bank_letters (record);
CREATE INDEX consents_customer ON consents (customer, created_at, id);
CREATE INDEX consents_leftover ON consents (holds_tokens, state);
CREATE INDEX consents_answer ON consents (state, answer_by) WHERE state = 'pending';
CREATE INDEX certificate_requests_key ON certificate_requests (spki_sha256) WHERE state = 'open';
CREATE INDEX certificate_requests_pending ON certificate_requests (id) WHERE state = 'pending';
CREATE INDEX bundles_credentials ON bundles (credentials_ref);
CREATE INDEX certificates_stale ON certificates (id) WHERE copied <> revision;

-- Whose turn it is to do what is due again and again. A turn that is not prolonged is over.
CREATE TABLE job_turns (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,   -- one process; empty: nobody
    until  BIGINT NOT NULL, -- microseconds since 1970, UTC, by the database's own clock
    due    BIGINT NOT NULL  -- when it is to be done next
);

-- The newest comparison of custody with the records, for all replicas and after a restart.
CREATE TABLE custody_checks (
    id    TEXT PRIMARY KEY,
    at    BIGINT NOT NULL,
    found TEXT NOT NULL -- JSON
);
-- +include
