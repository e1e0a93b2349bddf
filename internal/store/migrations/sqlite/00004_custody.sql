-- +goose Up
-- The end of a certificate (retired, destroying, destroyed), its line, and a key that
-- is kept to be handed out. SQLite cannot change a CHECK: the table is made anew.
CREATE TABLE certificates_new (
    id                      TEXT PRIMARY KEY,
    state                   TEXT NOT NULL CHECK (state IN ('pending', 'stored', 'retired', 'destroying', 'destroyed')),
    name                    TEXT NOT NULL,
    kind                    TEXT NOT NULL,
    sha256                  TEXT NOT NULL UNIQUE,
    organization_identifier TEXT NOT NULL,
    not_after               INTEGER NOT NULL,
    chain_pem               TEXT NOT NULL, -- leaf first; public
    custody                 TEXT NOT NULL,
    created_at              INTEGER NOT NULL,
    created_by              TEXT NOT NULL,
    key_id                  TEXT NOT NULL,
    spki_sha256             TEXT NOT NULL DEFAULT '', -- of the key; empty in rows older than this column
    line_id                 TEXT NOT NULL DEFAULT '',
    line_version            INTEGER NOT NULL DEFAULT 0,
    line_change             TEXT NOT NULL DEFAULT '',
    key_mode                TEXT NOT NULL DEFAULT 'held' CHECK (key_mode IN ('held', 'stored')),
    kept_reason             TEXT NOT NULL DEFAULT '',
    kept_by                 TEXT NOT NULL DEFAULT '',
    kept_approved_by        TEXT NOT NULL DEFAULT '',
    kept_approved_at        INTEGER NOT NULL DEFAULT 0,
    retired_reason          TEXT NOT NULL DEFAULT '',
    retired_by              TEXT NOT NULL DEFAULT '',
    retired_at              INTEGER NOT NULL DEFAULT 0,
    destroyed_by            TEXT NOT NULL DEFAULT '',
    destroyed_at            INTEGER NOT NULL DEFAULT 0,
    revision                INTEGER NOT NULL DEFAULT 0, -- counts the changes
    copied                  INTEGER NOT NULL DEFAULT 0  -- the revision that custody's copy has
);
INSERT INTO certificates_new (id, state, name, kind, sha256, organization_identifier, not_after, chain_pem, custody, created_at, created_by, key_id)
SELECT id, state, name, kind, sha256, organization_identifier, not_after, chain_pem, custody, created_at, created_by, key_id FROM certificates;
DROP TABLE certificates;
ALTER TABLE certificates_new RENAME TO certificates;
CREATE INDEX certificates_state ON certificates (state, created_at);
CREATE INDEX certificates_key ON certificates (key_id);
CREATE INDEX certificates_spki ON certificates (spki_sha256);

-- Certificates that share a key renewed each other: they are a line.
UPDATE certificates SET line_id = key_id, line_version = (SELECT COUNT(*) FROM certificates AS c
    WHERE c.key_id = certificates.key_id AND (c.created_at < certificates.created_at OR (c.created_at = certificates.created_at AND c.id <= certificates.id)));
UPDATE certificates SET line_change = CASE line_version WHEN 1 THEN 'first' ELSE 'renewal' END;
CREATE UNIQUE INDEX certificates_line ON certificates (line_id, line_version) WHERE line_id <> '';

-- Which bundles name a certificate is asked before it is retired.
CREATE INDEX bundles_qwac ON bundles (qwac_id);
CREATE INDEX bundles_qsealc ON bundles (qsealc_id);

-- The certificate that the one asked for will follow in its line; empty: none.
ALTER TABLE certificate_requests ADD COLUMN replaces TEXT NOT NULL DEFAULT '';
