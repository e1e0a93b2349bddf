-- +goose Up
-- Changes that take two people: who asked for what, and who decided how.
CREATE TABLE approvals (
    id                TEXT PRIMARY KEY,
    kind              TEXT NOT NULL,
    object            TEXT NOT NULL,
    object_name       TEXT NOT NULL,
    environment       TEXT NOT NULL,
    reason            TEXT NOT NULL,
    payload           TEXT NOT NULL, -- JSON object; no secrets
    changes           TEXT NOT NULL, -- JSON array: what the approver sees
    fingerprint       TEXT NOT NULL,
    state             TEXT NOT NULL
        CHECK (state IN ('open', 'applying', 'approved', 'rejected', 'withdrawn', 'expired', 'failed')),
    requested_by      TEXT NOT NULL,
    requested_by_name TEXT NOT NULL,
    requested_at      BIGINT NOT NULL, -- microseconds since 1970, UTC
    expires_at        BIGINT NOT NULL,
    decided_by        TEXT NOT NULL,
    decided_by_name   TEXT NOT NULL,
    decided_at        BIGINT NOT NULL, -- 0: not yet
    note              TEXT NOT NULL
);
CREATE UNIQUE INDEX approvals_one_open ON approvals (kind, object) WHERE state IN ('open', 'applying');
CREATE INDEX approvals_newest ON approvals (requested_at, id);

-- Who asked for an activation is in approvals now; what waited has to be asked for again.
ALTER TABLE bundles DROP COLUMN requested_by;
-- CA certificates besides those of the bank's profile: a JSON array of PEM texts, public.
ALTER TABLE bundles ADD COLUMN trust_anchors TEXT NOT NULL DEFAULT '[]';
