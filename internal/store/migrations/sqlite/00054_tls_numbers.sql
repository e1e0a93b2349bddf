DROP TRIGGER tls_certificates_updated;
-- +goose StatementBegin
CREATE TRIGGER tls_certificates_updated AFTER UPDATE OF state, chain_pem, export_approved_by ON certificates
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'registration', b.registration_id, c.seq FROM tls_clock c, (
            SELECT registration_id FROM bundles WHERE qwac_id = NEW.id AND state = 'active'
            UNION SELECT registration_id FROM bundles WHERE qsealc_id = NEW.id AND state = 'active') b
        WHERE true ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
