-- +goose StatementBegin
CREATE TRIGGER tls_identities_inserted AFTER INSERT ON service_identities
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'account', NEW.account_id, seq FROM tls_clock WHERE true
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tls_identities_deleted AFTER DELETE ON service_identities
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'account', OLD.account_id, seq FROM tls_clock WHERE true
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
