package vaulttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

// Call sends a request to Vault's HTTP API with token and returns the status and
// the decoded answer. It is how a test looks at Vault past the code under test.
func (v *Vault) Call(t testing.TB, token, method, path string, body any) (int, map[string]any) {
	t.Helper()
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(context.Background(), method, v.Address+"/v1/"+path, &sent)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Vault-Token", token)
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer map[string]any
	if resp.StatusCode != http.StatusNoContent && resp.ContentLength != 0 {
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return resp.StatusCode, answer
}

// Root sends a request with the root token and fails the test unless it succeeds.
func (v *Vault) Root(t testing.TB, method, path string, body any) map[string]any {
	t.Helper()
	status, answer := v.Call(t, v.RootToken, method, path, body)
	if status >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

// Seal seals the server, so that it refuses everything until Unseal.
func (v *Vault) Seal(t testing.TB) {
	t.Helper()
	v.Root(t, http.MethodPut, "sys/seal", nil)
}

// Unseal opens a server started by Start again.
func (v *Vault) Unseal(t testing.TB) {
	t.Helper()
	answer := v.Root(t, http.MethodPut, "sys/unseal", map[string]string{"key": v.UnsealKey})
	if sealed := fmt.Sprint(answer["sealed"]); sealed != "false" {
		t.Fatalf("Vault is still sealed: %v", answer)
	}
}
