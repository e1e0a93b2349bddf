package internet

import (
	"net/http"
	"net/url"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
)

// proxy is the way out. The files are read each time, so that a changed password counts at once.
func (c Config) proxy(*http.Request) (*url.URL, error) {
	proxy, err := url.Parse(c.ProxyURL)
	if err != nil || c.ProxyUserFile == "" {
		return proxy, err
	}
	user, err := secretfile.Read(c.ProxyUserFile)
	if err != nil {
		return nil, err
	}
	password, err := secretfile.Read(c.ProxyPasswordFile)
	if err != nil {
		return nil, err
	}
	proxy.User = url.UserPassword(user.Reveal(), password.Reveal())
	return proxy, nil
}

func (c *Client) proxyFailed(err error) error {
	proxy, _ := url.Parse(c.cfg.ProxyURL)
	return fault.Wrap(err, fault.Unavailable, "outgoing_proxy",
		"Our own proxy %s did not lead out; check outgoing.proxy_url, the user and password in its files, and what "+
			"the proxy allows.", proxy.Host)
}
