// Package customer plays a customer of the simulated bank who answers its pages, for
// demonstrations and tests without a browser.
package customer

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
	sessionField  = regexp.MustCompile(`name="session" value="([^"]+)"`)
	accountField  = regexp.MustCompile(`name="account" value="([^"]+)"`)
	accountOption = regexp.MustCompile(`<option value="([^"]+)"`)
	fragment      = regexp.MustCompile(`^obu/([0-9a-f-]{36})`)
	errNoSession  = errors.New("bank: the bank refused the address or the login")
)

// Approve plays the customer: it opens an authorize URL or the approval link
// of a payment, signs in, says yes to everything, and returns the call-back
// URL the browser would go to.
func Approve(ctx context.Context, address, user, password string) (*url.URL, error) {
	return answerAs(ctx, address, user, password, true)
}

// Refuse plays a customer who signs in and says no.
func Refuse(ctx context.Context, address, user, password string) (*url.URL, error) {
	return answerAs(ctx, address, user, password, false)
}

func answerAs(ctx context.Context, address, user, password string, yes bool) (*url.URL, error) {
	start, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	decision, path := "allow", "/consent"
	if match := fragment.FindStringSubmatch(start.Fragment); match != nil { // what landing.js does
		decision, path = "approve", "/payment"
		before, _, _ := strings.Cut(start.Path, "/app/")
		start = start.ResolveReference(&url.URL{Path: before + "/payment/" + match[1]})
	}
	if !yes {
		decision = "refuse"
	}
	session, err := open(ctx, start.String())
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
	form := url.Values{"session": {session}, "decision": {decision}}
	for _, match := range accountField.FindAllStringSubmatch(body.text, -1) {
		form.Add("account", match[1])
	}
	if match := accountOption.FindStringSubmatch(body.text); match != nil {
		form.Set("account", match[1])
	}
	answer, err := submit(ctx, start.ResolveReference(&url.URL{Path: path}), form)
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
