-- +goose Up
-- Where an act came from: the client's address and the id of the request, covered by the hash when there is one.
ALTER TABLE audit_entries ADD COLUMN origin TEXT NOT NULL DEFAULT '';
-- +include
