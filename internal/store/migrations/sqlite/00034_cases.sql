-- +goose StatementBegin
CREATE TRIGGER cases_certificates_inserted AFTER INSERT ON certificates
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('certificate', NEW.id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_certificates_updated AFTER UPDATE OF state, chain_pem, name ON certificates
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('certificate', NEW.id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_bundles_inserted AFTER INSERT ON bundles
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('registration', NEW.registration_id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_bundles_updated AFTER UPDATE OF state, qwac_id, qsealc_id ON bundles
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('registration', NEW.registration_id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_approvals_inserted AFTER INSERT ON approvals
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('approval', NEW.id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_approvals_updated AFTER UPDATE OF state, expires_at ON approvals
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('approval', NEW.id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_consents_inserted AFTER INSERT ON consents WHEN (NEW.expires_at - NEW.authorized_at) / 1000000 > 172800
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('consent', NEW.id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_consents_updated AFTER UPDATE OF state, expires_at ON consents WHEN (NEW.expires_at - NEW.authorized_at) / 1000000 > 172800
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('consent', NEW.id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_steps_inserted AFTER INSERT ON checklist_steps
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('step', NEW.subject || '/' || NEW.step, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_steps_updated AFTER UPDATE OF state, remind_at ON checklist_steps
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('step', NEW.subject || '/' || NEW.step, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_accounts_inserted AFTER INSERT ON service_accounts
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('service', NEW.id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_accounts_updated AFTER UPDATE OF ended_at ON service_accounts
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('service', NEW.id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_turns_updated AFTER UPDATE OF failing_since ON job_turns
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('job', NEW.name, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_uses_inserted AFTER INSERT ON service_uses
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('registration', NEW.registration_id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_tokens_inserted AFTER INSERT ON service_tokens
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('service', NEW.account_id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_tokens_deleted AFTER DELETE ON service_tokens
BEGIN
    INSERT INTO case_subjects (kind, id, due, changes, since) VALUES ('service', OLD.account_id, 0, 1, 0)
        ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1;
END;
-- +goose StatementEnd
