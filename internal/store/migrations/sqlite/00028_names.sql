DROP TRIGGER bank_letters_inserted;
DROP TRIGGER bank_letters_updated;
ALTER TABLE bank_letters RENAME TO bank_emails;
-- +goose StatementBegin
CREATE TRIGGER bank_emails_inserted AFTER INSERT ON bank_emails
BEGIN INSERT INTO record_changes (kind, id)
    VALUES (CASE WHEN instr(NEW.subject, '.') > 0 THEN 'organization' ELSE 'registration' END, NEW.record); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bank_emails_updated AFTER UPDATE ON bank_emails
BEGIN INSERT INTO record_changes (kind, id)
    VALUES (CASE WHEN instr(NEW.subject, '.') > 0 THEN 'organization' ELSE 'registration' END, NEW.record); END;
-- +goose StatementEnd
