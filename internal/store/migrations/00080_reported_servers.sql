-- +goose Up
-- What instances of services say that hosts of banks have presented to them. It is said, not seen: nothing follows from it.
ALTER TABLE service_reports ADD COLUMN server_sha256 TEXT NOT NULL DEFAULT ''; -- of the certificate; empty: none was presented
ALTER TABLE service_reports ADD COLUMN server_issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE service_reports ADD COLUMN server_not_after BIGINT NOT NULL DEFAULT 0;
ALTER TABLE service_reports ADD COLUMN server_sent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE service_reports ADD COLUMN server_reason TEXT NOT NULL DEFAULT ''; -- why the handshake failed
ALTER TABLE service_reports ADD COLUMN server_seen_at BIGINT NOT NULL DEFAULT 0; -- 0: it has not said
