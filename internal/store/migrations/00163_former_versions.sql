-- +goose Up
-- Whether another version has taken the place of the one that a service uses, so that those are found without a look
-- at every version in use.
ALTER TABLE service_uses ADD COLUMN former BIGINT NOT NULL DEFAULT 0;
ALTER TABLE service_reports ADD COLUMN former BIGINT NOT NULL DEFAULT 0;
CREATE INDEX service_uses_former ON service_uses (registration_id) WHERE former = 1;
CREATE INDEX service_reports_former ON service_reports (registration_id) WHERE former = 1;
-- An activation asks for the changes of few records, of which many may wait to be copied.
CREATE INDEX record_changes_record ON record_changes (kind, id);
-- +include
UPDATE service_uses SET former = 1 WHERE EXISTS (SELECT 1 FROM bundles b
    WHERE b.registration_id = service_uses.registration_id AND b.version = service_uses.version
    AND b.state = 'superseded');
UPDATE service_reports SET former = 1 WHERE EXISTS (SELECT 1 FROM bundles b
    WHERE b.registration_id = service_reports.registration_id AND b.version = service_reports.version
    AND b.state = 'superseded');
-- The triggers lock the versions of a registration in an order that an older program does not keep to.
UPDATE schema_floor SET version = 163;
