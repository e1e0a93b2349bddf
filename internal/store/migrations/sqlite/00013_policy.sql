-- +goose StatementBegin
CREATE TRIGGER policy_settings_no_update BEFORE UPDATE ON policy_settings
BEGIN SELECT RAISE(ABORT, 'the policy is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_settings_no_delete BEFORE DELETE ON policy_settings
BEGIN SELECT RAISE(ABORT, 'the policy is append-only'); END;
-- +goose StatementEnd
-- INSERT OR REPLACE deletes without asking the triggers of a deletion.
-- +goose StatementBegin
CREATE TRIGGER policy_settings_no_replace BEFORE INSERT ON policy_settings
WHEN EXISTS (SELECT 1 FROM policy_settings WHERE name = NEW.name AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'the policy is append-only'); END;
-- +goose StatementEnd
