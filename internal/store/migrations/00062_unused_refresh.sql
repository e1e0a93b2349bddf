-- +goose Up
-- Each look at what is to be done today asks whether a bank sends refresh tokens that are not used.
CREATE INDEX consents_refresh_unused ON consents (authorized_at, institution_id)
    WHERE NOT refreshable AND refresh_expires_at > 0;
