package layout_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/lab/required"
)

// compose is the part of docker-compose.yml that refers to other things.
type compose struct {
	Services map[string]struct {
		Image     string
		Build     string
		Command   []string
		Volumes   []string
		Secrets   []string
		EnvFile   []string                              `yaml:"env_file"`
		DependsOn map[string]struct{ Condition string } `yaml:"depends_on"`
	}
	Volumes map[string]any
	Secrets map[string]struct{ File string }
}

func readCompose(t *testing.T) compose {
	t.Helper()
	var c compose
	if err := yaml.Unmarshal(readRoot(t, "docker-compose.yml"), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Services) == 0 {
		t.Fatal("docker-compose.yml has no services")
	}
	return c
}

func readRoot(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestComposeRefersToWhatExists(t *testing.T) {
	c := readCompose(t)
	for name, service := range c.Services {
		for _, volume := range service.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if strings.HasPrefix(source, ".") {
				readRoot(t, source)
			} else if _, declared := c.Volumes[source]; !declared {
				t.Errorf("%s mounts %s, which is no volume", name, source)
			}
		}
		for _, s := range service.Secrets {
			if _, declared := c.Secrets[s]; !declared {
				t.Errorf("%s uses %s, which is no secret", name, s)
			}
		}
		for other := range service.DependsOn {
			if _, declared := c.Services[other]; !declared {
				t.Errorf("%s depends on %s, which is no service", name, other)
			}
		}
	}
}

func TestComposeSecretsAreMadeUp(t *testing.T) {
	script := string(readRoot(t, "deploy/compose-secrets"))
	ignored := string(readRoot(t, "deploy/.gitignore"))
	if !strings.Contains(ignored, "/secrets/") {
		t.Error("deploy/secrets is not ignored by git")
	}
	for name, s := range readCompose(t).Secrets {
		path, inside := strings.CutPrefix(s.File, "./deploy/")
		if !inside || !strings.Contains(script, path) {
			t.Errorf("deploy/compose-secrets does not write %s (%s)", s.File, name)
		}
	}
}

var secretFile = regexp.MustCompile(`/run/secrets/(\w+)`)

// The configuration must load, and the files it names be there for the service that reads them.
func TestComposeConfiguration(t *testing.T) {
	loaded, err := config.Load("../../deploy/config.yaml",
		[]string{"SEALKEEPER_DATABASE_DSN=postgres://postgres/sealkeeper"})
	if err != nil {
		t.Fatal(err)
	}
	c := readCompose(t)
	for _, file := range c.Services["sealkeeper"].EnvFile {
		written := strings.TrimPrefix(file, "./deploy/")
		if script := string(readRoot(t, "deploy/compose-secrets")); !strings.Contains(script, written) {
			t.Errorf("deploy/compose-secrets does not write %s", file)
		}
	}
	for _, found := range secretFile.FindAllStringSubmatch(string(readRoot(t, "deploy/config.yaml")), -1) {
		if !slices.Contains(c.Services["sealkeeper"].Secrets, found[1]) {
			t.Errorf("sealkeeper is not given the secret %s", found[1])
		}
	}
	for _, file := range []string{loaded.Vault.RoleIDFile, loaded.Vault.SecretIDFile} {
		if !slices.Contains(c.Services["bootstrap"].Command, file) {
			t.Errorf("bootstrap does not write %s", file)
		}
	}
}

// The image is built from a list of folders; one that is not listed is missing from it.
func TestImageHasEveryFolder(t *testing.T) {
	listedFolders := strings.Split(string(readRoot(t, ".dockerignore")), "\n")
	for _, p := range listed(t) {
		folder, _, _ := strings.Cut(strings.TrimPrefix(p.ImportPath, module+"/"), "/")
		if folder != "lab" && !slices.Contains(listedFolders, "!"+folder) {
			t.Errorf(".dockerignore leaves out %s: add !%s", p.ImportPath, folder)
		}
	}
}

// TestSystemdUnits: systemd takes the units, they stay hardened, and they run commands that exist.
func TestSystemdUnits(t *testing.T) {
	analyze := required.Program(t, "systemd-analyze")
	units, err := filepath.Glob("../../deploy/systemd/*.*")
	if err != nil || len(units) < 3 {
		t.Fatalf("the units: %v, %v", units, err)
	}
	dir := t.TempDir() // with a program that is on this machine
	var all []string
	for _, unit := range units {
		if strings.HasSuffix(unit, ".sysusers") {
			continue
		}
		text := string(readRoot(t, strings.TrimPrefix(unit, "../../")))
		if !strings.HasSuffix(unit, ".timer") && !strings.Contains(text, "ExecStart=/usr/bin/sealkeeper ") {
			t.Errorf("%s does not run sealkeeper", unit)
		}
		path := filepath.Join(dir, filepath.Base(unit))
		text = strings.ReplaceAll(text, "/usr/bin/sealkeeper", "/bin/true")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all = append(all, path)
		if strings.HasSuffix(unit, ".service") {
			out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=15",
				path).CombinedOutput()
			if err != nil {
				t.Errorf("%s is more exposed than 1.5 of 10:\n%s", unit, out)
			}
		}
	}
	out, err := exec.CommandContext(t.Context(), analyze, append([]string{"verify"}, all...)...).CombinedOutput()
	if err != nil || len(strings.TrimSpace(string(out))) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// What is built and started is what was looked at: nobody can move the tag of an image under it. `make pin-images`
// writes newer digests.
func TestImagesHaveDigests(t *testing.T) {
	named := regexp.MustCompile(`(?m)^(?:# syntax=|FROM |\s*image: )(.*)$`)
	pinned := regexp.MustCompile(`^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}( AS \w+)?$`)
	for _, name := range []string{"Dockerfile", "docker-compose.yml"} {
		found := named.FindAllStringSubmatch(string(readRoot(t, name)), -1)
		if len(found) < 3 {
			t.Errorf("%s names %d images", name, len(found))
		}
		for _, image := range found {
			if image[1] != "sealkeeper" && !pinned.MatchString(image[1]) {
				t.Errorf("%s: %s has no digest", name, image[1])
			}
		}
	}
}
