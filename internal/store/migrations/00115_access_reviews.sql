-- +goose Up
-- When each caller last used each permission. It follows the audit log, behind which it is by a minute.
CREATE TABLE permission_uses (
    caller_id TEXT NOT NULL,
    action    TEXT NOT NULL,
    last_at   BIGINT NOT NULL, -- microseconds since 1970, UTC
    PRIMARY KEY (caller_id, action)
);
CREATE TABLE permission_uses_read (
    one BIGINT PRIMARY KEY, -- 1: there is at most one row
    seq BIGINT NOT NULL     -- of the newest audit entry that was counted
);
-- Reviews of who may do what. Rows are never deleted.
CREATE TABLE access_reviews (
    id              TEXT PRIMARY KEY,
    started_by      TEXT NOT NULL,
    started_by_name TEXT NOT NULL,
    started_at      BIGINT NOT NULL,
    closed_by       TEXT NOT NULL,
    closed_by_name  TEXT NOT NULL,
    closed_at       BIGINT NOT NULL, -- 0: it is open
    remark          TEXT NOT NULL,   -- why lines were left undecided
    digest          TEXT NOT NULL,   -- SHA-256 over its lines when it was closed
    revision        BIGINT NOT NULL  -- counts the changes of its lines
);
CREATE UNIQUE INDEX access_reviews_open ON access_reviews (closed_at) WHERE closed_at = 0;
CREATE INDEX access_reviews_started ON access_reviews (started_at, id);
CREATE TABLE access_review_lines (
    review_id        TEXT NOT NULL REFERENCES access_reviews (id),
    number           BIGINT NOT NULL, -- 1, 2, 3 and so on
    kind             TEXT NOT NULL,   -- role, grant, service or token
    holder_id        TEXT NOT NULL,   -- of a person or a service account
    holder_name      TEXT NOT NULL,
    what             TEXT NOT NULL,   -- the role, the purposes, the name of the token
    thing_id         TEXT NOT NULL,   -- of the grant or the token
    scope_kind       TEXT NOT NULL,
    scope_value      TEXT NOT NULL,
    from_group       TEXT NOT NULL,
    ends_at          BIGINT NOT NULL, -- 0: it does not end by itself
    last_used_at     BIGINT NOT NULL, -- 0: never, as far as is known
    uses             TEXT NOT NULL,   -- JSON array of {action, at}
    state            TEXT NOT NULL,   -- open, proposed, kept or removed
    remove           BIGINT NOT NULL, -- 1: that is what was proposed
    reason           TEXT NOT NULL,
    proposed_by      TEXT NOT NULL,
    proposed_by_name TEXT NOT NULL,
    proposed_at      BIGINT NOT NULL,
    decided_by       TEXT NOT NULL,
    decided_by_name  TEXT NOT NULL,
    decided_at       BIGINT NOT NULL,
    PRIMARY KEY (review_id, number)
);
CREATE INDEX access_review_lines_state ON access_review_lines (review_id, state, number);
CREATE INDEX access_review_lines_holder ON access_review_lines (review_id, holder_id, number);
