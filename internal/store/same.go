package store

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sealkeeper/sealkeeper/secret"
)

// SameDatabase reports whether two addresses name the same database, whoever logs in
// there. Of a server it knows only the name it is called by.
func SameDatabase(a, b secret.Text) bool {
	one, oneFile := strings.CutPrefix(a.Reveal(), "sqlite://")
	other, otherFile := strings.CutPrefix(b.Reveal(), "sqlite://")
	if oneFile || otherFile {
		return oneFile && otherFile && samePath(one, other)
	}
	first, err := pgconn.ParseConfig(one)
	if err != nil {
		return one == other
	}
	second, err := pgconn.ParseConfig(other)
	return err == nil && first.Host == second.Host && first.Port == second.Port && first.Database == second.Database &&
		first.RuntimeParams["search_path"] == second.RuntimeParams["search_path"]
}

func samePath(one, other string) bool {
	if filepath.Clean(one) == filepath.Clean(other) {
		return true
	}
	first, err := os.Stat(one)
	if err != nil {
		return false
	}
	second, err := os.Stat(other)
	return err == nil && os.SameFile(first, second)
}
