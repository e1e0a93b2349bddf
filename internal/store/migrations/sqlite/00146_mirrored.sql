-- What step 82 took out of the audit log has ids that custody does not take.
UPDATE key_copies SET id = 'audit-' || replace(key_id, '-', '') || '-' || lower(hex(substr(holder_id, -12)))
    WHERE length(id) > 64;
-- +goose StatementBegin
CREATE TRIGGER mirror_incidents_inserted AFTER INSERT ON incidents
BEGIN INSERT INTO record_changes (kind, id) VALUES ('incident', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mirror_incidents_updated AFTER UPDATE ON incidents
BEGIN INSERT INTO record_changes (kind, id) VALUES ('incident', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mirror_incident_uses_inserted AFTER INSERT ON incident_uses
BEGIN INSERT INTO record_changes (kind, id) VALUES ('incident', NEW.incident_id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mirror_incident_uses_updated AFTER UPDATE ON incident_uses
BEGIN INSERT INTO record_changes (kind, id) VALUES ('incident', NEW.incident_id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mirror_key_copies_inserted AFTER INSERT ON key_copies
BEGIN INSERT INTO record_changes (kind, id) VALUES ('key_copy', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mirror_key_copies_updated AFTER UPDATE ON key_copies
BEGIN INSERT INTO record_changes (kind, id) VALUES ('key_copy', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mirror_bank_facts_inserted AFTER INSERT ON bank_facts
BEGIN INSERT INTO record_changes (kind, id) VALUES ('bank_fact', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mirror_bank_facts_updated AFTER UPDATE ON bank_facts
BEGIN INSERT INTO record_changes (kind, id) VALUES ('bank_fact', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mirror_catalogue_files_inserted AFTER INSERT ON catalogue_files WHEN NEW.state IN ('in_force', 'superseded')
BEGIN INSERT INTO record_changes (kind, id) VALUES ('catalogue_file', 'catalogue-file-' || replace(NEW.bank, '_', '--')); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mirror_catalogue_files_updated AFTER UPDATE ON catalogue_files WHEN NEW.state IN ('in_force', 'superseded')
BEGIN INSERT INTO record_changes (kind, id) VALUES ('catalogue_file', 'catalogue-file-' || replace(NEW.bank, '_', '--')); END;
-- +goose StatementEnd
