-- +goose StatementBegin
CREATE FUNCTION search_changes_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_changes (kind, id) VALUES (NEW.kind, NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER record_changes_searched AFTER INSERT ON record_changes
    FOR EACH ROW EXECUTE FUNCTION search_changes_note();
-- +goose StatementEnd
