-- +goose Up
-- The policy has a copy in custody too, so that whoever loses the database does not
-- lose how many people a change takes.
-- +include
INSERT INTO record_changes (kind, id) SELECT 'policy', 'policy' WHERE EXISTS (SELECT 1 FROM policy_settings);
