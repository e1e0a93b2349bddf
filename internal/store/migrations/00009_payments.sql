-- +goose Up
-- Payments, from before they are sent. No secret is in here; account numbers, names and texts are personal data.
CREATE TABLE payments (
    id                     TEXT PRIMARY KEY,
    registration_id        TEXT NOT NULL REFERENCES registrations (id),
    payment_information_id TEXT NOT NULL,
    request_hash           TEXT NOT NULL, -- of what was asked
    state                  TEXT NOT NULL,
    kind                   TEXT NOT NULL,
    amount                 TEXT NOT NULL, -- a decimal, never a float
    currency               TEXT NOT NULL,
    initiator              TEXT NOT NULL,
    debtor_iban            TEXT NOT NULL, -- personal data, like the next four: a cancellation repeats them
    creditor_name          TEXT NOT NULL,
    creditor_iban          TEXT NOT NULL,
    creditor_bic           TEXT NOT NULL,
    remittance             TEXT NOT NULL,
    reference              TEXT NOT NULL,
    execution_date         TEXT NOT NULL, -- as asked, empty for none
    order_created_at       BIGINT NOT NULL,
    execute_at             BIGINT NOT NULL,
    confirm_by             BIGINT NOT NULL, -- 0: no cut-off
    moved                  BOOLEAN NOT NULL,
    redirect_uri           TEXT NOT NULL,
    resource_id            TEXT NOT NULL,
    consent_url            TEXT NOT NULL,
    cancel_url             TEXT NOT NULL,
    status                 TEXT NOT NULL,
    reason                 TEXT NOT NULL,
    failure_code           TEXT NOT NULL,
    failure                TEXT NOT NULL,
    note                   TEXT NOT NULL,
    return_hash            TEXT NOT NULL, -- SHA-256 of the state of the customer's return; empty once used
    return_for             TEXT NOT NULL,
    caller_id              TEXT NOT NULL,
    created_at             BIGINT NOT NULL,
    sent_at                BIGINT NOT NULL,
    confirmed_at           BIGINT NOT NULL,
    changed_at             BIGINT NOT NULL,
    checked_at             BIGINT NOT NULL,
    next_check             BIGINT NOT NULL, -- 0: never
    checks                 BIGINT NOT NULL,
    version                BIGINT NOT NULL,
    UNIQUE (registration_id, payment_information_id)
);
CREATE INDEX payments_due ON payments (next_check) WHERE next_check > 0;
CREATE INDEX payments_return ON payments (return_hash) WHERE return_hash <> '';
CREATE INDEX payments_newest ON payments (created_at);
