package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// parseAndJudge compares reading and judging a certificate with zlint. The
// comparison is a module of its own, so that zlint stays out of ours; it is a
// program there, run here.
func parseAndJudge(b *testing.B) []figure {
	program := exec.CommandContext(b.Context(), "go", "-C", "tools/zlintbench", "run", ".", "--json")
	program.Stderr = os.Stderr
	out, err := program.Output()
	if err != nil {
		loud{b}.Fatalf("tools/zlintbench: %v", err)
	}
	var f figure
	if err := json.Unmarshal(out, &f); err != nil {
		loud{b}.Fatalf("tools/zlintbench printed %q: %v", out, err)
	}
	return []figure{f}
}
