CREATE CONSTRAINT TRIGGER tls_identities_changed AFTER INSERT OR DELETE ON service_identities
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_tls_change('account', 'account_id');
