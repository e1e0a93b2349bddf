-- Each trigger names the kind and the column that has the id; a step's id is made of two.
-- +goose StatementBegin
CREATE FUNCTION note_case_subject() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    thing text := changed ->> TG_ARGV[1];
BEGIN
    IF TG_ARGV[0] = 'step' THEN
        thing := thing || '/' || (changed ->> 'step');
    END IF;
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES (TG_ARGV[0], thing, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER cases_certificates_changed AFTER INSERT OR UPDATE OF state, chain_pem, name ON certificates
    FOR EACH ROW EXECUTE FUNCTION note_case_subject('certificate', 'id');
CREATE TRIGGER cases_bundles_changed AFTER INSERT OR UPDATE OF state, qwac_id, qsealc_id ON bundles
    FOR EACH ROW EXECUTE FUNCTION note_case_subject('registration', 'registration_id');
CREATE TRIGGER cases_approvals_changed AFTER INSERT OR UPDATE OF state, expires_at ON approvals
    FOR EACH ROW EXECUTE FUNCTION note_case_subject('approval', 'id');
CREATE TRIGGER cases_consents_changed AFTER INSERT OR UPDATE OF state, expires_at ON consents
    FOR EACH ROW WHEN ((NEW.expires_at - NEW.authorized_at) / 1000000 > 172800) EXECUTE FUNCTION note_case_subject('consent', 'id');
CREATE TRIGGER cases_steps_changed AFTER INSERT OR UPDATE OF state, remind_at ON checklist_steps
    FOR EACH ROW EXECUTE FUNCTION note_case_subject('step', 'subject');
CREATE TRIGGER cases_accounts_changed AFTER INSERT OR UPDATE OF ended_at ON service_accounts
    FOR EACH ROW EXECUTE FUNCTION note_case_subject('service', 'id');
CREATE TRIGGER cases_turns_changed AFTER UPDATE OF failing_since ON job_turns
    FOR EACH ROW EXECUTE FUNCTION note_case_subject('job', 'name');
CREATE TRIGGER cases_uses_changed AFTER INSERT ON service_uses
    FOR EACH ROW EXECUTE FUNCTION note_case_subject('registration', 'registration_id');
CREATE TRIGGER cases_tokens_changed AFTER INSERT OR DELETE ON service_tokens
    FOR EACH ROW EXECUTE FUNCTION note_case_subject('service', 'account_id');
