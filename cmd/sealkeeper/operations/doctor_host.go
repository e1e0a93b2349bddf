package operations

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// The free space below which a database that grows is a worry, and below which it is in danger.
const (
	littleSpace = 1 << 30
	noSpace     = 100 << 20
)

// disk looks at the space for the database file. That of a database server is not this machine's.
func (e *examination) disk() {
	path, ok := strings.CutPrefix(e.cfg.Database.DSN.Reveal(), "sqlite://")
	if !ok {
		return
	}
	var fs syscall.Statfs_t
	f := finding{check: "there is space for the database file"}
	if err := syscall.Statfs(filepath.Dir(path), &fs); err != nil {
		f.problem = fault.Wrap(err, fault.Invalid, "disk_unreadable", "The folder %s cannot be looked at: %v.",
			filepath.Dir(path), err)
	} else if free := fs.Bavail * uint64(fs.Bsize); free < littleSpace {
		short := warning("disk_full", "Only %d MB are free in %s; make room, or no entry can be written to the audit "+
			"log and every change is refused.", free>>20, filepath.Dir(path))
		if free < noSpace {
			f.problem = short
		} else {
			f.warning = short
		}
	}
	e.say(f)
}

// network looks at the proxies and at the way people come in.
func (e *examination) network(ctx context.Context) {
	if proxy := e.cfg.Outgoing.ProxyURL; e.cfg.Outgoing.Enabled && proxy != "" {
		e.look(ctx, "the proxy on the way out answers", func(ctx context.Context) (_, problem error) {
			u, err := url.Parse(proxy)
			if err == nil {
				err = mtls.Defaults().Reach(ctx, mtls.Address(u))
			}
			if err != nil {
				err = warning("proxy_unreachable", "It does not (%v); correct outgoing.proxy_url.", err)
			}
			return nil, err
		})
	}
	e.look(ctx, "traces can be sent, where the environment says so", func(context.Context) (warns, _ error) {
		return checkTraces(e.env, e.cfg), nil
	})
	e.look(ctx, "clients' addresses are told from the proxy's", func(context.Context) (warns, _ error) {
		if strings.HasPrefix(e.cfg.PublicURL, "https://") && len(e.cfg.TrustedProxies) == 0 {
			return warning("no_trusted_proxies", "The public address is https, so a proxy is in front, and "+
				"trusted_proxies names none: the logs have the proxy's address for everybody. Name its network."), nil
		}
		return nil, nil
	})
	if e.offline {
		return
	}
	e.look(ctx, "people reach the service at "+e.cfg.PublicURL, func(ctx context.Context) (warns, _ error) {
		if status, _, err := get(ctx, e.cfg.PublicURL+"/healthz"); err != nil {
			return warning("public_url_silent", "From this machine they do not (%v); check the proxy, its "+
				"certificate and public_url.", reason(err)), nil
		} else if status != http.StatusOK {
			return warning("public_url_other", "%d was answered; check where the proxy sends requests.", status), nil
		}
		return nil, nil
	})
}

// service asks the running one, if it runs, what it says of itself.
func (e *examination) service(ctx context.Context) {
	address := e.cfg.Listen
	if e.cfg.OperatorListen != "" {
		address = e.cfg.OperatorListen
	}
	e.look(ctx, "the service runs and is ready", func(ctx context.Context) (warns, problem error) {
		status, body, err := get(ctx, "http://"+local(address)+"/readyz")
		if err != nil {
			return warning("service_silent", "It does not answer at %s; start it with `sealkeeper serve`.",
				address), nil
		}
		if status == http.StatusOK {
			return nil, nil
		}
		var parts map[string]struct {
			OK      bool
			Message string
		}
		if err := json.Unmarshal(body, &parts); err != nil {
			return nil, warning("service_other", "%d was answered at %s; something else listens there.", status,
				address)
		}
		var said []string
		for name, part := range parts {
			if !part.OK {
				said = append(said, name+": "+part.Message)
			}
		}
		slices.Sort(said)
		return nil, warning("service_not_ready", "It runs and is not ready. %s", strings.Join(said, " "))
	})
}

// local is where a service that listens on every address is asked.
func local(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 4 << 20

func get(ctx context.Context, address string) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, err
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	if loopback.Host(request.URL.Hostname()) {
		transport.Proxy = nil
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return response.StatusCode, body, err
}

// reason is an error without the address that was asked, which the line names already.
func reason(err error) error {
	if asked, ok := errors.AsType[*url.Error](err); ok {
		return asked.Err
	}
	return err
}
