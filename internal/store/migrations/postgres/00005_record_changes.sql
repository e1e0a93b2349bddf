-- The trigger names the kind of record, and the column that has its id.
-- +goose StatementBegin
CREATE FUNCTION note_record_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
    INSERT INTO record_changes (kind, id) VALUES (TG_ARGV[0], changed ->> TG_ARGV[1]);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER organizations_changed AFTER INSERT OR UPDATE OR DELETE ON organizations
    FOR EACH ROW EXECUTE FUNCTION note_record_change('organization', 'id');
CREATE TRIGGER applications_changed AFTER INSERT OR UPDATE OR DELETE ON applications
    FOR EACH ROW EXECUTE FUNCTION note_record_change('application', 'id');
CREATE TRIGGER registrations_changed AFTER INSERT OR UPDATE OR DELETE ON registrations
    FOR EACH ROW EXECUTE FUNCTION note_record_change('registration', 'id');
CREATE TRIGGER registration_steps_changed AFTER INSERT OR UPDATE OR DELETE ON registration_steps
    FOR EACH ROW EXECUTE FUNCTION note_record_change('registration', 'registration_id');
CREATE TRIGGER bundles_changed AFTER INSERT OR UPDATE OR DELETE ON bundles
    FOR EACH ROW EXECUTE FUNCTION note_record_change('registration', 'registration_id');
