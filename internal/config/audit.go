package config

import "net/url"

// Audit is what of the audit log is kept away from the database. Signed heads go there every hour, which show later
// whether newer entries were cut off; none is written while both places for them are empty.
type Audit struct {
	// A file that each head is appended to as a line of JSON, best on another machine's disk.
	HeadsFile string `yaml:"heads_file" env:"SEALKEEPER_AUDIT_HEADS_FILE"`
	// "local" for this machine's syslog, or a server's: udp://host:514, tcp://host:514.
	HeadsSyslog string `yaml:"heads_syslog" env:"SEALKEEPER_AUDIT_HEADS_SYSLOG"`
	// A folder for files with the entries that are older than retention.audit_days.
	ArchiveFolder string `yaml:"archive_folder" env:"SEALKEEPER_AUDIT_ARCHIVE_FOLDER"`
}

func (a Audit) check() error {
	if a.HeadsSyslog == "" || a.HeadsSyslog == "local" {
		return nil
	}
	server, err := url.Parse(a.HeadsSyslog)
	if err != nil || server.Scheme != "udp" && server.Scheme != "tcp" || server.Port() == "" || server.Path != "" {
		return contradiction(`audit.heads_syslog is "local", udp://host:port or tcp://host:port`)
	}
	return nil
}
