-- What step 82 took out of the audit log has ids that custody does not take.
UPDATE key_copies SET id = 'audit-' || replace(key_id, '-', '') || '-' ||
    encode(convert_to(right(holder_id, 12), 'UTF8'), 'hex') WHERE length(id) > 64;
-- +goose StatementBegin
CREATE FUNCTION note_file_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO record_changes (kind, id) VALUES ('catalogue_file', 'catalogue-file-' || replace(NEW.bank, '_', '--'));
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER mirror_incidents_changed AFTER INSERT OR UPDATE ON incidents
    FOR EACH ROW EXECUTE FUNCTION note_record_change('incident', 'id');
CREATE TRIGGER mirror_incident_uses_changed AFTER INSERT OR UPDATE ON incident_uses
    FOR EACH ROW EXECUTE FUNCTION note_record_change('incident', 'incident_id');
CREATE TRIGGER mirror_key_copies_changed AFTER INSERT OR UPDATE ON key_copies
    FOR EACH ROW EXECUTE FUNCTION note_record_change('key_copy', 'id');
CREATE TRIGGER mirror_bank_facts_changed AFTER INSERT OR UPDATE ON bank_facts
    FOR EACH ROW EXECUTE FUNCTION note_record_change('bank_fact', 'id');
CREATE TRIGGER mirror_catalogue_files_changed AFTER INSERT OR UPDATE ON catalogue_files
    FOR EACH ROW WHEN (NEW.state IN ('in_force', 'superseded')) EXECUTE FUNCTION note_file_change();
