-- +goose Up
-- Where copies of a private key may be: whom it was exported to, and what people say. Rows are never deleted.
CREATE TABLE key_copies (
    id          TEXT PRIMARY KEY,
    key_id      TEXT NOT NULL,   -- of the key in custody
    kind        TEXT NOT NULL,   -- person or service: exported; provider, backup or machine: said by somebody
    holder_id   TEXT NOT NULL,   -- of a person or a service account; else the name in small letters
    holder      TEXT NOT NULL,   -- name for people
    format      TEXT NOT NULL,   -- of the file; empty: not known
    first_at    BIGINT NOT NULL, -- microseconds since 1970, UTC; since when
    last_at     BIGINT NOT NULL, -- the last export
    times       BIGINT NOT NULL, -- exports
    reason      TEXT NOT NULL,
    declared_by TEXT NOT NULL,   -- caller id; empty: it was exported
    created_at  BIGINT NOT NULL, -- when it was recorded
    ended       BIGINT NOT NULL, -- 1: it was destroyed
    ended_on    BIGINT NOT NULL, -- when it was, by who says so
    ended_how   TEXT NOT NULL,
    ended_by    TEXT NOT NULL,   -- caller id
    ended_at    BIGINT NOT NULL  -- when that was recorded
);
-- A holder has one open row for a key and a format; a copy made after the end of one is another copy.
CREATE UNIQUE INDEX key_copies_open ON key_copies (key_id, kind, holder_id, format) WHERE ended = 0;
CREATE INDEX key_copies_created ON key_copies (created_at, id);
CREATE INDEX key_copies_key ON key_copies (key_id, created_at, id);
CREATE INDEX key_copies_kind ON key_copies (kind, created_at, id);
CREATE INDEX key_copies_ended ON key_copies (ended, created_at, id);
-- Exports from before, as the audit log has them; it does not say in which format.
INSERT INTO key_copies (id, key_id, kind, holder_id, holder, format, first_at, last_at, times, reason, declared_by,
    created_at, ended, ended_on, ended_how, ended_by, ended_at)
SELECT 'audit-' || certificates.key_id || '-' || e.caller_id, certificates.key_id,
    CASE WHEN e.caller_id IN (SELECT id FROM service_accounts) THEN 'service' ELSE 'person' END,
    e.caller_id, MAX(e.caller_name), '', MIN(e.at), MAX(e.at), COUNT(*), '', '', MIN(e.at), 0, 0, '', '', 0
FROM audit_entries e JOIN certificates ON certificates.id = e.object
WHERE e.action = 'key.export' AND e.outcome = 'done'
    AND (e.code = 'key_exported' OR e.detail = 'the private key was exported')
GROUP BY certificates.key_id, e.caller_id;
INSERT INTO search_changes (kind, id) SELECT 'key_copy', id FROM key_copies;
-- An older program would let keys leave without a record.
UPDATE schema_floor SET version = 82;
