-- SQLite cannot change a CHECK: the table is made anew.
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
INSERT INTO certificates_new (id, state, name, kind, sha256, organization_identifier, not_after,
    chain_pem, custody, created_at, created_by, key_id)
SELECT id, state, name, kind, sha256, organization_identifier, not_after,
    chain_pem, custody, created_at, created_by, key_id FROM certificates;
DROP TABLE certificates;
ALTER TABLE certificates_new RENAME TO certificates;
CREATE INDEX certificates_state ON certificates (state, created_at);
