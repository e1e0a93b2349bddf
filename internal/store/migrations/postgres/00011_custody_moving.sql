-- +goose StatementBegin
CREATE FUNCTION refuse_moved_custody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM custody_rows WHERE kind = 'moved' AND id = 'main') THEN
        RAISE EXCEPTION 'custody_moved';
    END IF;
    IF EXISTS (SELECT 1 FROM custody_rows WHERE kind = 'moved') THEN
        RAISE EXCEPTION 'custody_moving';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER custody_rows_moved_write BEFORE INSERT OR UPDATE ON custody_rows
    FOR EACH ROW WHEN (NEW.kind NOT IN ('moved', 'residue')) EXECUTE FUNCTION refuse_moved_custody();
CREATE TRIGGER custody_rows_moved_delete BEFORE DELETE ON custody_rows
    FOR EACH ROW WHEN (OLD.kind NOT IN ('moved', 'residue')) EXECUTE FUNCTION refuse_moved_custody();
CREATE TRIGGER certificates_custody_moved BEFORE INSERT ON certificates
    FOR EACH ROW WHEN (NEW.custody = 'embedded') EXECUTE FUNCTION refuse_moved_custody();
