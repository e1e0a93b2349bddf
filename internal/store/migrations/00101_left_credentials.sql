-- +goose Up
-- Lines of imports that have not come in, and for which custody may have credentials all the same.
CREATE INDEX registration_import_lines_left ON registration_import_lines (import_id, position)
    WHERE state IN ('there', 'failed') AND credentials_ref <> '';
