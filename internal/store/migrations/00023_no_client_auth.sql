-- +goose Up
-- Why a version is used although its QWAC is not made for TLS clients; empty: it is, or the version never was in use.
ALTER TABLE bundles ADD COLUMN no_client_auth TEXT NOT NULL DEFAULT '';
