-- +goose StatementBegin
CREATE TRIGGER checklist_history_no_update BEFORE UPDATE ON checklist_history
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checklist_history_no_delete BEFORE DELETE ON checklist_history
BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checklist_steps_inserted AFTER INSERT ON checklist_steps
BEGIN INSERT INTO record_changes (kind, id)
    VALUES (CASE WHEN instr(NEW.subject, '.') > 0 THEN 'organization' ELSE 'registration' END, NEW.record); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checklist_steps_updated AFTER UPDATE ON checklist_steps
BEGIN INSERT INTO record_changes (kind, id)
    VALUES (CASE WHEN instr(NEW.subject, '.') > 0 THEN 'organization' ELSE 'registration' END, NEW.record); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bank_letters_inserted AFTER INSERT ON bank_letters
BEGIN INSERT INTO record_changes (kind, id)
    VALUES (CASE WHEN instr(NEW.subject, '.') > 0 THEN 'organization' ELSE 'registration' END, NEW.record); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bank_letters_updated AFTER UPDATE ON bank_letters
BEGIN INSERT INTO record_changes (kind, id)
    VALUES (CASE WHEN instr(NEW.subject, '.') > 0 THEN 'organization' ELSE 'registration' END, NEW.record); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER enrolments_inserted AFTER INSERT ON enrolments
BEGIN INSERT INTO record_changes (kind, id) VALUES ('organization', NEW.organization_id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER enrolments_updated AFTER UPDATE ON enrolments
BEGIN INSERT INTO record_changes (kind, id) VALUES ('organization', NEW.organization_id); END;
-- +goose StatementEnd
