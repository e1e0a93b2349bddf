package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// leanCaller makes one request over and over, on as many connections as ask at once. It writes bytes that were put
// together beforehand, and reads of the answer what it has to: what a service takes for a call is measured beside it,
// on the same processors, where net/http's own client would take a third of them.
type leanCaller struct {
	address string
	request []byte
	status  string
	free    chan *leanConnection
}

type leanConnection struct {
	net.Conn
	reader *bufio.Reader
}

// lean is caller with a leanCaller.
func lean(b *testing.B, method, url string, body []byte, status int, header ...string) func() error {
	request, err := http.NewRequestWithContext(b.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		loud{b}.Fatal(err)
	}
	for pair := range slices.Chunk(header, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	var text bytes.Buffer
	if err := request.Write(&text); err != nil {
		loud{b}.Fatal(err)
	}
	c := &leanCaller{request.URL.Host, text.Bytes(), strconv.Itoa(status), make(chan *leanConnection, 64)}
	b.Cleanup(func() {
		for len(c.free) > 0 {
			_ = (<-c.free).Close()
		}
	})
	return func() error { return c.call(b.Context()) }
}

func (c *leanCaller) call(ctx context.Context) error {
	var on *leanConnection
	select {
	case on = <-c.free:
	default:
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.address)
		if err != nil {
			return err
		}
		on = &leanConnection{conn, bufio.NewReader(conn)}
	}
	if _, err := on.Write(c.request); err != nil {
		return errors.Join(err, on.Close())
	}
	if err := on.answered(c.status); err != nil {
		return errors.Join(err, on.Close())
	}
	c.free <- on
	return nil
}

// answered reads an answer of HTTP/1.1, whose status has to be the one.
func (c *leanConnection) answered(status string) error {
	line, err := c.reader.ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(line, "HTTP/1.1 "+status) {
		return fmt.Errorf("the answer is %q", line)
	}
	length, chunked := int64(0), false
	for {
		field, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		field = bytes.TrimSpace(field)
		if len(field) == 0 {
			break
		}
		if n, is := bytes.CutPrefix(field, []byte("Content-Length: ")); is {
			length, err = strconv.ParseInt(string(n), 10, 64)
		}
		chunked = chunked || bytes.Equal(field, []byte("Transfer-Encoding: chunked"))
		if err != nil {
			return err
		}
	}
	if !chunked {
		_, err = io.CopyN(io.Discard, c.reader, length)
		return err
	}
	if _, err = io.Copy(io.Discard, httputil.NewChunkedReader(c.reader)); err == nil {
		_, err = c.reader.Discard(2) // the line that ends it
	}
	return err
}
