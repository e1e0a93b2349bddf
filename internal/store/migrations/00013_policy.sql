-- +goose Up
-- What two people have decided about how Sealkeeper keeps its promises. The newest
-- version of a setting is in force; nothing is changed or deleted, so that how it came
-- to be in force can be told.
CREATE TABLE policy_settings (
    name            TEXT NOT NULL,
    version         BIGINT NOT NULL, -- 1, 2, 3 ... of each name
    value           TEXT NOT NULL,
    way             TEXT NOT NULL CHECK (way IN ('first_start', 'approval', 'alone', 'break_glass')),
    reason          TEXT NOT NULL,
    changed_by      TEXT NOT NULL,
    changed_by_name TEXT NOT NULL,
    changed_at      BIGINT NOT NULL, -- microseconds since 1970, UTC
    PRIMARY KEY (name, version)
);
-- +include
