-- +goose StatementBegin
CREATE TRIGGER bundles_former_updated AFTER UPDATE OF state ON bundles WHEN OLD.state <> NEW.state
BEGIN
    UPDATE service_uses SET former = NEW.state = 'superseded'
        WHERE registration_id = NEW.registration_id AND version = NEW.version;
    UPDATE service_reports SET former = NEW.state = 'superseded'
        WHERE registration_id = NEW.registration_id AND version = NEW.version;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER former_uses_inserted AFTER INSERT ON service_uses
WHEN EXISTS (SELECT 1 FROM bundles WHERE registration_id = NEW.registration_id AND version = NEW.version
    AND state = 'superseded')
BEGIN
    UPDATE service_uses SET former = 1
        WHERE account_id = NEW.account_id AND registration_id = NEW.registration_id AND version = NEW.version;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER former_uses_updated AFTER UPDATE OF read_at, signed_at ON service_uses
BEGIN
    UPDATE service_uses SET former = EXISTS (SELECT 1 FROM bundles WHERE registration_id = NEW.registration_id
            AND version = NEW.version AND state = 'superseded')
        WHERE account_id = NEW.account_id AND registration_id = NEW.registration_id AND version = NEW.version;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER former_reports_inserted AFTER INSERT ON service_reports
WHEN EXISTS (SELECT 1 FROM bundles WHERE registration_id = NEW.registration_id AND version = NEW.version
    AND state = 'superseded')
BEGIN
    UPDATE service_reports SET former = 1 WHERE account_id = NEW.account_id AND instance = NEW.instance
        AND registration_id = NEW.registration_id AND host = NEW.host;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER former_reports_updated AFTER UPDATE OF version ON service_reports
BEGIN
    UPDATE service_reports SET former = EXISTS (SELECT 1 FROM bundles WHERE registration_id = NEW.registration_id
            AND version = NEW.version AND state = 'superseded')
        WHERE account_id = NEW.account_id AND instance = NEW.instance
        AND registration_id = NEW.registration_id AND host = NEW.host;
END;
-- +goose StatementEnd
