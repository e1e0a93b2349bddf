-- +goose Up
-- By which words an object is found: normalised, and looked up by how they begin.
CREATE TABLE search_words (
    kind TEXT NOT NULL, -- certificate, registration
    word TEXT COLLATE "C" NOT NULL,
    id   TEXT NOT NULL,
    PRIMARY KEY (kind, word, id)
);
CREATE INDEX search_words_object ON search_words (id, kind, word);
