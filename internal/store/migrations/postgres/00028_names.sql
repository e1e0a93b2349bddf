DROP TRIGGER bank_letters_changed ON bank_letters;
ALTER TABLE bank_letters RENAME TO bank_emails;
CREATE TRIGGER bank_emails_changed AFTER INSERT OR UPDATE ON bank_emails
    FOR EACH ROW EXECUTE FUNCTION note_subject_change();
