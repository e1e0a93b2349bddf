// Command pinimages writes into files (Dockerfile, docker-compose.yml) the digests that the tags of their images stand
// for now, so that what is built and started is what was looked at, and no tag can be moved under it.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
)

// image matches an image with a tag, and the digest it may have already. Without a tag it is one that is built here.
var image = regexp.MustCompile(
	`(?m)^(# syntax=|FROM |\s*image: )([\w./-]+:[\w.-]+)(?:@sha256:[0-9a-f]{64})?( AS \w+)?$`)

var digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func main() {
	for _, path := range os.Args[1:] {
		if err := pinFile(path); err != nil {
			fmt.Fprintln(os.Stderr, "pinimages:", err)
			os.Exit(1)
		}
	}
}

func pinFile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	pinned, err := pin(text, current)
	if err != nil {
		return err
	}
	return os.WriteFile(path, pinned, 0o644) //nolint:gosec // G306: a file of the repository
}

// current asks the registry; of an image for several machines it gets the digest that is for all of them.
func current(name string) (string, error) {
	cmd := exec.Command("docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", name)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return string(bytes.TrimSpace(out)), err
}

func pin(text []byte, digestOf func(name string) (string, error)) ([]byte, error) {
	var failed error
	pinned := image.ReplaceAllFunc(text, func(found []byte) []byte {
		parts := image.FindSubmatch(found)
		sum, err := digestOf(string(parts[2]))
		if err != nil || !digest.MatchString(sum) {
			failed = fmt.Errorf("no digest of %s: %q, %v", parts[2], sum, err)
			return found
		}
		return fmt.Appendf(nil, "%s%s@%s%s", parts[1], parts[2], sum, parts[3])
	})
	return pinned, failed
}
