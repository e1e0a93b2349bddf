// Package helm_test renders and lints deploy/helm/sealkeeper with Helm itself, and reads what comes
// out as Kubernetes would.
package helm_test

import (
	"bytes"
	"io"
	"log"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

const (
	folder    = "../../deploy/helm/sealkeeper"
	namespace = "payments"
)

// least is what nobody can do without.
const least = `
publicURL: https://sealkeeper.example
database: {secretName: sealkeeper-database}
vault: {address: "https://vault.example:8200", jwtRole: sealkeeper}
`

// most switches on everything that can be.
const most = `
publicURL: https://sealkeeper.example
database: {secretName: sealkeeper-database}
replicaCount: 3
image: {repository: registry.example/sealkeeper, digest: "sha256:` +
	`0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", pullSecrets: [registry]}
config:
  trusted_proxies: [10.1.2.0/24]
  alerts: {smtp: {host: mail.example, password_file: /etc/sealkeeper/secrets/mail/password}}
env:
  OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318"
  OTEL_TRACES_SAMPLER_ARG: 0.1
  SEALKEEPER_BACKUP_RECIPIENTS_FILE: /etc/sealkeeper/secrets/mail/recipients
  SEALKEEPER_ALERTS_SMTP_PASSWORD_FILE: /etc/sealkeeper/secrets/mail/password
envFromSecrets: [otel]
secretFiles: [mail]
migration: {job: true, secretName: sealkeeper-owner}
backup: {enabled: true, claimName: backups}
vault: {address: "https://vault.example:8200", jwtRole: sealkeeper, snapshot: {claimName: snapshots, maxAge: 30h}}
ingress: {enabled: true, className: nginx, host: sealkeeper.example, tlsSecretName: tls}
networkPolicy:
  from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}]
  metricsFrom: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
  databaseTo: [{ipBlock: {cidr: 10.2.0.0/16}}]
  vaultTo: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: vault}}}]
  internetTo: [{ipBlock: {cidr: 0.0.0.0/0}}]
  extraEgress: [{to: [{podSelector: {}}], ports: [{port: 4318}]}]
serviceMonitor: {enabled: true, labels: {release: prometheus}}
prometheusRule: {enabled: true, labels: {release: prometheus}}
podAnnotations: {a: b}
podLabels: {c: d}
nodeSelector: {kubernetes.io/os: linux}
tolerations: [{key: x, operator: Exists}]
affinity: {nodeAffinity: {}}
priorityClassName: high
`

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // the loader says of each symbolic link that it follows it
	os.Exit(m.Run())
}

func values(t *testing.T, text string) map[string]any {
	t.Helper()
	v, err := chartutil.ReadValues([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func load(t *testing.T) *chart.Chart {
	t.Helper()
	c, err := loader.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func render(t *testing.T, text string) ([]string, error) {
	t.Helper()
	c := load(t)
	with, err := chartutil.ToRenderValues(c, values(t, text),
		chartutil.ReleaseOptions{Name: "sealkeeper", Namespace: namespace, IsInstall: true}, nil)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(c, with)
	var documents []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(name, ".yaml") {
			documents = append(documents, regexp.MustCompile(`(?m)^---$`).Split(files[name], -1)...)
		}
	}
	return documents, err
}

// kinds are the types as which documents are read, nothing left over. Those of the Prometheus operator are not
// Kubernetes' own.
func kinds() map[string]any {
	return map[string]any{
		"apps/v1/Deployment":                      &apps.Deployment{},
		"batch/v1/Job":                            &batch.Job{},
		"batch/v1/CronJob":                        &batch.CronJob{},
		"v1/ConfigMap":                            &core.ConfigMap{},
		"v1/Service":                              &core.Service{},
		"v1/ServiceAccount":                       &core.ServiceAccount{},
		"networking.k8s.io/v1/Ingress":            &networking.Ingress{},
		"networking.k8s.io/v1/NetworkPolicy":      &networking.NetworkPolicy{},
		"policy/v1/PodDisruptionBudget":           &policy.PodDisruptionBudget{},
		"monitoring.coreos.com/v1/ServiceMonitor": &map[string]any{},
		"monitoring.coreos.com/v1/PrometheusRule": &map[string]any{},
	}
}

// read reads every document strictly.
func read(t *testing.T, documents []string) map[string][]any {
	t.Helper()
	all := map[string][]any{}
	for _, document := range documents {
		var head struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		if head.Kind == "" {
			continue
		}
		name := head.APIVersion + "/" + head.Kind
		object, known := kinds()[name]
		if !known {
			t.Errorf("the chart makes a %s", name)
			continue
		}
		if err := yaml.UnmarshalStrict([]byte(document), object); err != nil {
			t.Errorf("%s: %v\n%s", name, err, document)
		}
		all[name] = append(all[name], object)
	}
	return all
}

func TestLint(t *testing.T) {
	for _, text := range []string{least, most} {
		for _, m := range lint.All(folder, values(t, text), namespace, true).Messages {
			if m.Severity > support.InfoSev {
				t.Error(m)
			}
		}
	}
}

func TestEverythingIsWhatKubernetesReads(t *testing.T) {
	for name, test := range map[string]struct {
		values string
		counts map[string]int
	}{
		"least": {least, map[string]int{"apps/v1/Deployment": 1, "v1/ConfigMap": 1, "v1/Service": 2}},
		"most": {most, map[string]int{
			"apps/v1/Deployment":                      1,
			"batch/v1/Job":                            1,
			"batch/v1/CronJob":                        1,
			"v1/ConfigMap":                            2,
			"networking.k8s.io/v1/Ingress":            1,
			"monitoring.coreos.com/v1/PrometheusRule": 1,
		}},
	} {
		documents, err := render(t, test.values)
		if err != nil {
			t.Fatal(err)
		}
		all := read(t, documents)
		for kind, n := range test.counts {
			if len(all[kind]) != n {
				t.Errorf("%s: %d of %s", name, len(all[kind]), kind)
			}
		}
		pods := map[string]core.PodSpec{}
		for _, d := range all["apps/v1/Deployment"] {
			pods["Deployment"] = d.(*apps.Deployment).Spec.Template.Spec
		}
		for _, j := range all["batch/v1/Job"] {
			pods["Job"] = j.(*batch.Job).Spec.Template.Spec
		}
		for _, c := range all["batch/v1/CronJob"] {
			pods["CronJob"] = c.(*batch.CronJob).Spec.JobTemplate.Spec.Template.Spec
		}
		for kind, pod := range pods {
			for _, problem := range unrestricted(pod) {
				t.Errorf("%s, %s: %s", name, kind, problem)
			}
		}
		for _, c := range all["v1/ConfigMap"] {
			checkConfig(t, c.(*core.ConfigMap).Data["config.yaml"])
		}
	}
}

// unrestricted says what the standard "restricted" of Pod Security would refuse, and what we ask beside it.
func unrestricted(pod core.PodSpec) (problems []string) {
	of := pod.SecurityContext
	if of == nil || of.RunAsNonRoot == nil || !*of.RunAsNonRoot || of.SeccompProfile == nil ||
		of.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
		problems = append(problems, "the pod runs as anybody")
	}
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		problems = append(problems, "the token of Kubernetes is mounted")
	}
	for _, c := range pod.Containers {
		its := c.SecurityContext
		if its == nil || its.AllowPrivilegeEscalation == nil || *its.AllowPrivilegeEscalation ||
			its.ReadOnlyRootFilesystem == nil || !*its.ReadOnlyRootFilesystem || its.Capabilities == nil ||
			!slices.Equal(its.Capabilities.Drop, []core.Capability{"ALL"}) || len(its.Capabilities.Add) > 0 {
			problems = append(problems, "the container may do too much")
		}
		if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
			problems = append(problems, "it has no resources")
		}
		for _, mount := range c.VolumeMounts {
			if !slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool { return v.Name == mount.Name }) {
				problems = append(problems, "there is no volume "+mount.Name)
			}
		}
	}
	for _, v := range pod.Volumes {
		if v.Secret != nil && (v.Secret.DefaultMode == nil || *v.Secret.DefaultMode != 0o440) {
			problems = append(problems, "the Secret "+v.Secret.SecretName+" is mounted with another mode than 0440")
		}
		if v.HostPath != nil {
			problems = append(problems, "a folder of the node is mounted")
		}
	}
	return problems
}

// checkConfig looks for each setting in the manual, which a test of the service compares with the program.
func checkConfig(t *testing.T, text string) {
	t.Helper()
	manual, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var config map[string]any
	if err := yaml.Unmarshal([]byte(text), &config); err != nil || config["public_url"] == nil {
		t.Fatalf("%v in %s", err, text)
	}
	var walk func(prefix string, tree map[string]any)
	walk = func(prefix string, tree map[string]any) {
		for key, value := range tree {
			if below, ok := value.(map[string]any); ok {
				walk(prefix+key+".", below)
				continue
			}
			if !bytes.Contains(manual, []byte("`"+prefix+key+"`")) {
				t.Errorf("there is no setting %s%s", prefix, key)
			}
		}
	}
	walk("", config)
}

// TestProbesAskWhatTheServiceAnswers: probes are of the operators' listener, and the one for people
// does not lead there.
func TestProbesAskWhatTheServiceAnswers(t *testing.T) {
	documents, err := render(t, most)
	if err != nil {
		t.Fatal(err)
	}
	all := read(t, documents)
	c := all["apps/v1/Deployment"][0].(*apps.Deployment).Spec.Template.Spec.Containers[0]
	for path, probe := range map[string]*core.Probe{
		"/healthz": c.LivenessProbe,
		"/readyz":  c.ReadinessProbe,
	} {
		if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != path ||
			probe.HTTPGet.Port.String() != "operators" {
			t.Errorf("%s is asked by %+v", path, probe)
		}
	}
	for _, s := range all["v1/Service"] {
		service := s.(*core.Service)
		for _, port := range service.Spec.Ports {
			if port.Name == "operators" && service.Spec.ClusterIP != core.ClusterIPNone {
				t.Errorf("%s leads to what operators ask", service.Name)
			}
		}
	}
	rule := *all["monitoring.coreos.com/v1/PrometheusRule"][0].(*map[string]any)
	own, err := os.ReadFile("../../deploy/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := yaml.Marshal(rule["spec"])
	if err != nil {
		t.Fatal(err)
	}
	var want any
	if err := yaml.Unmarshal(own, &want); err != nil {
		t.Fatal(err)
	}
	if expected, err := yaml.Marshal(want); err != nil || !bytes.Equal(got, expected) {
		t.Errorf("%v: the rules are not those of deploy/prometheus:\n%s", err, got)
	}
}

// TestEverythingHasTheSameSettings: a backup is encrypted for whom the service's settings name, and a job reads the
// files that they name.
func TestEverythingHasTheSameSettings(t *testing.T) {
	documents, err := render(t, most)
	if err != nil {
		t.Fatal(err)
	}
	all := read(t, documents)
	server := all["apps/v1/Deployment"][0].(*apps.Deployment).Spec.Template.Spec
	if of := server.Containers[0]; len(of.Env) != 4 || len(of.EnvFrom) != 1 {
		t.Fatalf("the service has %v, and %v", of.Env, of.EnvFrom)
	}
	for kind, pod := range map[string]core.PodSpec{
		"backup":    all["batch/v1/CronJob"][0].(*batch.CronJob).Spec.JobTemplate.Spec.Template.Spec,
		"migration": all["batch/v1/Job"][0].(*batch.Job).Spec.Template.Spec,
	} {
		its := pod.Containers[0]
		if !reflect.DeepEqual(its.Env, server.Containers[0].Env) ||
			!reflect.DeepEqual(its.EnvFrom, server.Containers[0].EnvFrom) {
			t.Errorf("%s: it has %v, and %v", kind, its.Env, its.EnvFrom)
		}
		if !slices.ContainsFunc(its.VolumeMounts, func(m core.VolumeMount) bool {
			return m.Name == "secret-mail" && m.MountPath == "/etc/sealkeeper/secrets/mail" && m.ReadOnly
		}) || !slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool {
			return v.Name == "secret-mail" && v.Secret != nil && v.Secret.SecretName == "mail"
		}) {
			t.Errorf("%s: it has no file with the secret that a setting names", kind)
		}
	}
	for _, v := range server.Volumes {
		if v.Name == "tmp" &&
			(v.EmptyDir.Medium != core.StorageMediumDefault || v.EmptyDir.SizeLimit.Value() < 5*500_000_000) {
			t.Errorf("there is no room for registers that are imported: %+v", v.EmptyDir)
		}
	}
}

// TestSnapshotOfVaultIsLookedAt: replicas read the file that says when it was taken, and nobody writes it.
func TestSnapshotOfVaultIsLookedAt(t *testing.T) {
	documents, err := render(t, most)
	if err != nil {
		t.Fatal(err)
	}
	all := read(t, documents)
	var config struct {
		Vault struct {
			SnapshotFile   string `json:"snapshot_file"`
			SnapshotMaxAge string `json:"snapshot_max_age"`
		} `json:"vault"`
	}
	for _, c := range all["v1/ConfigMap"] {
		if err := yaml.Unmarshal([]byte(c.(*core.ConfigMap).Data["config.yaml"]), &config); err != nil {
			t.Fatal(err)
		}
	}
	if config.Vault.SnapshotFile != "/run/sealkeeper/snapshots/vault-snapshot" || config.Vault.SnapshotMaxAge != "30h" {
		t.Errorf("the service looks at %+v", config.Vault)
	}
	server := all["apps/v1/Deployment"][0].(*apps.Deployment).Spec.Template.Spec
	if !slices.ContainsFunc(server.Containers[0].VolumeMounts, func(m core.VolumeMount) bool {
		return m.Name == "snapshots" && m.MountPath == "/run/sealkeeper/snapshots" && m.ReadOnly
	}) || !slices.ContainsFunc(server.Volumes, func(v core.Volume) bool {
		of := v.PersistentVolumeClaim
		return v.Name == "snapshots" && of != nil && of.ClaimName == "snapshots" && of.ReadOnly
	}) {
		t.Errorf("the volume is not there to be read: %+v", server.Volumes)
	}
}

// TestWhoIsSelected: requests are sent to what answers them, and never to a job; the network policy is for both.
func TestWhoIsSelected(t *testing.T) {
	documents, err := render(t, most)
	if err != nil {
		t.Fatal(err)
	}
	all := read(t, documents)
	server := all["apps/v1/Deployment"][0].(*apps.Deployment).Spec.Template.Labels
	jobs := []map[string]string{
		all["batch/v1/Job"][0].(*batch.Job).Spec.Template.Labels,
		all["batch/v1/CronJob"][0].(*batch.CronJob).Spec.JobTemplate.Spec.Template.Labels,
	}
	selects := func(selector, labels map[string]string) bool {
		for key, value := range selector {
			if labels[key] != value {
				return false
			}
		}
		return len(selector) > 0
	}
	selectors := []map[string]string{
		all["apps/v1/Deployment"][0].(*apps.Deployment).Spec.Selector.MatchLabels,
		all["policy/v1/PodDisruptionBudget"][0].(*policy.PodDisruptionBudget).Spec.Selector.MatchLabels,
	}
	for _, s := range all["v1/Service"] {
		selectors = append(selectors, s.(*core.Service).Spec.Selector)
	}
	for _, selector := range selectors {
		if !selects(selector, server) || selects(selector, jobs[0]) || selects(selector, jobs[1]) {
			t.Errorf("%v selects others than what answers requests", selector)
		}
	}
	of := all["networking.k8s.io/v1/NetworkPolicy"][0].(*networking.NetworkPolicy).Spec.PodSelector.MatchLabels
	if !selects(of, server) || !selects(of, jobs[0]) || !selects(of, jobs[1]) {
		t.Errorf("the network policy is for %v alone", of)
	}
}

// TestValuesThatAreRefused: a secret cannot be among the values, and what lacks or is misspelt is
// said before anything is made.
func TestValuesThatAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                 ``,
		"http":                    strings.Replace(least, "https://sealkeeper", "http://sealkeeper", 1),
		"no database":             strings.Replace(least, "secretName", "secretKey", 1),
		"database's address":      least + `config: {database: {dsn: "postgres://u:p@h/d"}}`,
		"secret variable":         least + `env: {SEALKEEPER_VAULT_TOKEN: x}`,
		"database's password":     least + `env: {PGPASSWORD: x}`,
		"master passphrase":       least + `env: {SEALKEEPER_MASTER_PASSPHRASE: x}`,
		"some password":           least + `env: {SEALKEEPER_ALERTS_SMTP_PASSWORD: x}`,
		"some secret":             least + `env: {AWS_SECRET_ACCESS_KEY: x}`,
		"some token":              least + `env: {API_TOKEN: x}`,
		"a file's contents":       least + `env: {TOKEN_FILES: x}`,
		"collector's password":    least + `env: {OTEL_EXPORTER_OTLP_HEADERS: "authorization=x"}`,
		"misspelt":                least + `replicas: 3`,
		"Ingress without host":    least + `ingress: {enabled: true}`,
		"Job without its address": least + `migration: {job: true}`,
		"backup into nothing":     least + `backup: {enabled: true}`,
		"nobody's account":        least + `serviceAccount: {create: false}`,
		"a path of a snapshot": strings.Replace(least, "jwtRole",
			"snapshot: {claimName: snapshots, file: ../../etc/x}, jwtRole", 1),
	} {
		if _, err := render(t, text); err == nil {
			t.Errorf("%s: it is rendered", name)
		}
	}
}
