-- +goose Up
-- A request with a client certificate is looked up by what the certificate names.
CREATE INDEX service_identities_subject ON service_identities (kind, subject);
