-- +goose Up
-- Records whose copy in custody is behind. The database itself notes them, in the
-- transaction that changes them, so that no path of the program can forget to.
CREATE TABLE record_changes (
    seq  BIGSERIAL PRIMARY KEY,
    kind TEXT NOT NULL, -- organization, application or registration
    id   TEXT NOT NULL
);
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
CREATE TRIGGER organizations_changed AFTER INSERT OR UPDATE OR DELETE ON organizations FOR EACH ROW EXECUTE FUNCTION note_record_change('organization', 'id');
CREATE TRIGGER applications_changed AFTER INSERT OR UPDATE OR DELETE ON applications FOR EACH ROW EXECUTE FUNCTION note_record_change('application', 'id');
CREATE TRIGGER registrations_changed AFTER INSERT OR UPDATE OR DELETE ON registrations FOR EACH ROW EXECUTE FUNCTION note_record_change('registration', 'id');
CREATE TRIGGER registration_steps_changed AFTER INSERT OR UPDATE OR DELETE ON registration_steps FOR EACH ROW EXECUTE FUNCTION note_record_change('registration', 'registration_id');
CREATE TRIGGER bundles_changed AFTER INSERT OR UPDATE OR DELETE ON bundles FOR EACH ROW EXECUTE FUNCTION note_record_change('registration', 'registration_id');
-- What is there already has no copy yet.
INSERT INTO record_changes (kind, id) SELECT 'organization', id FROM organizations;
INSERT INTO record_changes (kind, id) SELECT 'application', id FROM applications;
INSERT INTO record_changes (kind, id) SELECT 'registration', id FROM registrations;
