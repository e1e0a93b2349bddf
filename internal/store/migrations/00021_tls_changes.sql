-- +goose Up
-- What services are told of: the newest change of each registration and each service account. The database itself
-- notes it, in the transaction that makes the change. The row of the clock is locked until that transaction ends,
-- so numbers become visible in their order, and whoever has read up to one has missed nothing before it.
CREATE TABLE tls_clock (
    id    BIGINT PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL, -- of this database: a backup that is loaded into another begins a new one
    seq   BIGINT NOT NULL
);
CREATE TABLE tls_changes (
    kind TEXT NOT NULL CHECK (kind IN ('registration', 'account')),
    id   TEXT NOT NULL,
    seq  BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX tls_changes_seq ON tls_changes (seq);
-- +include
-- What is there already has not changed since the beginning.
INSERT INTO tls_changes (kind, id, seq) SELECT 'registration', id, 0 FROM registrations;
