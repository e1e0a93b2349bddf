-- +goose Up
-- Which service accounts are bound to an application, so that nobody reads all accounts to find those of one
-- registration. Triggers write it with the account's bindings; what is in it follows from these, so that it is in no
-- backup.
CREATE TABLE service_applications (
    application_id TEXT NOT NULL,
    account_id     TEXT NOT NULL,
    PRIMARY KEY (application_id, account_id)
);
CREATE INDEX service_applications_account ON service_applications (account_id);
-- +include
-- An account that a program of before changes is found by the triggers too; the floor is raised because they are new.
UPDATE schema_floor SET version = 150;
