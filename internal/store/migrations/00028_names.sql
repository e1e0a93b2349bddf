-- +goose Up
-- Tables are named as what is in them is called: e-mails to a bank, CSRs.
-- +include
DROP INDEX bank_letters_subject;
CREATE INDEX bank_emails_subject ON bank_emails (subject, sent_at);
DROP INDEX bank_letters_record;
CREATE INDEX bank_emails_record ON bank_emails (record);
ALTER TABLE certificate_requests RENAME TO csrs;
DROP INDEX certificate_requests_key;
CREATE INDEX csrs_key ON csrs (spki_sha256) WHERE state = 'open';
DROP INDEX certificate_requests_pending;
CREATE INDEX csrs_pending ON csrs (id) WHERE state = 'pending';
-- Custody's copies of records name their tables: they are written again.
INSERT INTO record_changes (kind, id) SELECT 'organization', id FROM organizations;
INSERT INTO record_changes (kind, id) SELECT 'registration', id FROM registrations;
