package app

import (
	"context"
	"errors"
	"log/syslog"
	"net/url"
	"os"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// keepHead signs what the audit log is now and writes it to where the configuration wants it.
func (s *Services) keepHead(ctx context.Context) error {
	to := s.cfg.AuditHeads
	if to.HeadsFile == "" && to.HeadsSyslog == "" {
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
			"The signed head of the audit log could not be written to where audit.heads_file or "+
				"audit.heads_syslog says.")
	}
	return nil
}

// archiveLog writes entries of the audit log that need not be in the database any longer into files. `sealkeeper
// migrate` takes them away: this role cannot.
func (s *Services) archiveLog(ctx context.Context) error {
	if s.cfg.AuditDays == 0 {
		return nil
	}
	for more := true; more; {
		var err error
		more, err = s.Heads.Archive(ctx, access.SystemCaller("audit archive"), s.cfg.AuditHeads.ArchiveFolder,
			s.cfg.Now().AddDate(0, 0, -s.cfg.AuditDays))
		if err != nil {
			return err
		}
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
