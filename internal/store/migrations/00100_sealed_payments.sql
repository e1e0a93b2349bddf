-- +goose Up
-- What a payment says of people is sealed with a key in custody. The columns that had it in clear stay, empty; the
-- service empties those of older rows, page by page.
ALTER TABLE payments ADD COLUMN sealed BYTEA; -- NULL: from before, and still in clear
CREATE INDEX payments_in_clear ON payments (id) WHERE creditor_iban <> '';
-- An older program would show payments without account numbers, and repeat them so in a cancellation.
UPDATE schema_floor SET version = 100;
