-- +goose Up
-- By which certificates in use are found, among those that end soon.
CREATE INDEX bundles_active_qwac ON bundles (qwac_id) WHERE state = 'active';
CREATE INDEX bundles_active_qsealc ON bundles (qsealc_id) WHERE state = 'active';
