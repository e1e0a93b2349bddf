-- +goose Up
-- Which registration stands for a thing to do that thousands may share is found without reading theirs.
CREATE INDEX registration_tasks_one ON registration_tasks (kind, object, step) WHERE first = 1;
