-- +goose StatementBegin
CREATE FUNCTION checklist_history_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the history is append-only'; END $$;
-- +goose StatementEnd
CREATE TRIGGER checklist_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checklist_history
    FOR EACH STATEMENT EXECUTE FUNCTION checklist_history_append_only();
-- +goose StatementBegin
CREATE FUNCTION note_subject_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO record_changes (kind, id)
        VALUES (CASE WHEN strpos(NEW.subject, '.') > 0 THEN 'organization' ELSE 'registration' END, NEW.record);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER checklist_steps_changed AFTER INSERT OR UPDATE ON checklist_steps
    FOR EACH ROW EXECUTE FUNCTION note_subject_change();
CREATE TRIGGER bank_letters_changed AFTER INSERT OR UPDATE ON bank_letters
    FOR EACH ROW EXECUTE FUNCTION note_subject_change();
CREATE TRIGGER enrolments_changed AFTER INSERT OR UPDATE OR DELETE ON enrolments
    FOR EACH ROW EXECUTE FUNCTION note_record_change('organization', 'organization_id');
