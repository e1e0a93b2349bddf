package app

import (
	"context"
	"errors"
	"log/syslog"
	"net/url"
	"os"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/config"
)

// keepHead signs what the audit log is now and writes it to where the configuration wants it.
func (s *Services) keepHead(ctx context.Context) error {
	to := s.cfg.AuditHeads
	if to == (config.Audit{}) {
		return nil
	}
	head, err := s.Heads.Sign(ctx, access.SystemCaller("audit heads"))
	if err != nil {
		return err
	}
	line, err := head.Line()
	if err != nil {
		return err
	}
	if err := errors.Join(appendTo(to.HeadsFile, line), report(to.HeadsSyslog, line)); err != nil {
		return fault.Wrap(err, fault.Unavailable, "head_unwritable",
			"The signed head of the audit log could not be written to where audit.heads_file or audit.heads_syslog says.")
	}
	return nil
}

func appendTo(path string, line []byte) error {
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(line)
	return errors.Join(err, file.Sync(), file.Close())
}

// report sends a line to a syslog server (RFC 3164), with the facility for security.
func report(to string, line []byte) error {
	if to == "" {
		return nil
	}
	network, address := "", ""
	if server, err := url.Parse(to); err == nil && to != "local" {
		network, address = server.Scheme, server.Host
	}
	log, err := syslog.Dial(network, address, syslog.LOG_NOTICE|syslog.LOG_AUTHPRIV, "sealkeeper")
	if err != nil {
		return err
	}
	return errors.Join(log.Notice(string(line)), log.Close())
}
