package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

const (
	// streamSilence is after what time without a byte a stream is dead. The service sends one every 15 seconds.
	streamSilence = 45 * time.Second
	// maxStreamLine bounds a line of a stream, in bytes.
	maxStreamLine = 64 << 10
	// maxRefusal bounds the body of an error, in bytes.
	maxRefusal = 1 << 20
)

// TLSStream is an open stream of what changes for a service account. One goroutine reads it.
type TLSStream struct {
	body   io.ReadCloser
	lines  *bufio.Scanner
	cancel context.CancelFunc
	quiet  *time.Timer // ends the stream
}

// TLSMessage is one message of a stream: an event, or the word that everything up to a cursor has been told.
type TLSMessage struct {
	Event  api.TLSEvent   // without a kind where Synced is set
	Synced *api.TLSSynced // nil: it is an event
}

// StreamTLS opens the stream of what changes from the cursor on. Without a cursor every registration is told first.
// The service ends a stream after an hour.
func (c *Client) StreamTLS(ctx context.Context, cursor string) (*TLSStream, error) {
	ctx, cancel := context.WithCancel(ctx)
	s := &TLSStream{cancel: cancel, quiet: time.AfterFunc(streamSilence, cancel)}
	response, err := c.openStream(ctx, cursor) //nolint:bodyclose // Close does
	if err != nil {
		s.end()
		return nil, err
	}
	s.body = response.Body
	s.lines = bufio.NewScanner(awake{s})
	s.lines.Buffer(nil, maxStreamLine)
	return s, nil
}

func (c *Client) openStream(ctx context.Context, cursor string) (*http.Response, error) {
	out, response, err := c.tryStream(ctx, cursor)
	if c.refused(out, err) {
		_, response, err = c.tryStream(ctx, cursor)
	}
	return response, err
}

func (c *Client) tryStream(ctx context.Context, cursor string) (*http.Request, *http.Response, error) {
	out, err := c.request(ctx, request{
		method: http.MethodGet,
		path:   query(path("tls", "events"), "cursor", cursor),
		header: http.Header{"Accept": {"text/event-stream"}},
	})
	if err != nil {
		return nil, nil, err
	}
	endless := c.http
	endless.Timeout = 0
	response, err := endless.Do(out)
	if err != nil {
		return out, nil, fault.Wrap(err, fault.Unavailable, Unreachable, "The service at %s does not answer.", c.server)
	}
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if response.StatusCode == http.StatusOK && media == "text/event-stream" {
		return out, response, nil
	}
	defer func() { _ = response.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxRefusal)) // what is cut off is no problem document
	return out, nil, refusal(response, answer)
}

// awake reads the body of a stream, which counts as a sign of life.
type awake struct{ s *TLSStream }

// Read implements io.Reader.
func (a awake) Read(p []byte) (int, error) {
	n, err := a.s.body.Read(p)
	if n > 0 {
		a.s.quiet.Reset(streamSilence)
	}
	return n, err
}

// Next waits for the next message. It fails when the stream has ended, and after 45 seconds without a byte.
func (s *TLSStream) Next() (TLSMessage, error) {
	var kind string
	var data []byte
	for s.lines.Scan() {
		line := s.lines.Bytes()
		if len(line) == 0 {
			m, known, err := messageOf(kind, data)
			if known || err != nil {
				return m, err
			}
			kind, data = "", nil
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			kind = string(value)
		case "data":
			if data = append(data, value...); len(data) > maxStreamLine {
				return TLSMessage{}, unreadable(nil)
			}
		}
	}
	return TLSMessage{}, fault.Wrap(s.lines.Err(), fault.Unavailable, "stream_ended",
		"The service's stream of changes has ended.")
}

// messageOf reads a message. Of a kind that is not known there is none.
func messageOf(kind string, data []byte) (m TLSMessage, known bool, err error) {
	var into any = &m.Event
	switch kind {
	case "synced":
		m.Synced = &api.TLSSynced{}
		into = m.Synced
	case string(api.TLSChanged), string(api.TLSGone):
	default:
		return TLSMessage{}, false, nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return TLSMessage{}, false, unreadable(err)
	}
	return m, true, nil
}

func unreadable(err error) error {
	return fault.Wrap(err, fault.Unavailable, "answer_unreadable",
		"The service's stream of changes is not what this program expects; use the versions of both that belong "+
			"together.")
}

// Close ends the stream.
func (s *TLSStream) Close() error {
	s.end()
	return s.body.Close()
}

func (s *TLSStream) end() {
	s.quiet.Stop()
	s.cancel()
}
