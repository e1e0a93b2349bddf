-- +goose StatementBegin
CREATE TRIGGER tls_organizations_updated AFTER UPDATE OF organization_identifier ON organizations
WHEN OLD.organization_identifier <> NEW.organization_identifier
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'registration', r.id, c.seq FROM applications a JOIN registrations r ON r.application_id = a.id
            JOIN bundles b ON b.registration_id = r.id AND b.state = 'active', tls_clock c
        WHERE a.organization_id = NEW.id
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tls_steps_inserted AFTER INSERT ON checklist_steps
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'registration', b.registration_id, c.seq FROM bundles b, tls_clock c
        WHERE b.registration_id = NEW.record AND b.state = 'active'
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tls_steps_updated AFTER UPDATE OF state ON checklist_steps WHEN OLD.state <> NEW.state
BEGIN
    UPDATE tls_clock SET seq = seq + 1;
    INSERT INTO tls_changes (kind, id, seq)
        SELECT 'registration', b.registration_id, c.seq FROM bundles b, tls_clock c
        WHERE b.registration_id = NEW.record AND b.state = 'active'
        ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
END;
-- +goose StatementEnd
