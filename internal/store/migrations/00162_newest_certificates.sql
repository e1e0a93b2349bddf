-- +goose Up
-- The newest certificate of each kind that an organization has stored is what its registrations are looked at with.
DROP INDEX certificates_identifier;
CREATE INDEX certificates_newest ON certificates (organization_identifier, kind, created_at, id)
    WHERE state = 'stored';
-- Those in a state are counted by it, and found by it where they are few.
DROP INDEX certificates_state;
CREATE INDEX certificates_state ON certificates (state, ended, created_at, id);
