-- +goose StatementBegin
CREATE TRIGGER cases_secrets_updated AFTER UPDATE OF secret_ends_on ON bundles
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('registration', NEW.registration_id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_enrolments_inserted AFTER INSERT ON enrolments
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since)
        SELECT 'registration', r.id, 0, 1, 0 FROM registrations r JOIN applications a ON a.id = r.application_id
        WHERE a.organization_id = NEW.organization_id
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_enrolments_updated AFTER UPDATE OF agreement_ends_on ON enrolments
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since)
        SELECT 'registration', r.id, 0, 1, 0 FROM registrations r JOIN applications a ON a.id = r.application_id
        WHERE a.organization_id = NEW.organization_id
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
