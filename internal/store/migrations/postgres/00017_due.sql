-- The end of the audit log, for whoever has the lock on it: locking and reading are one call, and
-- each statement of a function reads what is committed by then.
-- +goose StatementBegin
CREATE FUNCTION audit_end(lock BIGINT, patience TEXT) RETURNS SETOF audit_entries LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('lock_timeout', patience, true);
    PERFORM pg_advisory_xact_lock(lock);
    RETURN QUERY SELECT * FROM audit_entries ORDER BY seq DESC LIMIT 1;
END $$;
-- +goose StatementEnd
