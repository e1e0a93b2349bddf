-- Rows are locked in one order, so that two who change things at the same time never wait for each other.
-- +goose StatementBegin
CREATE FUNCTION look_registrations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO registration_looks (registration_id, enrolment_id, waits_for, due, changes) VALUES (NEW.id, '', '', 0, 1)
        ON CONFLICT (registration_id) DO UPDATE SET due = 0, changes = registration_looks.changes + 1;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER looks_registrations_changed AFTER INSERT OR UPDATE ON registrations
    FOR EACH ROW EXECUTE FUNCTION look_registrations();
-- +goose StatementBegin
CREATE FUNCTION look_applications() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id IN (
        SELECT registration_id FROM registration_looks WHERE registration_id IN (SELECT id FROM registrations WHERE application_id = NEW.id)
        ORDER BY registration_id FOR UPDATE);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER looks_applications_changed AFTER UPDATE ON applications
    FOR EACH ROW EXECUTE FUNCTION look_applications();
-- +goose StatementBegin
CREATE FUNCTION look_organizations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id IN (
        SELECT registration_id FROM registration_looks WHERE registration_id IN (SELECT r.id FROM registrations r
        JOIN applications a ON a.id = r.application_id WHERE a.organization_id = NEW.id)
        ORDER BY registration_id FOR UPDATE);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER looks_organizations_changed AFTER UPDATE ON organizations
    FOR EACH ROW EXECUTE FUNCTION look_organizations();
-- +goose StatementBegin
CREATE FUNCTION look_bundles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id = NEW.registration_id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER looks_bundles_changed AFTER INSERT OR UPDATE ON bundles
    FOR EACH ROW EXECUTE FUNCTION look_bundles();
-- +goose StatementBegin
CREATE FUNCTION look_approvals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id = NEW.object;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER looks_approvals_changed AFTER INSERT OR UPDATE ON approvals
    FOR EACH ROW EXECUTE FUNCTION look_approvals();
-- +goose StatementBegin
CREATE FUNCTION look_enrolments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id IN (
        SELECT registration_id FROM registration_looks WHERE enrolment_id = NEW.id
        ORDER BY registration_id FOR UPDATE);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER looks_enrolments_changed AFTER INSERT OR UPDATE ON enrolments
    FOR EACH ROW EXECUTE FUNCTION look_enrolments();
-- +goose StatementBegin
CREATE FUNCTION look_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id IN (
        SELECT registration_id FROM registration_looks WHERE registration_id = NEW.subject OR enrolment_id = NEW.subject
        ORDER BY registration_id FOR UPDATE);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER looks_steps_changed AFTER INSERT OR UPDATE ON checklist_steps
    FOR EACH ROW EXECUTE FUNCTION look_steps();
CREATE TRIGGER looks_evidence_changed AFTER INSERT ON evidence
    FOR EACH ROW EXECUTE FUNCTION look_steps();
CREATE TRIGGER looks_emails_changed AFTER INSERT OR UPDATE ON bank_emails
    FOR EACH ROW EXECUTE FUNCTION look_steps();
-- +goose StatementBegin
CREATE FUNCTION look_certificates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id IN (
        SELECT registration_id FROM registration_looks WHERE registration_id IN (
        SELECT registration_id FROM bundles WHERE qwac_id = NEW.id AND state = 'active'
        UNION ALL SELECT registration_id FROM bundles WHERE qsealc_id = NEW.id AND state = 'active'
        UNION ALL SELECT registration_id FROM bundles WHERE qwac_id = NEW.id AND state = 'draft'
        UNION ALL SELECT registration_id FROM bundles WHERE qsealc_id = NEW.id AND state = 'draft')
        ORDER BY registration_id FOR UPDATE);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER looks_certificates_changed AFTER UPDATE OF state, revision ON certificates
    FOR EACH ROW EXECUTE FUNCTION look_certificates();
-- +goose StatementBegin
CREATE FUNCTION look_holdings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id IN (
        SELECT registration_id FROM registration_looks WHERE waits_for = NEW.organization_identifier AND waits_for <> ''
        ORDER BY registration_id FOR UPDATE);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER looks_holdings_changed AFTER INSERT OR UPDATE OF state ON certificates
    FOR EACH ROW EXECUTE FUNCTION look_holdings();
-- +goose StatementBegin
CREATE FUNCTION look_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE registration_id IN (
        SELECT registration_id FROM registration_looks WHERE due > 0
        ORDER BY registration_id FOR UPDATE);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER looks_policy_changed AFTER INSERT ON policy_settings
    FOR EACH ROW EXECUTE FUNCTION look_policy();
CREATE TRIGGER looks_facts_changed AFTER INSERT OR UPDATE ON bank_facts
    FOR EACH ROW EXECUTE FUNCTION look_policy();
