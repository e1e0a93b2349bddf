-- +goose Up
-- Certificates that somebody has declared compromised. From then on no version that names one is activated, and its key
-- is not exported, until two people have withdrawn the declaration.
CREATE TABLE incidents (
    id               TEXT PRIMARY KEY,
    certificate_id   TEXT NOT NULL,
    certificate_name TEXT NOT NULL,
    sha256           TEXT NOT NULL,
    key_id           TEXT NOT NULL,
    spki_sha256      TEXT NOT NULL,   -- of the key: by it, a certificate imported after the key was destroyed is known
    whole_key        BIGINT NOT NULL, -- 1: every certificate of the key is meant
    reason           TEXT NOT NULL,   -- of RFC 5280 section 5.3.1, such as keyCompromise
    what             TEXT NOT NULL,
    happened_at      BIGINT NOT NULL, -- microseconds since 1970, UTC
    declared_by      TEXT NOT NULL,   -- caller id
    declared_at      BIGINT NOT NULL,
    told_at          BIGINT NOT NULL, -- when the QTSP was told; 0: not yet
    told_by          TEXT NOT NULL,
    withdrawn_at     BIGINT NOT NULL, -- 0: it stands
    withdrawn_by     TEXT NOT NULL,
    withdrawn_why    TEXT NOT NULL
);
CREATE UNIQUE INDEX incidents_standing ON incidents (certificate_id) WHERE withdrawn_at = 0;
CREATE INDEX incidents_key ON incidents (key_id, withdrawn_at);
CREATE INDEX incidents_spki ON incidents (spki_sha256, withdrawn_at);
CREATE INDEX incidents_sha256 ON incidents (sha256, withdrawn_at);
CREATE INDEX incidents_declared ON incidents (declared_at, id);
-- The registrations that used such a certificate when it was declared, and whether their bank was told.
CREATE TABLE incident_uses (
    incident_id     TEXT NOT NULL REFERENCES incidents (id),
    registration_id TEXT NOT NULL,
    institution_id  TEXT NOT NULL,
    told_at         BIGINT NOT NULL, -- 0: not yet
    told_by         TEXT NOT NULL,
    PRIMARY KEY (incident_id, registration_id)
);
-- An older program would activate and export what is frozen.
UPDATE schema_floor SET version = 84;
