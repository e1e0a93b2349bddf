-- +goose Up
-- What is urgent is sent first. That it is stands with the message, so that thousands that wait are not looked through.
ALTER TABLE alert_messages ADD COLUMN urgent BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX alert_messages_next ON alert_messages (recipient, urgent, due, id) WHERE state = 'waiting';
