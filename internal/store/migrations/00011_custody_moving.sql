-- +goose Up
-- While embedded custody is being moved to another, and after that, nothing is written
-- there. The database itself refuses, in the transaction that writes, so that a service
-- that still runs cannot store what would be left behind. Rows of kind 'moved' say how far
-- it is; those of kind 'residue' say what is to be done to the file. On PostgreSQL whoever begins
-- a move locks both tables against writers first, so that none has looked before and writes after.
-- +include
-- What was deleted before, and can be found in the database's file, goes too.
INSERT INTO custody_rows (kind, id, version, sealed)
    SELECT 'residue', 'main', 1, CAST('' AS BYTEA) WHERE EXISTS (SELECT 1 FROM custody_rows);
