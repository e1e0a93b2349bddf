-- +goose Up
-- Records whose copy in custody is behind. The database itself notes them, in the
-- transaction that changes them, so that no path of the program can forget to.
CREATE TABLE record_changes (
    seq  BIGSERIAL PRIMARY KEY,
    kind TEXT NOT NULL, -- organization, application or registration
    id   TEXT NOT NULL
);
-- +include
-- What is there already has no copy yet.
INSERT INTO record_changes (kind, id) SELECT 'organization', id FROM organizations;
INSERT INTO record_changes (kind, id) SELECT 'application', id FROM applications;
INSERT INTO record_changes (kind, id) SELECT 'registration', id FROM registrations;
