package hcvault_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

// The policies in the manual are those that bootstrap writes.
func TestPoliciesInTheManual(t *testing.T) {
	manual, err := os.ReadFile("../../docs/custody.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```hcl\n(.*?)```").FindAllStringSubmatch(string(manual), -1)
	if len(shown) != 3 {
		t.Fatalf("the manual shows %d policies", len(shown))
	}
	for i, policy := range []func(hcvault.Config) (string, error){
		hcvault.Policy, hcvault.SigningPolicy, hcvault.RotationPolicy,
	} {
		want, err := policy(hcvault.Config{})
		if err != nil || strings.TrimSpace(shown[i][1]) != strings.TrimSpace(want) {
			t.Errorf("policy %d of the manual is not the one that is written (%v); copy it from `sealkeeper "+
				"vault policy`", i+1, err)
		}
	}
}

// Every test that the manual names as a proof is there.
func TestProofsInTheManual(t *testing.T) {
	var sources strings.Builder
	for _, dir := range []string{".", "..", "../../cmd/sealkeeper"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), "_test.go") {
				sources.WriteString(read(t, dir+"/"+e.Name()))
			}
		}
	}
	for _, page := range []string{"custody.md", "operate-vault.md"} {
		text := read(t, "../../docs/"+page)
		for _, name := range regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(text, -1) {
			if !strings.Contains(sources.String(), "func "+name[1]+"(") {
				t.Errorf("%s: there is no %s", page, name[1])
			}
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
