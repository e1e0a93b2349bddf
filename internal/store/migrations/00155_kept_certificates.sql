-- +goose Up
-- Old certificates of a campaign that stay, with the reason: it is done without their retirement.
ALTER TABLE campaigns ADD COLUMN kept TEXT NOT NULL DEFAULT '[]'; -- JSON array
