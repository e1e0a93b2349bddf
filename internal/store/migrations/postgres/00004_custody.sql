ALTER TABLE certificates DROP CONSTRAINT certificates_state_check;
ALTER TABLE certificates ADD CONSTRAINT certificates_state_check
    CHECK (state IN ('pending', 'stored', 'retired', 'destroying', 'destroyed'));
ALTER TABLE certificates
    ADD COLUMN spki_sha256      TEXT NOT NULL DEFAULT '', -- of the key; empty in rows older than this column
    ADD COLUMN line_id          TEXT NOT NULL DEFAULT '',
    ADD COLUMN line_version     INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN line_change      TEXT NOT NULL DEFAULT '',
    ADD COLUMN key_mode         TEXT NOT NULL DEFAULT 'held' CHECK (key_mode IN ('held', 'stored')),
    ADD COLUMN kept_reason      TEXT NOT NULL DEFAULT '',
    ADD COLUMN kept_by          TEXT NOT NULL DEFAULT '',
    ADD COLUMN kept_approved_by TEXT NOT NULL DEFAULT '',
    ADD COLUMN kept_approved_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN retired_reason   TEXT NOT NULL DEFAULT '',
    ADD COLUMN retired_by       TEXT NOT NULL DEFAULT '',
    ADD COLUMN retired_at       BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN destroyed_by     TEXT NOT NULL DEFAULT '',
    ADD COLUMN destroyed_at     BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN revision         INTEGER NOT NULL DEFAULT 0, -- counts the changes
    ADD COLUMN copied           INTEGER NOT NULL DEFAULT 0; -- the revision that custody's copy has
