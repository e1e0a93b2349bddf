-- +goose Up
-- Whoever reads a part of everything reads the CSRs of its organizations: a CSR names its own, and so does its row.
ALTER TABLE csrs ADD COLUMN organization_identifier TEXT NOT NULL DEFAULT '';
CREATE INDEX csrs_organization ON csrs (organization_identifier);
-- Those from before, and those that an older program adds meanwhile, get theirs while the service runs.
INSERT INTO search_changes (kind, id) SELECT 'csr', id FROM csrs WHERE true ON CONFLICT DO NOTHING;
