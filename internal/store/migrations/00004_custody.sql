-- +goose Up
-- The end of a certificate (retired, destroying, destroyed), its line, and a key that
-- is kept to be handed out.
-- +include
CREATE INDEX certificates_key ON certificates (key_id);
CREATE INDEX certificates_spki ON certificates (spki_sha256);

-- Certificates that share a key renewed each other: they are a line.
UPDATE certificates SET line_id = key_id, line_version = (SELECT COUNT(*) FROM certificates AS c
    WHERE c.key_id = certificates.key_id AND (c.created_at < certificates.created_at
        OR (c.created_at = certificates.created_at AND c.id <= certificates.id)));
UPDATE certificates SET line_change = CASE line_version WHEN 1 THEN 'first' ELSE 'renewal' END;
CREATE UNIQUE INDEX certificates_line ON certificates (line_id, line_version) WHERE line_id <> '';

-- Which bundles name a certificate is asked before it is retired.
CREATE INDEX bundles_qwac ON bundles (qwac_id);
CREATE INDEX bundles_qsealc ON bundles (qsealc_id);

-- The certificate that the one asked for will follow in its line; empty: none.
ALTER TABLE certificate_requests ADD COLUMN replaces TEXT NOT NULL DEFAULT '';
