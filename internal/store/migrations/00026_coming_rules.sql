-- +goose Up
-- Which rules to come touch which certificates, as it was found when they were judged last.
CREATE TABLE coming_rules (
    code           TEXT NOT NULL,   -- of the rule
    from_at        BIGINT NOT NULL, -- its first day
    by_at          BIGINT NOT NULL, -- by when something has to be done
    certificate_id TEXT NOT NULL,
    PRIMARY KEY (certificate_id, code, from_at)
);
CREATE INDEX coming_rules_by ON coming_rules (code, from_at, by_at, certificate_id);
-- Certificates from before are due for it at once; what lists say of them stays until then.
UPDATE certificates SET judge_at = 1 WHERE judged_rules > 0;
