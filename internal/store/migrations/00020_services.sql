-- +goose Up
-- Programs that work with registrations: what each may do, and the hashes of its tokens.
CREATE TABLE service_accounts (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    owner           TEXT NOT NULL,
    description     TEXT NOT NULL,
    purposes        TEXT NOT NULL, -- JSON array
    bindings        TEXT NOT NULL, -- JSON array of {application_id, institution_id or environment}
    per_second      BIGINT NOT NULL,
    per_day         BIGINT NOT NULL, -- 0: no limit
    revision        BIGINT NOT NULL, -- counts the changes
    created_by      TEXT NOT NULL,
    created_by_name TEXT NOT NULL,
    created_at      BIGINT NOT NULL, -- microseconds since 1970, UTC
    ended_at        BIGINT NOT NULL -- 0: in use
);
CREATE TABLE service_tokens (
    token_hash      TEXT PRIMARY KEY, -- SHA-256 of the token
    id              TEXT NOT NULL UNIQUE,
    account_id      TEXT NOT NULL REFERENCES service_accounts (id),
    hint            TEXT NOT NULL, -- its last four characters
    created_by_name TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    last_used_at    BIGINT NOT NULL -- 0: never
);
CREATE INDEX service_tokens_account ON service_tokens (account_id);
-- What counts against the limit of a day.
CREATE TABLE service_days (
    account_id TEXT NOT NULL REFERENCES service_accounts (id),
    day        BIGINT NOT NULL, -- days since 1970, UTC
    used       BIGINT NOT NULL,
    PRIMARY KEY (account_id, day)
);
-- Which version each account has been given, and when it last had something signed with it.
CREATE TABLE service_uses (
    account_id      TEXT NOT NULL REFERENCES service_accounts (id),
    registration_id TEXT NOT NULL REFERENCES registrations (id),
    version         BIGINT NOT NULL,
    read_at         BIGINT NOT NULL, -- 0: never
    signed_at       BIGINT NOT NULL, -- 0: never
    PRIMARY KEY (account_id, registration_id, version)
);
CREATE INDEX service_uses_registration ON service_uses (registration_id);
-- What each instance of a service says that it presents.
CREATE TABLE service_reports (
    account_id      TEXT NOT NULL REFERENCES service_accounts (id),
    instance        TEXT NOT NULL,
    registration_id TEXT NOT NULL REFERENCES registrations (id),
    host            TEXT NOT NULL,
    version         BIGINT NOT NULL,
    sha256          TEXT NOT NULL,
    used_at         BIGINT NOT NULL, -- 0: it has not said
    told_at         BIGINT NOT NULL,
    stopped         BOOLEAN NOT NULL,
    problem         TEXT NOT NULL,
    PRIMARY KEY (account_id, instance, registration_id, host)
);
CREATE INDEX service_reports_registration ON service_reports (registration_id);
-- Users whose only role was connector become service accounts under the same id, so that their consents and
-- payments stay theirs. Each is bound to the registrations that it has used, and to nothing else. Its tokens go
-- on, those without an end for 90 days.
-- +include
DELETE FROM sign_in_links WHERE user_id IN (SELECT id FROM service_accounts);
DELETE FROM api_tokens WHERE user_id IN (SELECT id FROM service_accounts);
DELETE FROM users WHERE id IN (SELECT id FROM service_accounts);
