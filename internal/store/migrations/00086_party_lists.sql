-- +goose Up
-- Lists of organizations and applications are read in pages, searched, and sorted by these.
ALTER TABLE organizations ADD COLUMN name_key TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the name as it is sorted
ALTER TABLE applications ADD COLUMN name_key TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX organizations_name ON organizations (name_key, id);
CREATE INDEX organizations_created ON organizations (created_at, id);
CREATE INDEX applications_name ON applications (name_key, id);
CREATE INDEX applications_created ON applications (created_at, id);
CREATE INDEX applications_called ON applications (name);
CREATE INDEX applications_organization_name ON applications (organization_id, name_key, id);
CREATE INDEX applications_organization_created ON applications (organization_id, created_at, id);
-- Those from before, and those that an older program adds meanwhile, get their words and what they are sorted by
-- while the service runs.
INSERT INTO search_changes (kind, id) SELECT 'organization', id FROM organizations WHERE true ON CONFLICT DO NOTHING;
INSERT INTO search_changes (kind, id) SELECT 'application', id FROM applications WHERE true ON CONFLICT DO NOTHING;
