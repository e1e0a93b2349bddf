package banksim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

var (
	sessionField = regexp.MustCompile(`name="session" value="([^"]+)"`)
	errNoSession = errors.New("banksim: the bank refused the authorize URL or the login")
)

// Approve plays the customer: it opens the authorize URL, signs in, consents,
// and returns the call-back URL the browser would go to, with code (or
// error) and state. It is for demonstrations and tests without a browser.
func Approve(ctx context.Context, authorizeURL, user, password string) (*url.URL, error) {
	start, err := url.Parse(authorizeURL)
	if err != nil {
		return nil, err
	}
	session, err := open(ctx, authorizeURL)
	if err != nil {
		return nil, err
	}
	login := url.Values{"session": {session}, "user": {user}, "password": {password}}
	body, err := submit(ctx, start.ResolveReference(&url.URL{Path: "/login"}), login)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(body.text, `name="decision"`) {
		return nil, errNoSession
	}
	decision := url.Values{"session": {session}, "decision": {"allow"}}
	answer, err := submit(ctx, start.ResolveReference(&url.URL{Path: "/consent"}), decision)
	if err != nil {
		return nil, err
	}
	if answer.location == "" {
		return nil, errNoSession
	}
	return url.Parse(answer.location)
}

// open returns the session that the login page carries.
func open(ctx context.Context, authorizeURL string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, authorizeURL, nil)
	if err != nil {
		return "", err
	}
	answer, err := browse(req)
	if err != nil {
		return "", err
	}
	match := sessionField.FindStringSubmatch(answer.text)
	if match == nil {
		return "", errNoSession
	}
	return match[1], nil
}

func submit(ctx context.Context, target *url.URL, form url.Values) (*browsed, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return browse(req)
}

type browsed struct{ text, location string }

// browse follows no redirect: where it leads is the answer.
func browse(req *http.Request) (*browsed, error) {
	browser := http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := browser.Do(req)
	if err != nil {
		return nil, fmt.Errorf("playing the customer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return &browsed{text: string(text), location: response.Header.Get("Location")}, err
}
