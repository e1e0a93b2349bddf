-- +goose Up
-- Registers are read for the numbers that certificates name, and each round asks which there are.
CREATE INDEX certificates_identifier ON certificates (organization_identifier) WHERE state = 'stored';
