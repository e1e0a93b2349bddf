-- +goose Up
-- Why a certificate of a bank's host was not trusted, and the certificate of its issuer, as the host sent it.
ALTER TABLE bank_servers ADD COLUMN reason TEXT NOT NULL DEFAULT '';  -- empty: it was trusted, or nobody has noted why not
ALTER TABLE bank_servers ADD COLUMN issuing TEXT NOT NULL DEFAULT ''; -- PEM; empty: it was not sent
ALTER TABLE bank_servers ADD COLUMN authority TEXT NOT NULL DEFAULT ''; -- who issued it: an organization, or a whole name
-- The hosts of banks, and when each is looked at next.
CREATE TABLE bank_hosts (
    institution_id TEXT NOT NULL,
    host           TEXT NOT NULL,
    address        TEXT NOT NULL,   -- host:port; empty: it was only ever called
    authority      TEXT NOT NULL,   -- the issuer that is known to be right; empty: none was seen yet
    failing_since  BIGINT NOT NULL, -- microseconds since 1970, UTC; 0: it does not fail
    reason         TEXT NOT NULL,   -- why it fails
    alert          TEXT NOT NULL,   -- the TLS alert that it sent
    look_at        BIGINT NOT NULL, -- when it is due
    looked_at      BIGINT NOT NULL, -- 0: never
    revision       BIGINT NOT NULL,
    PRIMARY KEY (institution_id, host)
);
CREATE INDEX bank_hosts_due ON bank_hosts (look_at, institution_id, host);
-- What has happened at a host.
CREATE TABLE bank_host_events (
    institution_id TEXT NOT NULL,
    host           TEXT NOT NULL,
    at             BIGINT NOT NULL,
    what           TEXT NOT NULL, -- first, certificate, issuer, untrusted, trusted, failed, works, confirmed
    detail         TEXT NOT NULL, -- a reason, an issuer or a name, by what it is
    times          BIGINT NOT NULL,
    last_at        BIGINT NOT NULL,
    PRIMARY KEY (institution_id, host, at, what)
);
-- What is watched is for the program to say: hosts too.
-- +include
UPDATE schema_floor SET version = 78;
