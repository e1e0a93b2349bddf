-- +goose StatementBegin
CREATE TRIGGER custody_rows_moved_insert BEFORE INSERT ON custody_rows
WHEN NEW.kind NOT IN ('moved', 'residue') AND EXISTS (SELECT 1 FROM custody_rows WHERE kind = 'moved')
BEGIN SELECT CASE WHEN EXISTS (SELECT 1 FROM custody_rows WHERE kind = 'moved' AND id = 'main')
    THEN RAISE(ABORT, 'custody_moved') ELSE RAISE(ABORT, 'custody_moving') END; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER custody_rows_moved_update BEFORE UPDATE ON custody_rows
WHEN NEW.kind NOT IN ('moved', 'residue') AND EXISTS (SELECT 1 FROM custody_rows WHERE kind = 'moved')
BEGIN SELECT CASE WHEN EXISTS (SELECT 1 FROM custody_rows WHERE kind = 'moved' AND id = 'main')
    THEN RAISE(ABORT, 'custody_moved') ELSE RAISE(ABORT, 'custody_moving') END; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER custody_rows_moved_delete BEFORE DELETE ON custody_rows
WHEN OLD.kind NOT IN ('moved', 'residue') AND EXISTS (SELECT 1 FROM custody_rows WHERE kind = 'moved')
BEGIN SELECT CASE WHEN EXISTS (SELECT 1 FROM custody_rows WHERE kind = 'moved' AND id = 'main')
    THEN RAISE(ABORT, 'custody_moved') ELSE RAISE(ABORT, 'custody_moving') END; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certificates_custody_moved BEFORE INSERT ON certificates
WHEN NEW.custody = 'embedded' AND EXISTS (SELECT 1 FROM custody_rows WHERE kind = 'moved')
BEGIN SELECT CASE WHEN EXISTS (SELECT 1 FROM custody_rows WHERE kind = 'moved' AND id = 'main')
    THEN RAISE(ABORT, 'custody_moved') ELSE RAISE(ABORT, 'custody_moving') END; END;
-- +goose StatementEnd
