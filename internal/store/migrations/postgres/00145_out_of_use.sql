-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_tls_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    now_at bigint := nullif(current_setting('sealkeeper.tls_number', true), '')::bigint; -- of this transaction
BEGIN
    IF now_at IS NULL THEN
        UPDATE tls_clock SET seq = seq + 1 RETURNING seq INTO now_at;
        PERFORM set_config('sealkeeper.tls_number', now_at::text, true);
    END IF;
    IF TG_ARGV[0] = 'certificate' THEN
        INSERT INTO tls_changes (kind, id, seq)
            SELECT 'registration', b.registration_id, now_at FROM (
                SELECT registration_id FROM bundles WHERE qwac_id = changed ->> 'id' AND state = 'active'
                UNION SELECT registration_id FROM bundles WHERE qsealc_id = changed ->> 'id' AND state = 'active') b
            ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
        RETURN NULL;
    END IF;
    IF TG_ARGV[0] = 'organization' THEN
        INSERT INTO tls_changes (kind, id, seq)
            SELECT 'registration', r.id, now_at FROM applications a JOIN registrations r ON r.application_id = a.id
                JOIN bundles b ON b.registration_id = r.id AND b.state = 'active'
            WHERE a.organization_id = changed ->> 'id'
            ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
        RETURN NULL;
    END IF;
    IF TG_ARGV[0] = 'step' THEN
        INSERT INTO tls_changes (kind, id, seq)
            SELECT 'registration', b.registration_id, now_at FROM bundles b
            WHERE b.registration_id = changed ->> 'record' AND b.state = 'active'
            ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
        RETURN NULL;
    END IF;
    INSERT INTO tls_changes (kind, id, seq) VALUES (TG_ARGV[0], changed ->> TG_ARGV[1], now_at)
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER tls_organizations_updated AFTER UPDATE OF organization_identifier ON organizations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.organization_identifier <> NEW.organization_identifier)
    EXECUTE FUNCTION note_tls_change('organization');
CREATE CONSTRAINT TRIGGER tls_steps_changed AFTER INSERT OR UPDATE OF state ON checklist_steps
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_tls_change('step');
