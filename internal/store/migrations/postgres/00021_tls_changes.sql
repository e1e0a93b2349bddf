INSERT INTO tls_clock (id, epoch, seq) VALUES (1, replace(gen_random_uuid()::text, '-', ''), 0);
-- The triggers are deferred: the clock is locked when everything else of the transaction is done, for as long as a
-- commit takes, and never before another lock. Each names the kind, and the column that has the id.
-- +goose StatementBegin
CREATE FUNCTION note_tls_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    now_at bigint;
BEGIN
    UPDATE tls_clock SET seq = seq + 1 RETURNING seq INTO now_at;
    IF TG_ARGV[0] = 'certificate' THEN
        INSERT INTO tls_changes (kind, id, seq)
            SELECT 'registration', b.registration_id, now_at FROM bundles b
            WHERE b.state = 'active' AND changed ->> 'id' IN (b.qwac_id, b.qsealc_id)
            ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
        RETURN NULL;
    END IF;
    INSERT INTO tls_changes (kind, id, seq) VALUES (TG_ARGV[0], changed ->> TG_ARGV[1], now_at)
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER tls_bundles_inserted AFTER INSERT ON bundles
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'active') EXECUTE FUNCTION note_tls_change('registration', 'registration_id');
CREATE CONSTRAINT TRIGGER tls_bundles_updated AFTER UPDATE OF state, qwac_id, qsealc_id, client_id, credentials_ref, trust_anchors ON bundles
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state = 'active' OR NEW.state = 'active') EXECUTE FUNCTION note_tls_change('registration', 'registration_id');
CREATE CONSTRAINT TRIGGER tls_registrations_inserted AFTER INSERT ON registrations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_tls_change('registration', 'id');
CREATE CONSTRAINT TRIGGER tls_certificates_updated AFTER UPDATE OF state, chain_pem, export_approved_by ON certificates
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_tls_change('certificate', 'id');
CREATE CONSTRAINT TRIGGER tls_accounts_changed AFTER INSERT OR UPDATE ON service_accounts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_tls_change('account', 'id');
CREATE CONSTRAINT TRIGGER tls_tokens_changed AFTER INSERT OR DELETE ON service_tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_tls_change('account', 'account_id');
