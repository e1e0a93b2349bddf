-- +goose StatementBegin
CREATE FUNCTION note_former_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Who has locked a row has its own trigger before it, which waits for this change and sees it.
    UPDATE service_uses SET former = CASE NEW.state WHEN 'superseded' THEN 1 ELSE 0 END
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM service_uses WHERE registration_id = NEW.registration_id
            AND version = NEW.version FOR NO KEY UPDATE SKIP LOCKED));
    UPDATE service_reports SET former = CASE NEW.state WHEN 'superseded' THEN 1 ELSE 0 END
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM service_reports WHERE registration_id = NEW.registration_id
            AND version = NEW.version FOR NO KEY UPDATE SKIP LOCKED));
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION see_former_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_is text;
BEGIN
    -- A version that is being changed does not see this row: FOR SHARE waits until it is.
    SELECT state INTO now_is FROM bundles WHERE registration_id = NEW.registration_id AND version = NEW.version FOR SHARE;
    NEW.former := CASE now_is WHEN 'superseded' THEN 1 ELSE 0 END;
    RETURN NEW;
END $$;
-- +goose StatementEnd
-- By its name it fires before cases_bundles_changed: those who note a use write it first, too.
CREATE TRIGGER bundles_former_updated AFTER UPDATE OF state ON bundles
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION note_former_version();
CREATE TRIGGER former_uses_noted BEFORE INSERT OR UPDATE ON service_uses
    FOR EACH ROW EXECUTE FUNCTION see_former_version();
CREATE TRIGGER former_reports_noted BEFORE INSERT OR UPDATE ON service_reports
    FOR EACH ROW EXECUTE FUNCTION see_former_version();
