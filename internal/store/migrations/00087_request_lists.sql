-- +goose Up
-- The list of CSRs is read in pages, and searched.
CREATE INDEX csrs_created ON csrs (created_at, id);
CREATE INDEX csrs_waiting ON csrs (created_at, id) WHERE state <> 'issued';
CREATE INDEX csrs_issued ON csrs (created_at, id) WHERE state = 'issued';
INSERT INTO search_changes (kind, id) SELECT 'csr', id FROM csrs WHERE true ON CONFLICT DO NOTHING;
-- So is that of requests for approval.
CREATE INDEX approvals_state ON approvals (state, requested_at, id);
INSERT INTO search_changes (kind, id) SELECT 'approval', id FROM approvals WHERE true ON CONFLICT DO NOTHING;
