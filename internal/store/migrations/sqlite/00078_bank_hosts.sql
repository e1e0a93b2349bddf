CREATE TABLE case_subjects_former AS SELECT kind, id, due, changes, since FROM case_subjects;
DROP TABLE case_subjects;
CREATE TABLE case_subjects (
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    due     BIGINT NOT NULL, -- microseconds since 1970, UTC; 0: at once
    changes BIGINT NOT NULL, -- counts the changes: what was found before the newest one counts for nothing
    since   BIGINT NOT NULL, -- since when it fails; 0: it does not
    PRIMARY KEY (kind, id)
);
CREATE INDEX case_subjects_due ON case_subjects (due, kind, id);
INSERT INTO case_subjects (kind, id, due, changes, since) SELECT kind, id, due, changes, since FROM case_subjects_former;
DROP TABLE case_subjects_former;
