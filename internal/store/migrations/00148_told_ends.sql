-- +goose Up
-- Ends of which people were told: of a client secret, and of the agreement with a bank. Each is a case in time.
ALTER TABLE bundles ADD COLUMN secret_ends_on TEXT NOT NULL DEFAULT '';       -- a day, 2027-03-01; empty: nobody was told
ALTER TABLE enrolments ADD COLUMN agreement_ends_on TEXT NOT NULL DEFAULT '';
-- +include
-- The triggers are new on tables that were there.
UPDATE schema_floor SET version = 148;
