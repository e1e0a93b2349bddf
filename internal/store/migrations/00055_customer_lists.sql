-- +goose Up
-- Lists of consents and payments are read in pages, in these orders.
DROP INDEX consents_state;
CREATE INDEX consents_state ON consents (state, expires_at, id);
DROP INDEX consents_registration;
CREATE INDEX consents_registration ON consents (registration_id, created_at, id);
CREATE INDEX consents_created ON consents (created_at, id);
CREATE INDEX consents_expires ON consents (expires_at, id);
DROP INDEX payments_newest;
CREATE INDEX payments_newest ON payments (created_at, id);
CREATE INDEX payments_registration ON payments (registration_id, created_at, id);
CREATE INDEX payments_caller ON payments (caller_id, created_at, id);
CREATE INDEX payments_information ON payments (payment_information_id, created_at, id);
CREATE INDEX consents_creator ON consents (created_by, created_at, id);
