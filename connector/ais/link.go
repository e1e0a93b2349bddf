package ais

import (
	"errors"
	"net/url"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector/failure"
)

// HrefMode says how a relative link in a bank's answer becomes a URL.
type HrefMode string

// The href modes.
const (
	// base URL + href, as Societe Generale means it, but for a query alone and a path that begins with the base's own
	HrefAppend  HrefMode = "append-to-base"
	HrefRFC3986 HrefMode = "rfc3986" // as a browser resolves it
)

// linked is the URL of a link that came with an account. A link that did not
// come says that there is nothing behind it for us.
func (c *Client) linked(href string) (string, error) {
	if href == "" {
		return "", failure.NotGranted.Because(&failure.Failure{})
	}
	address, err := c.resolve(c.url("/accounts"), href)
	if err != nil {
		return "", failure.LinkRefused.Because(&failure.Failure{Err: err})
	}
	return address, nil
}

// resolve makes a URL of a link found at page. The result stays on the
// bank's own origin: the access token goes wherever it points.
func (c *Client) resolve(page, href string) (string, error) {
	base, err := url.Parse(c.cfg.BaseURL)
	if err != nil {
		return "", err
	}
	link, err := url.Parse(href)
	if err != nil {
		return "", err
	}
	if climbs(link.EscapedPath()) {
		return "", errors.New("link climbs out of its place")
	}
	if !link.IsAbs() && link.Host == "" {
		if c.cfg.HrefMode == HrefAppend && link.Path != "" && !below(link.EscapedPath(), base.EscapedPath()) {
			return strings.TrimSuffix(c.cfg.BaseURL, "/") + "/" + strings.TrimPrefix(href, "/"), nil
		}
		current, err := url.Parse(page)
		if err != nil {
			return "", err
		}
		link = current.ResolveReference(link)
	}
	if link.Scheme != base.Scheme || link.Host != base.Host || link.User != nil {
		return "", errors.New("link leaves the bank's server")
	}
	return link.String(), nil
}

// below reports whether a path begins with all of the base's path.
func below(path, base string) bool {
	base = strings.TrimSuffix(base, "/")
	return base != "" && (path == base || strings.HasPrefix(path, base+"/"))
}

// decodings is how often a path may be decoded on its way: by a proxy, by the server, by what is behind it.
const decodings = 3

// climbs reports whether a path has a dot segment in it, as it is or behind an
// encoding: whoever decodes it would leave the place the path begins with.
func climbs(path string) bool {
	for range decodings + 1 {
		for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
			if segment == "." || segment == ".." {
				return true
			}
		}
		plain, err := url.PathUnescape(path)
		if err != nil {
			return true
		}
		path = plain
	}
	return false
}
