package duration_test

import (
	"encoding/json"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/connector/duration"
)

// TestText: a length of time is written alike in JSON and YAML.
func TestText(t *testing.T) {
	for name, read := range map[string]func([]byte, any) error{"JSON": json.Unmarshal, "YAML": yaml.Unmarshal} {
		t.Run(name, func(t *testing.T) {
			var got struct{ Wait duration.Duration }
			err := read([]byte(`{"wait": "1m30s"}`), &got)
			if want := duration.Duration(90 * time.Second); err != nil || got.Wait != want {
				t.Errorf("read %v, %v", got, err)
			}
			if err := read([]byte(`{"wait": "soon"}`), &got); err == nil {
				t.Error("soon is a duration")
			}
		})
	}
	if text, err := json.Marshal(duration.Duration(45 * time.Second)); err != nil || string(text) != `"45s"` {
		t.Errorf("wrote %s, %v", text, err)
	}
}
