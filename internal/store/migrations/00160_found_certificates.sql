-- +goose Up
-- What filters and orders need of certificates that were found by a word, without their rows: those carry chains, and
-- thousands are looked at to list fifty.
CREATE INDEX certificates_found ON certificates (id, ended, kind, state, severity, organization_identifier, created_at,
    not_after, name_key);
