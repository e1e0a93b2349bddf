-- +goose StatementBegin
CREATE TRIGGER service_accounts_bound AFTER INSERT ON service_accounts
BEGIN
    INSERT INTO service_applications (application_id, account_id)
        SELECT DISTINCT json_extract(value, '$.application_id'), NEW.id FROM json_each(NEW.bindings);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER service_accounts_rebound AFTER UPDATE OF bindings ON service_accounts
BEGIN
    DELETE FROM service_applications WHERE account_id = NEW.id;
    INSERT INTO service_applications (application_id, account_id)
        SELECT DISTINCT json_extract(value, '$.application_id'), NEW.id FROM json_each(NEW.bindings);
END;
-- +goose StatementEnd
INSERT INTO service_applications (application_id, account_id)
    SELECT DISTINCT json_extract(b.value, '$.application_id'), a.id FROM service_accounts a, json_each(a.bindings) b;
