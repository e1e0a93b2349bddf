-- +goose StatementBegin
CREATE FUNCTION note_service_applications() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM service_applications WHERE account_id = NEW.id;
    INSERT INTO service_applications (application_id, account_id)
        SELECT DISTINCT b ->> 'application_id', NEW.id FROM jsonb_array_elements(NEW.bindings::jsonb) b;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER service_accounts_bound AFTER INSERT OR UPDATE OF bindings ON service_accounts
    FOR EACH ROW EXECUTE FUNCTION note_service_applications();
INSERT INTO service_applications (application_id, account_id)
    SELECT DISTINCT b ->> 'application_id', a.id FROM service_accounts a, jsonb_array_elements(a.bindings::jsonb) b;
