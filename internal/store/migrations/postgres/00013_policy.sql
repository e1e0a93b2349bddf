-- +goose StatementBegin
CREATE FUNCTION policy_settings_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the policy is append-only'; END $$;
-- +goose StatementEnd
CREATE TRIGGER policy_settings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON policy_settings
    FOR EACH STATEMENT EXECUTE FUNCTION policy_settings_append_only();
