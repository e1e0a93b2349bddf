-- +goose Up
-- The oldest program that works with this schema, by the schema version that it knows. A step that only adds leaves it;
-- one that takes away or changes what is there sets it to its own number.
CREATE TABLE schema_floor (
    version BIGINT NOT NULL
);
INSERT INTO schema_floor (version) VALUES (58);
