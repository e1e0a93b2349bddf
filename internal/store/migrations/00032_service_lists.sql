-- +goose Up
-- Lists of service accounts are read in pages, searched, and sorted by these.
ALTER TABLE service_accounts ADD COLUMN ended BIGINT NOT NULL DEFAULT 0; -- 1: it has ended
ALTER TABLE service_accounts ADD COLUMN name_key TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the name as it is sorted
CREATE INDEX service_accounts_name ON service_accounts (ended, name_key, id);
CREATE INDEX service_accounts_created ON service_accounts (ended, created_at, id);
-- Which services use a version that another has taken the place of.
DROP INDEX service_reports_registration;
CREATE INDEX service_reports_version ON service_reports (registration_id, version, stopped);
DROP INDEX service_uses_registration;
CREATE INDEX service_uses_version ON service_uses (registration_id, version);
-- Last: the deferred triggers of PostgreSQL let no index be made after it.
UPDATE service_accounts SET name_key = lower(name), ended = CASE WHEN ended_at > 0 THEN 1 ELSE 0 END;
INSERT INTO search_changes (kind, id) SELECT 'service', id FROM service_accounts;
