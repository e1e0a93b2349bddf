-- +goose StatementBegin
CREATE TRIGGER looks_registrations_inserted AFTER INSERT ON registrations
BEGIN
    INSERT INTO registration_looks (registration_id, enrolment_id, waits_for, due, changes) VALUES (NEW.id, '', '', 0, 1)
        ON CONFLICT (registration_id) DO UPDATE SET due = 0, changes = registration_looks.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_registrations_updated AFTER UPDATE ON registrations
BEGIN
    INSERT INTO registration_looks (registration_id, enrolment_id, waits_for, due, changes) VALUES (NEW.id, '', '', 0, 1)
        ON CONFLICT (registration_id) DO UPDATE SET due = 0, changes = registration_looks.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_applications_updated AFTER UPDATE ON applications
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id IN (SELECT id FROM registrations WHERE application_id = NEW.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_organizations_updated AFTER UPDATE ON organizations
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id IN (SELECT r.id FROM registrations r
        JOIN applications a ON a.id = r.application_id WHERE a.organization_id = NEW.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_bundles_inserted AFTER INSERT ON bundles
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id = NEW.registration_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_bundles_updated AFTER UPDATE ON bundles
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id = NEW.registration_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_approvals_inserted AFTER INSERT ON approvals
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id = NEW.object;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_approvals_updated AFTER UPDATE ON approvals
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id = NEW.object;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_enrolments_inserted AFTER INSERT ON enrolments
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE enrolment_id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_enrolments_updated AFTER UPDATE ON enrolments
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE enrolment_id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_steps_inserted AFTER INSERT ON checklist_steps
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id = NEW.subject OR enrolment_id = NEW.subject;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_steps_updated AFTER UPDATE ON checklist_steps
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id = NEW.subject OR enrolment_id = NEW.subject;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_evidence_inserted AFTER INSERT ON evidence
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id = NEW.subject OR enrolment_id = NEW.subject;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_emails_inserted AFTER INSERT ON bank_emails
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id = NEW.subject OR enrolment_id = NEW.subject;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_emails_updated AFTER UPDATE ON bank_emails
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id = NEW.subject OR enrolment_id = NEW.subject;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_certificates_updated AFTER UPDATE OF state, revision ON certificates
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id IN (
        SELECT registration_id FROM bundles WHERE qwac_id = NEW.id AND state = 'active'
        UNION ALL SELECT registration_id FROM bundles WHERE qsealc_id = NEW.id AND state = 'active'
        UNION ALL SELECT registration_id FROM bundles WHERE qwac_id = NEW.id AND state = 'draft'
        UNION ALL SELECT registration_id FROM bundles WHERE qsealc_id = NEW.id AND state = 'draft');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_holdings_inserted AFTER INSERT ON certificates
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE waits_for = NEW.organization_identifier AND waits_for <> '';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_holdings_updated AFTER UPDATE OF state ON certificates
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE waits_for = NEW.organization_identifier AND waits_for <> '';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_policy_inserted AFTER INSERT ON policy_settings
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE due > 0;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_facts_inserted AFTER INSERT ON bank_facts
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE due > 0;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER looks_facts_updated AFTER UPDATE ON bank_facts
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE due > 0;
END;
-- +goose StatementEnd
