-- +goose Up
-- What is no longer worked with is archived: it stays, and lists leave it out unless they are asked for it.
ALTER TABLE organizations ADD COLUMN archived_at BIGINT NOT NULL DEFAULT 0; -- 0: it is not
ALTER TABLE applications ADD COLUMN archived_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registrations ADD COLUMN archived_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX organizations_name_kept ON organizations (name_key, id) WHERE archived_at = 0;
CREATE INDEX organizations_created_kept ON organizations (created_at, id) WHERE archived_at = 0;
CREATE INDEX organizations_name_archived ON organizations (name_key, id) WHERE archived_at > 0;
CREATE INDEX organizations_created_archived ON organizations (created_at, id) WHERE archived_at > 0;
CREATE INDEX applications_name_kept ON applications (name_key, id) WHERE archived_at = 0;
CREATE INDEX applications_created_kept ON applications (created_at, id) WHERE archived_at = 0;
CREATE INDEX applications_name_archived ON applications (name_key, id) WHERE archived_at > 0;
CREATE INDEX applications_created_archived ON applications (created_at, id) WHERE archived_at > 0;
CREATE INDEX applications_organization_name_kept ON applications (organization_id, name_key, id) WHERE archived_at = 0;
CREATE INDEX applications_organization_created_kept ON applications (organization_id, created_at, id)
    WHERE archived_at = 0;
CREATE INDEX registrations_created_kept ON registrations (created_at, id) WHERE archived_at = 0;
CREATE INDEX registrations_created_archived ON registrations (created_at, id) WHERE archived_at > 0;
CREATE INDEX registrations_institution_kept ON registrations (institution_id, created_at, id) WHERE archived_at = 0;
CREATE INDEX registrations_application_kept ON registrations (application_id, created_at, id) WHERE archived_at = 0;
