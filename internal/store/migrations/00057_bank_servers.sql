-- +goose Up
-- The certificates that hosts of banks have presented, by which a change at a bank is seen afterwards.
CREATE TABLE bank_servers (
    institution_id TEXT NOT NULL,
    host           TEXT NOT NULL,
    sha256         TEXT NOT NULL,    -- of the certificate
    subject        TEXT NOT NULL,
    issuer         TEXT NOT NULL,
    not_before     BIGINT NOT NULL,  -- microseconds since 1970, UTC
    not_after      BIGINT NOT NULL,
    sent           BIGINT NOT NULL,  -- certificates in the chain as it was sent
    trusted        BOOLEAN NOT NULL, -- it was verified, the last time
    first_seen     BIGINT NOT NULL,
    last_seen      BIGINT NOT NULL,
    PRIMARY KEY (institution_id, host, sha256)
);
