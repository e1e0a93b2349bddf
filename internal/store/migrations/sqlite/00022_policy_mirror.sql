-- +goose StatementBegin
CREATE TRIGGER policy_settings_inserted AFTER INSERT ON policy_settings
BEGIN INSERT INTO record_changes (kind, id) VALUES ('policy', 'policy'); END;
-- +goose StatementEnd
