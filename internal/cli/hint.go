package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// evaluation is where `make run` keeps its environment, seen from the folder it
// was started in: a newcomer's missing token or wrong address is most often there.
const evaluation = ".data"

// hintToken is what a missing token's message adds where there is such an environment.
func hintToken() string {
	path := filepath.Join(evaluation, "token")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return " The one of the evaluation environment in this folder: `--token-file " + path + "`."
}

// hintServer is what the message adds when nobody answers at address, though the
// environment in this folder was started somewhere else.
func hintServer(address string) string {
	var info struct {
		URL string `json:"url"`
	}
	data, err := os.ReadFile(filepath.Join(evaluation, "dev.json"))
	if err != nil || json.Unmarshal(data, &info) != nil || info.URL == "" || strings.HasPrefix(address, info.URL) {
		return ""
	}
	return " The evaluation environment in this folder was started at another address: `--server " + info.URL + "`."
}
