-- +goose Up
-- The list of requests can be asked for emergencies alone, of which there are few.
CREATE INDEX approvals_emergencies ON approvals (requested_at, id) WHERE emergency = 1;
