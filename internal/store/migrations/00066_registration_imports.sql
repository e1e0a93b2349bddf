-- +goose Up
-- The day on which a step was done before this program kept the registration. 0: it was done here, or is not done.
ALTER TABLE checklist_steps ADD COLUMN done_before BIGINT NOT NULL DEFAULT 0;

-- Lists of registrations that were in use before they came in.
CREATE TABLE registration_imports (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL, -- of the file
    sha256          TEXT NOT NULL, -- of the list
    list            TEXT NOT NULL, -- as it was uploaded
    sealed          BYTEA NOT NULL, -- the secrets, sealed; empty: all are in custody, or it was not agreed to
    state           TEXT NOT NULL CHECK (state IN ('requested', 'approved', 'done', 'dropped')),
    reason          TEXT NOT NULL,
    created_by      TEXT NOT NULL,
    created_by_name TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    approved_by      TEXT NOT NULL, -- empty: nobody had to
    approved_by_name TEXT NOT NULL,
    approved_at      BIGINT NOT NULL
);
CREATE INDEX registration_imports_newest ON registration_imports (created_at, id);
CREATE INDEX registration_imports_open ON registration_imports (id) WHERE state IN ('requested', 'approved');

-- One registration of such a list.
CREATE TABLE registration_import_lines (
    import_id       TEXT NOT NULL REFERENCES registration_imports (id),
    position        BIGINT NOT NULL, -- among the list's registrations, from 1
    line            BIGINT NOT NULL, -- of the file
    institution_id  TEXT NOT NULL,
    application     TEXT NOT NULL, -- name
    state           TEXT NOT NULL CHECK (state IN ('pending', 'there', 'done', 'failed')),
    registration_id TEXT NOT NULL, -- that it is or will be
    bundle_id       TEXT NOT NULL,
    credentials_ref TEXT NOT NULL, -- id that the document in custody will have
    qwac            TEXT NOT NULL, -- SHA-256
    qsealc          TEXT NOT NULL, -- SHA-256; empty: none
    lacking         BOOLEAN NOT NULL, -- a certificate of it was not in custody yet
    failed_code     TEXT NOT NULL,
    failed_args     TEXT NOT NULL, -- JSON array
    failed_text     TEXT NOT NULL,
    PRIMARY KEY (import_id, position)
);
CREATE INDEX registration_import_lines_pending ON registration_import_lines (import_id, position) WHERE state = 'pending';
CREATE INDEX registration_import_lines_lacking ON registration_import_lines (import_id, position) WHERE lacking;
