-- +goose StatementBegin
CREATE FUNCTION note_agreement_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since)
        SELECT 'registration', r.id, 0, 1, 0 FROM registrations r JOIN applications a ON a.id = r.application_id
        WHERE a.organization_id = NEW.organization_id ORDER BY r.id
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER cases_secrets_changed AFTER UPDATE OF secret_ends_on ON bundles
    FOR EACH ROW EXECUTE FUNCTION note_case_subject('registration', 'registration_id');
CREATE TRIGGER cases_enrolments_changed AFTER INSERT OR UPDATE OF agreement_ends_on ON enrolments
    FOR EACH ROW EXECUTE FUNCTION note_agreement_end();
