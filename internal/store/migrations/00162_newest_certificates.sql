-- +goose Up
-- The newest certificate of each kind that an organization has stored is what its registrations are looked at with.
CREATE INDEX certificates_newest ON certificates (organization_identifier, kind, created_at, id)
    WHERE state = 'stored';
-- Those in a state are counted by it, and found by it where they are few.
CREATE INDEX certificates_state_ended ON certificates (state, ended, created_at, id);
-- Last, because it stands in the way of readers until the end.
DROP INDEX certificates_identifier;
DROP INDEX certificates_state;
