-- +goose StatementBegin
CREATE TRIGGER organizations_inserted AFTER INSERT ON organizations
BEGIN INSERT INTO record_changes (kind, id) VALUES ('organization', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER organizations_updated AFTER UPDATE ON organizations
BEGIN INSERT INTO record_changes (kind, id) VALUES ('organization', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER organizations_deleted AFTER DELETE ON organizations
BEGIN INSERT INTO record_changes (kind, id) VALUES ('organization', OLD.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER applications_inserted AFTER INSERT ON applications
BEGIN INSERT INTO record_changes (kind, id) VALUES ('application', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER applications_updated AFTER UPDATE ON applications
BEGIN INSERT INTO record_changes (kind, id) VALUES ('application', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER applications_deleted AFTER DELETE ON applications
BEGIN INSERT INTO record_changes (kind, id) VALUES ('application', OLD.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER registrations_inserted AFTER INSERT ON registrations
BEGIN INSERT INTO record_changes (kind, id) VALUES ('registration', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER registrations_updated AFTER UPDATE ON registrations
BEGIN INSERT INTO record_changes (kind, id) VALUES ('registration', NEW.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER registrations_deleted AFTER DELETE ON registrations
BEGIN INSERT INTO record_changes (kind, id) VALUES ('registration', OLD.id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER registration_steps_inserted AFTER INSERT ON registration_steps
BEGIN INSERT INTO record_changes (kind, id) VALUES ('registration', NEW.registration_id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER registration_steps_updated AFTER UPDATE ON registration_steps
BEGIN INSERT INTO record_changes (kind, id) VALUES ('registration', NEW.registration_id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER registration_steps_deleted AFTER DELETE ON registration_steps
BEGIN INSERT INTO record_changes (kind, id) VALUES ('registration', OLD.registration_id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bundles_inserted AFTER INSERT ON bundles
BEGIN INSERT INTO record_changes (kind, id) VALUES ('registration', NEW.registration_id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bundles_updated AFTER UPDATE ON bundles
BEGIN INSERT INTO record_changes (kind, id) VALUES ('registration', NEW.registration_id); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bundles_deleted AFTER DELETE ON bundles
BEGIN INSERT INTO record_changes (kind, id) VALUES ('registration', OLD.registration_id); END;
-- +goose StatementEnd
