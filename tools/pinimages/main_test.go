package main

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every image that is not built here has a digest afterwards, and a newer one after the next time.
func TestEveryImageIsPinned(t *testing.T) {
	for _, path := range []string{"../../Dockerfile", "../../docker-compose.yml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, sum := range []string{strings.Repeat("a", 64), strings.Repeat("b", 64)} {
			if text, err = pin(text, func(string) (string, error) { return "sha256:" + sum, nil }); err != nil {
				t.Fatal(err)
			}
			images := regexp.MustCompile(`(?m)^(?:# syntax=|FROM|\s*image:).*$`).FindAllString(string(text), -1)
			if len(images) < 3 {
				t.Errorf("%s: %d images", path, len(images))
			}
			for _, line := range images {
				if !strings.Contains(line, "@sha256:"+sum) && !strings.HasSuffix(line, "image: sealkeeper") {
					t.Errorf("%s: %q is not pinned", path, line)
				}
			}
		}
	}
}

func TestNoDigestNoPin(t *testing.T) {
	for _, answer := range []string{"", "latest", "sha256:short"} {
		if _, err := pin([]byte("FROM x:1\n"), func(string) (string, error) { return answer, nil }); err == nil {
			t.Errorf("%q passed for a digest", answer)
		}
	}
	offline := func(string) (string, error) { return "", errors.New("offline") }
	if _, err := pin([]byte("FROM x:1\n"), offline); err == nil {
		t.Error("an unreachable registry passed")
	}
}
