-- +goose StatementBegin
CREATE TRIGGER record_changes_searched AFTER INSERT ON record_changes
BEGIN INSERT INTO search_changes (kind, id) VALUES (NEW.kind, NEW.id) ON CONFLICT DO NOTHING; END;
-- +goose StatementEnd
