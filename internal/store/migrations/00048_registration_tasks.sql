-- +goose Up
-- When each registration is to be looked at next for what somebody has to do about it. Triggers put one whose facts
-- changed in front, in the transaction that changes them.
CREATE TABLE registration_looks (
    registration_id TEXT PRIMARY KEY,
    enrolment_id    TEXT NOT NULL,   -- as of the last look
    waits_for       TEXT NOT NULL,   -- organizationIdentifier whose certificates it waits for; empty: it has its own
    due             BIGINT NOT NULL, -- microseconds since 1970, UTC; 0: at once
    changes         BIGINT NOT NULL  -- counts the changes: what was found before the newest one counts for nothing
);
CREATE INDEX registration_looks_due ON registration_looks (due, registration_id);
CREATE INDEX registration_looks_enrolment ON registration_looks (enrolment_id);
CREATE INDEX registration_looks_waits ON registration_looks (waits_for) WHERE waits_for <> '';
-- By which rules and which catalogue registrations were looked at; one row.
CREATE TABLE registration_look_rules (
    id    BIGINT PRIMARY KEY,
    rules TEXT NOT NULL
);

-- What was found: where to look, not what to say. Registrations share steps of an enrolment and certificates; the
-- first of those that share a thing to do stands for it.
CREATE TABLE registration_tasks (
    registration_id TEXT NOT NULL,
    kind            TEXT NOT NULL,
    object          TEXT NOT NULL,
    step            TEXT NOT NULL,
    who             TEXT NOT NULL,   -- role; empty: anybody who may
    urgency         BIGINT NOT NULL,
    at              BIGINT NOT NULL, -- the greatest number: no day
    first           BIGINT NOT NULL, -- 1: it stands for all of the same kind, object and step
    PRIMARY KEY (registration_id, kind, object, step)
);
CREATE INDEX registration_tasks_shared ON registration_tasks (kind, object, step, registration_id);
CREATE INDEX registration_tasks_first ON registration_tasks (kind, urgency, at, object, step, who, registration_id)
    WHERE first = 1;
CREATE INDEX bundles_draft_qwac ON bundles (qwac_id) WHERE state = 'draft';
CREATE INDEX bundles_draft_qsealc ON bundles (qsealc_id) WHERE state = 'draft';
CREATE INDEX applications_organization ON applications (organization_id);
INSERT INTO registration_looks (registration_id, enrolment_id, waits_for, due, changes)
    SELECT id, '', '', 0, 0 FROM registrations;
-- +include
