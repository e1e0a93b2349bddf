package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/lab/journey"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

var (
	drillTitle = regexp.MustCompile(`(?m)^## (.+)$`)
	shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
)

// TestDrills does the whole main job, and then, drill by drill, what docs/drills.md
// says, with the very commands that it shows. After each the bank answers again.
func TestDrills(t *testing.T) {
	text, err := os.ReadFile("../../docs/drills.md")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, vaulttest.Start(t), "")
	j := s.start()
	var told bytes.Buffer
	if err := journey.Walk(t.Context(), &told, j.Steps()); err != nil {
		t.Fatal(told.String())
	}
	titles := drillTitle.FindAllStringSubmatchIndex(string(text), -1)
	if len(titles) == 0 {
		t.Fatal("docs/drills.md has no drill")
	}
	for i, at := range titles {
		end := len(text)
		if i+1 < len(titles) {
			end = titles[i+1][0]
		}
		title, body := string(text[at[2]:at[3]]), string(text[at[1]:end])
		t.Run(title, func(t *testing.T) {
			s.t = t
			for _, block := range shellBlock.FindAllStringSubmatch(body, -1) {
				t.Logf("%s\n%s", block[1], s.sh(block[1]))
			}
			again := s.journey()
			again.Organization, again.Application, again.Registration = j.Organization, j.Application, j.Registration
			again.QWAC, again.QSealC = j.QWAC, j.QSealC
			for _, step := range []func(context.Context) (string, error){again.Authorize, again.Accounts} {
				if told, err := step(t.Context()); err != nil {
					t.Error(told, err)
				}
			}
		})
	}
	s.t = t
	if out := s.sh(`sealkeeper audit verify --config "$CONFIG"`); !strings.HasPrefix(out, "ok: ") {
		t.Error(out)
	}
}
