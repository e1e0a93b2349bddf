-- +goose Up
ALTER TABLE organizations ADD COLUMN nca TEXT NOT NULL DEFAULT '';
ALTER TABLE organizations ADD COLUMN contacts TEXT NOT NULL DEFAULT '[]'; -- JSON
-- PSDFR-ACPR-12345: the authority is what stands between PSD and the second hyphen.
UPDATE organizations SET nca = substr(organization_identifier, 4, 3 + instr(substr(organization_identifier, 7), '-') - 1);

-- An organization in one environment of a bank; the id is made of the three.
CREATE TABLE enrolments (
    id               TEXT PRIMARY KEY,
    organization_id  TEXT NOT NULL REFERENCES organizations (id),
    group_id         TEXT NOT NULL,
    environment      TEXT NOT NULL CHECK (environment IN ('sandbox', 'live')),
    portal_account   TEXT NOT NULL,
    customer_name    TEXT NOT NULL,
    agreement_number TEXT NOT NULL, -- empty: the organization's identifier
    updated_at       INTEGER NOT NULL
);

-- What was noted about steps. The subject is an enrolment or a registration.
CREATE TABLE checklist_steps (
    record        TEXT NOT NULL, -- organization or registration whose copy in custody it belongs to
    subject       TEXT NOT NULL,
    step          TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('todo', 'in_progress', 'waiting', 'done', 'not_needed')),
    note          TEXT NOT NULL,
    owner         TEXT NOT NULL,
    due_at        INTEGER NOT NULL, -- 0: no day was set
    waiting_since INTEGER NOT NULL, -- 0: it does not wait
    remind_at     INTEGER NOT NULL, -- 0: never
    told          TEXT NOT NULL, -- JSON object
    changed_by    TEXT NOT NULL,
    changed_at    INTEGER NOT NULL,
    PRIMARY KEY (subject, step)
);
-- The account and the customer organization were noted for each registration; they are the enrolment's.
INSERT INTO checklist_steps
SELECT CASE WHEN s.step IN ('portal_account', 'customer_organization') THEN a.organization_id ELSE r.id END AS record,
       CASE WHEN s.step IN ('portal_account', 'customer_organization')
            THEN a.organization_id || '.societegenerale.' || CASE WHEN r.institution_id LIKE '%-sandbox' THEN 'sandbox' ELSE 'live' END
            ELSE r.id END AS subject,
       s.step, s.state, s.note, '', 0, 0, 0, '{}', s.changed_by, s.changed_at
FROM registration_steps s JOIN registrations r ON r.id = s.registration_id JOIN applications a ON a.id = r.application_id
WHERE true
ON CONFLICT (subject, step) DO NOTHING;
DROP TABLE registration_steps;

CREATE TABLE checklist_history (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL,
    step    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    by_id   TEXT NOT NULL,
    by_name TEXT NOT NULL,
    what    TEXT NOT NULL,
    before  TEXT NOT NULL,
    after   TEXT NOT NULL,
    note    TEXT NOT NULL
);
CREATE INDEX checklist_history_subject ON checklist_history (subject, seq);
-- +goose StatementBegin
CREATE TRIGGER checklist_history_no_update BEFORE UPDATE ON checklist_history
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checklist_history_no_delete BEFORE DELETE ON checklist_history
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
-- +goose StatementEnd

-- Evidence files. What opens them is a key in custody.
CREATE TABLE evidence (
    id       TEXT PRIMARY KEY,
    subject  TEXT NOT NULL,
    step     TEXT NOT NULL,
    name     TEXT NOT NULL,
    type     TEXT NOT NULL,
    size     INTEGER NOT NULL,
    sha256   TEXT NOT NULL, -- of the content
    added_by TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    sealed   BLOB NOT NULL
);
CREATE INDEX evidence_subject ON evidence (subject, added_at);

CREATE TABLE bank_letters (
    id             TEXT PRIMARY KEY,
    record         TEXT NOT NULL, -- organization or registration whose copy in custody it belongs to
    subject        TEXT NOT NULL,
    step           TEXT NOT NULL,
    sent_at        INTEGER NOT NULL,
    sent_by        TEXT NOT NULL,
    certificate_id TEXT NOT NULL,
    note           TEXT NOT NULL,
    answered_at    INTEGER NOT NULL, -- 0: not yet
    answered_from  TEXT NOT NULL,
    confirmed      BOOLEAN NOT NULL,
    answer_note    TEXT NOT NULL,
    answer_by      TEXT NOT NULL
);
CREATE INDEX bank_letters_subject ON bank_letters (subject, sent_at);

-- Steps, letters and enrolments are part of the copies that custody keeps. An id with a dot is an enrolment's.
-- +goose StatementBegin
CREATE TRIGGER checklist_steps_inserted AFTER INSERT ON checklist_steps
BEGIN INSERT INTO record_changes (kind, id) VALUES (CASE WHEN instr(NEW.subject, '.') > 0 THEN 'organization' ELSE 'registration' END, NEW.record); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checklist_steps_updated AFTER UPDATE ON checklist_steps
BEGIN INSERT INTO record_changes (kind, id) VALUES (CASE WHEN instr(NEW.subject, '.') > 0 THEN 'organization' ELSE 'registration' END, NEW.record); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bank_letters_inserted AFTER INSERT ON bank_letters
BEGIN INSERT INTO record_changes (kind, id) VALUES (CASE WHEN instr(NEW.subject, '.') > 0 THEN 'organization' ELSE 'registration' END, NEW.record); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bank_letters_updated AFTER UPDATE ON bank_letters
BEGIN INSERT INTO record_changes (kind, id) VALUES (CASE WHEN instr(NEW.subject, '.') > 0 THEN 'organization' ELSE 'registration' END, NEW.record); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER enrolments_inserted AFTER INSERT ON enrolments BEGIN INSERT INTO record_changes (kind, id) VALUES ('organization', NEW.organization_id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER enrolments_updated AFTER UPDATE ON enrolments BEGIN INSERT INTO record_changes (kind, id) VALUES ('organization', NEW.organization_id); END;
-- +goose StatementEnd
-- What the copies are made of has changed.
INSERT INTO record_changes (kind, id) SELECT 'organization', id FROM organizations;
INSERT INTO record_changes (kind, id) SELECT 'registration', id FROM registrations;
