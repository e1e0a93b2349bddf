package source

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
)

// maxHost bounds what of a host's name is in that of an instance, which has 100 characters at most.
const maxHost = 80

// InstanceName is what a process calls itself: the name that it was given, or else the host's and eight digits. The
// digits differ on another machine of the same name, and for another of, which is a folder or socket of the process and
// tells processes of one machine apart. The name is the same after a restart.
func InstanceName(given, of string) (string, error) {
	if given != "" {
		return given, nil
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		return "", fault.Wrap(err, fault.Invalid, "instance_missing",
			"This machine has no host name; name the instance.")
	}
	machine, _ := os.ReadFile("/etc/machine-id") // where there is none, the host's name has to do
	return instanceName(host, strings.TrimSpace(string(machine)), of), nil
}

func instanceName(host, machine, of string) string {
	sum := sha256.Sum256([]byte("sealkeeper instance\n" + machine + "\n" + of))
	return strings.ToValidUTF8(host[:min(len(host), maxHost)], "") + "-" + hex.EncodeToString(sum[:4])
}

// program tells this program from others on the machine.
func (c Config) program() string {
	path, _ := os.Executable() // where it is not known, its cache has to do
	return path + "\n" + c.CacheFile
}
