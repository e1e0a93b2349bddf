-- +goose Up
-- What else than client id and secret a bank gives for an application, as its catalogue file says.
ALTER TABLE bundles ADD COLUMN credentials TEXT NOT NULL DEFAULT ''; -- JSON by id; an empty value is a secret, in custody
