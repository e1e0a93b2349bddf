-- +goose StatementBegin
CREATE FUNCTION note_policy_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO record_changes (kind, id) VALUES ('policy', 'policy');
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER policy_settings_changed AFTER INSERT ON policy_settings
    FOR EACH STATEMENT EXECUTE FUNCTION note_policy_change();
