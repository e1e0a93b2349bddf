-- +goose Up
-- Console sessions that began before this moment are over: taking a person's tokens away signs them out.
ALTER TABLE users ADD COLUMN signed_out_at INTEGER NOT NULL DEFAULT 0;
