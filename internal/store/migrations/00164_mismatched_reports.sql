-- +goose Up
-- 1: there is no such version, or its certificate is another than the one that the service says it presents. It is
-- written with the report, which an instance renews every minute; an older program beside this one leaves it at 0.
ALTER TABLE service_reports ADD COLUMN mismatched BIGINT NOT NULL DEFAULT 0;
CREATE INDEX service_reports_mismatched ON service_reports (registration_id) WHERE mismatched = 1;
