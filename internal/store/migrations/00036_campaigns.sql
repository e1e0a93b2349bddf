-- +goose Up
-- What a bank has said, in place of its catalogue file. Nothing is changed: another fact takes a fact's place.
CREATE TABLE bank_facts (
    id           TEXT PRIMARY KEY,
    subject      TEXT NOT NULL, -- id of a bank group or an institution
    key          TEXT NOT NULL,
    value        TEXT NOT NULL,
    source       TEXT NOT NULL, -- who said it, and how
    said_on      TEXT NOT NULL, -- day
    evidence     TEXT NOT NULL, -- where it is kept
    recorded_by  TEXT NOT NULL,
    recorded_at  BIGINT NOT NULL,
    withdrawn_by TEXT NOT NULL, -- empty: it counts, unless a newer one does
    withdrawn_at BIGINT NOT NULL
);
CREATE INDEX bank_facts_subject ON bank_facts (subject, key, recorded_at, id);

-- Changes of certificates at banks.
CREATE TABLE campaigns (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    pairs        TEXT NOT NULL, -- JSON array: old and new certificate
    eves         BOOLEAN NOT NULL, -- changes on eves of weekends and holidays are wanted
    state        TEXT NOT NULL,
    agreed       TEXT NOT NULL, -- fingerprint of what was agreed to; empty: not yet
    requested_by TEXT NOT NULL,
    approved_by  TEXT NOT NULL,
    approved_at  BIGINT NOT NULL,
    started_at   BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE INDEX campaigns_newest ON campaigns (created_at, id);
CREATE INDEX campaigns_state ON campaigns (state, created_at, id);

-- One registration of a campaign.
CREATE TABLE campaign_lines (
    campaign_id     TEXT NOT NULL REFERENCES campaigns (id),
    registration_id TEXT NOT NULL REFERENCES registrations (id),
    institution_id  TEXT NOT NULL,
    name            TEXT NOT NULL, -- institution and application, as they were called
    environment     TEXT NOT NULL,
    old_version     BIGINT NOT NULL,
    old_qwac        TEXT NOT NULL, -- ids; empty: this certificate stays
    new_qwac        TEXT NOT NULL,
    old_qsealc      TEXT NOT NULL,
    new_qsealc      TEXT NOT NULL,
    consents        BIGINT NOT NULL, -- active ones when it was planned
    state           TEXT NOT NULL,
    open            BOOLEAN NOT NULL, -- it is not settled, and its campaign not over
    new_version     BIGINT NOT NULL, -- 0: none yet
    due_by          BIGINT NOT NULL, -- last safe day to begin, for the order
    announce_by     TEXT NOT NULL, -- day; empty: the bank is not told
    switch_by       BIGINT NOT NULL,
    suggested_at    BIGINT NOT NULL,
    risk            TEXT NOT NULL,
    gap             BOOLEAN NOT NULL,
    assumed         BOOLEAN NOT NULL,
    switch_at       BIGINT NOT NULL, -- agreed moment; 0: none
    announced_at    BIGINT NOT NULL,
    announced_by    TEXT NOT NULL,
    told_sha256     TEXT NOT NULL, -- of the new certificates that the bank was told of
    answered_at     BIGINT NOT NULL,
    answer_from     TEXT NOT NULL,
    answer_note     TEXT NOT NULL,
    activated_at    BIGINT NOT NULL,
    confirmed_at    BIGINT NOT NULL,
    failed_code     TEXT NOT NULL,
    failed_args     TEXT NOT NULL, -- JSON array
    failed_text     TEXT NOT NULL,
    next_at         BIGINT NOT NULL, -- when the program looks at it again; 0: it waits for a person
    changed_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, registration_id)
);
CREATE INDEX campaign_lines_due ON campaign_lines (campaign_id, due_by, registration_id);
CREATE INDEX campaign_lines_state ON campaign_lines (campaign_id, state, due_by, registration_id);
CREATE INDEX campaign_lines_next ON campaign_lines (next_at) WHERE next_at > 0;
-- A registration is in one campaign at a time.
CREATE UNIQUE INDEX campaign_lines_once ON campaign_lines (registration_id) WHERE open;
