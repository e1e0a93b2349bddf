-- +goose Up
-- Console sessions that began before this moment are over: taking a person's tokens away signs them out.
ALTER TABLE users ADD COLUMN signed_out_at BIGINT NOT NULL DEFAULT 0;
