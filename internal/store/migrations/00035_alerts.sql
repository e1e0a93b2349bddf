-- +goose Up
-- Whom an event of a case is told, each once. A recipient is a channel of the configuration.
CREATE TABLE alert_notices (
    case_id    TEXT NOT NULL REFERENCES cases (id),
    what       TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    event_seq  BIGINT NOT NULL,
    urgent     BOOLEAN NOT NULL,
    message_id TEXT NOT NULL, -- empty: it waits for one
    PRIMARY KEY (case_id, what, recipient)
);
CREATE INDEX alert_notices_waiting ON alert_notices (recipient, event_seq) WHERE message_id = '';
CREATE INDEX alert_notices_message ON alert_notices (message_id, event_seq);
-- Messages on their way: what a message says is read from its cases when it is sent.
CREATE TABLE alert_messages (
    id         TEXT PRIMARY KEY, -- by which receivers know one that comes a second time
    recipient  TEXT NOT NULL,
    test       BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    due        BIGINT NOT NULL, -- when it is tried next
    attempts   BIGINT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'void', 'failed')),
    failure    TEXT NOT NULL, -- code of the last attempt's error
    ended_at   BIGINT NOT NULL -- 0: it waits
);
CREATE INDEX alert_messages_due ON alert_messages (due, id) WHERE state = 'waiting';
CREATE INDEX alert_messages_recipient ON alert_messages (recipient, created_at, id);
CREATE INDEX alert_messages_created ON alert_messages (created_at, id);
-- When each channel was last collected for.
CREATE TABLE alert_channels (
    recipient TEXT PRIMARY KEY,
    digest_at BIGINT NOT NULL, -- the last digest's hour
    sent_at   BIGINT NOT NULL, -- 0: never
    failing_since BIGINT NOT NULL, -- 0: the last attempt went well
    failure   TEXT NOT NULL
);
-- Addresses of calendars. Of each there is a hash.
CREATE TABLE calendar_feeds (
    id              TEXT PRIMARY KEY,
    token_hash      TEXT NOT NULL UNIQUE, -- SHA-256
    user_id         TEXT NOT NULL,
    user_name       TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    last_used_at    BIGINT NOT NULL -- 0: never; to the day
);
