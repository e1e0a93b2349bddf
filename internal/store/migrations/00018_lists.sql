-- +goose Up
-- By which words an object is found: normalised, and looked up by how they begin.
CREATE TABLE search_words (
    kind TEXT NOT NULL, -- certificate, registration
    word TEXT COLLATE "C" NOT NULL,
    id   TEXT NOT NULL,
    PRIMARY KEY (kind, word, id)
);
CREATE INDEX search_words_object ON search_words (id, kind, word);

-- What lists and searches need of a certificate without reading it. A row from before has judged_rules 0 and
-- is completed by the service while it runs.
ALTER TABLE certificates ADD COLUMN ended BIGINT NOT NULL DEFAULT 0; -- 1: retired, or destroyed
ALTER TABLE certificates ADD COLUMN organization TEXT NOT NULL DEFAULT '';
ALTER TABLE certificates ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE certificates ADD COLUMN serial TEXT NOT NULL DEFAULT '';
ALTER TABLE certificates ADD COLUMN not_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE certificates ADD COLUMN name_key TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the name as it is sorted
ALTER TABLE certificates ADD COLUMN severity BIGINT NOT NULL DEFAULT 0;     -- of the worst finding: 1 notice, 2 warning, 3 error
ALTER TABLE certificates ADD COLUMN worst TEXT NOT NULL DEFAULT '';         -- that finding, as JSON
ALTER TABLE certificates ADD COLUMN findings BIGINT NOT NULL DEFAULT 0;     -- how many there are
ALTER TABLE certificates ADD COLUMN judged_rules BIGINT NOT NULL DEFAULT 0; -- revision of the rules it was judged by
ALTER TABLE certificates ADD COLUMN judge_at BIGINT NOT NULL DEFAULT 0;     -- from when on the findings may be others
UPDATE certificates SET ended = 1 WHERE state IN ('retired', 'destroying', 'destroyed');
CREATE INDEX certificates_judge ON certificates (judged_rules, judge_at);
CREATE INDEX certificates_created ON certificates (ended, created_at, id);
CREATE INDEX certificates_ends ON certificates (ended, not_after, id);
CREATE INDEX certificates_name ON certificates (ended, name_key, id);
CREATE INDEX certificates_kind_created ON certificates (ended, kind, created_at, id);
CREATE INDEX certificates_kind_ends ON certificates (ended, kind, not_after, id);
CREATE INDEX certificates_kind_name ON certificates (ended, kind, name_key, id);
CREATE INDEX certificates_severity_created ON certificates (ended, severity, created_at, id);
CREATE INDEX certificates_severity_ends ON certificates (ended, severity, not_after, id);
CREATE INDEX certificates_severity_name ON certificates (ended, severity, name_key, id);
CREATE INDEX certificates_organization_created ON certificates (organization_identifier, ended, created_at, id);
CREATE INDEX certificates_organization_ends ON certificates (organization_identifier, ended, not_after, id);
CREATE INDEX certificates_organization_name ON certificates (organization_identifier, ended, name_key, id);

-- Registrations whose words are behind: what they are found by is in other records too, and the database notes
-- the changes of all of them.
CREATE TABLE search_changes (
    kind TEXT NOT NULL, -- organization, application or registration
    id   TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);
INSERT INTO search_changes (kind, id) SELECT 'registration', id FROM registrations;
CREATE INDEX registrations_created ON registrations (created_at, id);
CREATE INDEX registrations_institution ON registrations (institution_id, created_at, id);
CREATE INDEX registrations_application ON registrations (application_id, created_at, id);
-- +include
