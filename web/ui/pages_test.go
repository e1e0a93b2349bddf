package ui_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

func TestFirst(t *testing.T) {
	s := newStack(t)
	b := s.signedIn(t, "Ada", access.Admin)
	for _, p := range []string{"/", "/certificates", "/certificates/upload", "/institutions", "/institutions/soc-gen-personal-sandbox", "/firm", "/registrations", "/audit"} {
		b.get(p).want(t, 200)
	}
	b.get("/nothing").want(t, 404)
}
