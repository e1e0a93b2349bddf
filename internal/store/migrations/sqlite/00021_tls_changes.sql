INSERT INTO tls_clock (id, epoch, seq) VALUES (1, lower(hex(randomblob(8))), 0);
-- +goose StatementBegin
CREATE TRIGGER tls_bundles_inserted AFTER INSERT ON bundles WHEN NEW.state = 'active'
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'registration', NEW.registration_id, seq FROM tls_clock WHERE true
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tls_bundles_updated AFTER UPDATE OF state, qwac_id, qsealc_id, client_id, credentials_ref, trust_anchors ON bundles
WHEN OLD.state = 'active' OR NEW.state = 'active'
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'registration', NEW.registration_id, seq FROM tls_clock WHERE true
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tls_registrations_inserted AFTER INSERT ON registrations
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'registration', NEW.id, seq FROM tls_clock WHERE true
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tls_certificates_updated AFTER UPDATE OF state, chain_pem, export_approved_by ON certificates
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'registration', b.registration_id, c.seq FROM bundles b, tls_clock c WHERE b.state = 'active' AND NEW.id IN (b.qwac_id, b.qsealc_id)
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tls_accounts_inserted AFTER INSERT ON service_accounts
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'account', NEW.id, seq FROM tls_clock WHERE true
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tls_accounts_updated AFTER UPDATE ON service_accounts
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'account', NEW.id, seq FROM tls_clock WHERE true
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tls_tokens_inserted AFTER INSERT ON service_tokens
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'account', NEW.account_id, seq FROM tls_clock WHERE true
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tls_tokens_deleted AFTER DELETE ON service_tokens
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'account', OLD.account_id, seq FROM tls_clock WHERE true
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
