package layout_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNoGRPC: the libraries for Vault and for traces have ways to bring gRPC into the program, which speaks to nobody
// by it: some megabytes, and a parser more to attack.
func TestNoGRPC(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", module+"/cmd/sealkeeper").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(out))
	if len(linked) < 200 {
		t.Fatalf("%d packages are linked", len(linked))
	}
	for _, p := range linked {
		if strings.HasPrefix(p, "google.golang.org/grpc") || strings.HasPrefix(p, "github.com/grpc-ecosystem") {
			t.Errorf("%s is linked", p)
		}
	}
}
