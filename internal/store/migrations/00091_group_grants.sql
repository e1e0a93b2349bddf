-- +goose Up
-- A role on a part may come from a group at an identity provider; it follows that at each sign-in, and nobody changes it by hand.
ALTER TABLE role_grants ADD COLUMN from_group TEXT NOT NULL DEFAULT ''; -- empty: somebody granted it
