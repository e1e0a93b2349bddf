-- +goose Up
-- The log is listed by time, newest first, and what entries are about, whose they are and how they ended are its filters.
CREATE INDEX audit_entries_at ON audit_entries (at, seq);
CREATE INDEX audit_entries_object ON audit_entries (object, at, seq);
CREATE INDEX audit_entries_caller ON audit_entries (caller_id, at, seq);
CREATE INDEX audit_entries_action ON audit_entries (action, at, seq);
CREATE INDEX audit_entries_outcome ON audit_entries (outcome, at, seq);
-- Hashes of 1,024 entries each, from which a proof is made that an entry belongs to the log (internal/audit/tree.go).
-- They follow from the entries, so that they are in no backup.
CREATE TABLE audit_blocks (
    number BIGINT PRIMARY KEY, -- 0: entries 1 to 1,024
    hash   TEXT NOT NULL       -- SHA-256 as of RFC 9162, section 2.1, over the entries' hashes
);
-- The requests for changes of one thing, which belong to its life.
CREATE INDEX approvals_object ON approvals (object, id);
