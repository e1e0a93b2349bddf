package required_test

import (
	"runtime"
	"testing"

	"github.com/sealkeeper/sealkeeper/lab/required"
)

// ended is a test that remembers how it ended.
type ended struct {
	testing.TB
	how string
}

func (e *ended) Helper() {}

func (e *ended) Fatal(...any) {
	e.how = "failed"
	runtime.Goexit()
}

func (e *ended) Skip(...any) {
	e.how = "skipped"
	runtime.Goexit()
}

func TestProgramThatIsNotThere(t *testing.T) {
	for name, c := range map[string]struct{ required, program, how string }{
		"nothing is required":     {"", "no-such-program", "skipped"},
		"another is required":     {"vault,postgres", "no-such-program", "skipped"},
		"a longer name":           {"vault,no-such-program-2", "no-such-program", "skipped"},
		"it is required":          {"vault,no-such-program", "no-such-program", "failed"},
		"it is there":             {"go", "go", ""},
		"it is there, unrequired": {"", "go", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SEALKEEPER_REQUIRE", c.required)
			test := &ended{TB: t}
			done := make(chan struct{})
			go func() {
				defer close(done)
				required.Program(test, c.program)
			}()
			<-done
			if test.how != c.how {
				t.Errorf("the test ended %q, want %q", test.how, c.how)
			}
		})
	}
}
