-- +goose Up
-- The end of a certificate (retired, destroying, destroyed), its line, and a key that
-- is kept to be handed out.
ALTER TABLE certificates DROP CONSTRAINT certificates_state_check;
ALTER TABLE certificates ADD CONSTRAINT certificates_state_check CHECK (state IN ('pending', 'stored', 'retired', 'destroying', 'destroyed'));
ALTER TABLE certificates
    ADD COLUMN spki_sha256      TEXT NOT NULL DEFAULT '', -- of the key; empty in rows older than this column
    ADD COLUMN line_id          TEXT NOT NULL DEFAULT '',
    ADD COLUMN line_version     INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN line_change      TEXT NOT NULL DEFAULT '',
    ADD COLUMN key_mode         TEXT NOT NULL DEFAULT 'held' CHECK (key_mode IN ('held', 'stored')),
    ADD COLUMN kept_reason      TEXT NOT NULL DEFAULT '',
    ADD COLUMN kept_by          TEXT NOT NULL DEFAULT '',
    ADD COLUMN kept_approved_by TEXT NOT NULL DEFAULT '',
    ADD COLUMN kept_approved_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN retired_reason   TEXT NOT NULL DEFAULT '',
    ADD COLUMN retired_by       TEXT NOT NULL DEFAULT '',
    ADD COLUMN retired_at       BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN destroyed_by     TEXT NOT NULL DEFAULT '',
    ADD COLUMN destroyed_at     BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN revision         INTEGER NOT NULL DEFAULT 0, -- counts the changes
    ADD COLUMN copied           INTEGER NOT NULL DEFAULT 0; -- the revision that custody's copy has
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
