-- +goose Up
-- Roles that people have beside those in users.roles, which hold everywhere and do not end: on a part, or until a day.
CREATE TABLE role_grants (
    id          TEXT PRIMARY KEY,
    user_id     TEXT NOT NULL,
    role        TEXT NOT NULL,
    scope_kind  TEXT NOT NULL, -- everywhere, organization, environment or bank_group
    scope_value TEXT NOT NULL, -- empty: everywhere
    granted_by  TEXT NOT NULL, -- name
    granted_at  BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL, -- 0: it does not end by itself
    UNIQUE (user_id, role, scope_kind, scope_value)
);
