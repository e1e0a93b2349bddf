-- +goose StatementBegin
CREATE TRIGGER policy_settings_no_update BEFORE UPDATE ON policy_settings
BEGIN SELECT RAISE(ABORT, 'the policy is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_settings_no_delete BEFORE DELETE ON policy_settings
BEGIN SELECT RAISE(ABORT, 'the policy is append-only'); END;
-- +goose StatementEnd
