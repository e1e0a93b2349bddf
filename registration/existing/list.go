package existing

import (
	"bytes"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/secret"
)

// The bounds of a list.
const (
	MaxList    = 4 << 20 // bytes
	MaxSecrets = 1 << 20 // bytes
	MaxLines   = 2000    // registrations
	maxParties = 200     // organizations, and applications
	maxField   = 2000    // bytes of one value
	maxSecret  = 1000    // bytes of one secret
)

// Complaint is one thing that is wrong, and where. The line is of the file, from 1.
type Complaint struct {
	Line int
	Err  *fault.Error
}

type complaints struct {
	all []Complaint
}

// maxComplaints is how many mistakes are told; a list with more is no better known by them.
const maxComplaints = 1000

func (c *complaints) add(line int, err error) {
	if len(c.all) == maxComplaints {
		return
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		c.all = append(c.all, Complaint{line, e})
	}
}

func (c *complaints) say(line int, code, format string, args ...any) {
	c.add(line, fault.New(fault.Invalid, code, format, args...))
}

// sorted are the complaints in the order of the file.
func (c *complaints) sorted() []Complaint {
	slices.SortStableFunc(c.all, func(a, b Complaint) int { return a.Line - b.Line })
	return c.all
}

// at reports whether there is a complaint about the lines from first to last.
func (c *complaints) at(first, last int) bool {
	return slices.ContainsFunc(c.all, func(x Complaint) bool { return first <= x.Line && x.Line <= last })
}

// The list as it is in the file. Each has the line on which it begins and the one on which it ends.
type (
	list struct {
		organizations []organizationEntry
		applications  []applicationEntry
		registrations []registrationEntry
	}
	span              struct{ first, last int }
	organizationEntry struct {
		span
		identifier, legalName, country, contactEmail string
	}
	applicationEntry struct {
		span
		organization, name, clientURI, termsURI string
		redirectURIs                            []string
	}
	registrationEntry struct {
		span
		organization, application, institution       string
		clientID, secretName, qwac, qsealc           string
		portalAccount, customerName, agreementNumber string
		doneOn                                       calendar.Date
		misdated                                     bool // its done_on is no day
		note                                         string
		credentials                                  map[string]credentialEntry
		steps                                        map[string]stepEntry
	}
	credentialEntry struct {
		line int
		text string // its value; of a secret the name that it has in the file with the secrets
	}
	stepEntry struct {
		line     int
		on       calendar.Date
		note     string
		evidence []evidenceEntry
	}
	evidenceEntry struct {
		name, sha256 string
	}
)

var yamlLine = regexp.MustCompile(`line (\d+)`)

// Decode reads a list, or what of it there is room for, as the service reads it.
func Decode(data []byte, into any) error {
	document, err := readDocument(data, MaxList, "list")
	if err != nil {
		return err
	}
	return document.Decode(into)
}

// readDocument parses YAML or JSON, which is YAML. Of the parser's own words only the line is repeated.
func readDocument(data []byte, limit int, what string) (*yaml.Node, error) {
	if len(data) > limit {
		return nil, fault.New(fault.TooLarge, "import_too_large", "The %s has more than %d KB; split it.", what,
			limit>>10)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) || bytes.ContainsRune(data, 0) {
		return nil, fault.New(fault.Invalid, "import_not_text", "The %s is not text in UTF-8; save it so.", what)
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	if trimmed := bytes.TrimLeft(data, " \t\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		data = bytes.ReplaceAll(data, []byte("\t"), []byte(" ")) // JSON has no other tabs than between its values
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		line := "1"
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line = m[1]
		}
		return nil, fault.New(fault.Invalid, "import_syntax",
			"The %s cannot be read as YAML or JSON: look at line %s and the one before it.", what, line)
	}
	var more yaml.Node
	if decoder.Decode(&more) == nil || len(document.Content) != 1 {
		return nil, fault.New(fault.Invalid, "import_documents", "The %s has to be one YAML or JSON document.", what)
	}
	return document.Content[0], nil
}

// reader reads values out of nodes and complains about what it cannot take.
type reader struct{ complaints }

// mapping returns the values of a mapping by their names; others than those known are complained about.
func (r *reader) mapping(n *yaml.Node, known ...string) map[string]*yaml.Node {
	values := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		r.say(n.Line, "import_shape", "Here names with values are expected, as in the example: %s.",
			strings.Join(known, ", "))
		return values
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch _, twice := values[key.Value]; {
		case twice:
			r.say(key.Line, "import_field_twice", "%s is given twice here; give it once.", key.Value)
		case len(known) > 0 && !slices.Contains(known, key.Value):
			r.say(key.Line, "import_field_unknown", "There is nothing of that name here; it takes %s.",
				strings.Join(known, ", "))
		default:
			values[key.Value] = value
		}
	}
	return values
}

func (r *reader) sequence(n *yaml.Node, most int, name string) []*yaml.Node {
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.say(n.Line, "import_shape_list", "%s has to be a list, as in the example.", name)
		return nil
	}
	if len(n.Content) > most {
		r.say(n.Line, "import_too_many", "There are more than %d %s; split the list.", most, name)
		return nil
	}
	return n.Content
}

// text is the value of a scalar without blanks around it; "" where there is none.
func (r *reader) text(values map[string]*yaml.Node, name string) string {
	n := values[name]
	if n == nil || n.Tag == "!!null" {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		r.say(n.Line, "import_shape_text", "%s has to be one value.", name)
		return ""
	}
	if len(n.Value) > maxField {
		r.say(n.Line, "import_value_long", "%s is longer than %d characters.", name, maxField)
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (r *reader) day(values map[string]*yaml.Node, name string) calendar.Date {
	text := r.text(values, name)
	if text == "" {
		return calendar.Date{}
	}
	day, err := calendar.Parse(text)
	if err != nil {
		r.say(values[name].Line, "import_day_invalid", "%s is not a day of the form 2024-05-17.", name)
	}
	return day
}

// end is the last line of a node.
func end(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, end(c))
	}
	return last
}

func spanOf(n *yaml.Node) span { return span{n.Line, end(n)} }

func readList(data []byte) (list, *reader, error) {
	r := &reader{}
	root, err := readDocument(data, MaxList, "list")
	if err != nil {
		return list{}, r, err
	}
	if aliased(root) {
		return list{}, r, fault.New(fault.Invalid, "import_alias",
			"The list has anchors or aliases of YAML (& and *); write the values out.")
	}
	var l list
	parts := r.mapping(root, "organizations", "applications", "registrations")
	for _, n := range r.sequence(parts["organizations"], maxParties, "organizations") {
		l.organizations = append(l.organizations, r.organization(n))
	}
	for _, n := range r.sequence(parts["applications"], maxParties, "applications") {
		l.applications = append(l.applications, r.application(n))
	}
	for _, n := range r.sequence(parts["registrations"], MaxLines, "registrations") {
		l.registrations = append(l.registrations, r.registration(n))
	}
	if len(l.registrations) == 0 && len(r.all) == 0 {
		r.say(root.Line, "import_empty", "The list has no registrations.")
	}
	return l, r, nil
}

func aliased(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || n.Anchor != "" || slices.ContainsFunc(n.Content, aliased)
}

func (r *reader) organization(n *yaml.Node) organizationEntry {
	v := r.mapping(n, "identifier", "legal_name", "country", "contact_email")
	return organizationEntry{
		span:         spanOf(n),
		identifier:   r.text(v, "identifier"),
		legalName:    r.text(v, "legal_name"),
		country:      r.text(v, "country"),
		contactEmail: r.text(v, "contact_email"),
	}
}

func (r *reader) application(n *yaml.Node) applicationEntry {
	v := r.mapping(n, "organization", "name", "redirect_uris", "client_uri", "terms_uri")
	a := applicationEntry{
		span:         spanOf(n),
		organization: r.text(v, "organization"),
		name:         r.text(v, "name"),
		clientURI:    r.text(v, "client_uri"),
		termsURI:     r.text(v, "terms_uri"),
	}
	for _, uri := range r.sequence(v["redirect_uris"], maxParties, "redirect_uris") {
		a.redirectURIs = append(a.redirectURIs, r.text(map[string]*yaml.Node{"redirect_uris": uri}, "redirect_uris"))
	}
	return a
}

func (r *reader) registration(n *yaml.Node) registrationEntry {
	v := r.mapping(n, "organization", "application", "institution", "client_id", "secret", "qwac", "qsealc",
		"credentials", "portal_account", "customer_name", "agreement_number", "done_on", "note", "steps")
	e := registrationEntry{
		span:            spanOf(n),
		organization:    r.text(v, "organization"),
		application:     r.text(v, "application"),
		institution:     r.text(v, "institution"),
		clientID:        r.text(v, "client_id"),
		secretName:      r.text(v, "secret"),
		qwac:            r.fingerprint(v, "qwac"),
		qsealc:          r.fingerprint(v, "qsealc"),
		portalAccount:   r.text(v, "portal_account"),
		customerName:    r.text(v, "customer_name"),
		agreementNumber: r.text(v, "agreement_number"),
		doneOn:          r.day(v, "done_on"),
		note:            r.text(v, "note"),
		credentials:     map[string]credentialEntry{},
		steps:           map[string]stepEntry{},
	}
	e.misdated = e.doneOn.IsZero() && r.text(v, "done_on") != ""
	if e.secretName == "" {
		e.secretName = e.clientID
	}
	if further := v["credentials"]; further != nil {
		given := r.mapping(further)
		for id, node := range given {
			e.credentials[id] = credentialEntry{node.Line, r.text(given, id)}
		}
	}
	if steps := v["steps"]; steps != nil {
		for id, node := range r.mapping(steps) {
			s := r.mapping(node, "on", "note", "evidence")
			e.steps[id] = stepEntry{node.Line, r.day(s, "on"), r.text(s, "note"), r.evidence(s["evidence"])}
		}
	}
	return e
}

// maxEvidence bounds the files that a list names for one step, as a step's files are bounded.
const maxEvidence = 50

// evidence reads names of files with their SHA-256. The files themselves follow, once two people have agreed to these.
func (r *reader) evidence(n *yaml.Node) []evidenceEntry {
	if n == nil {
		return nil
	}
	files := r.mapping(n)
	if len(files) > maxEvidence {
		r.say(n.Line, "import_evidence_many", "A step has at most %d files.", maxEvidence)
		return nil
	}
	var all []evidenceEntry
	for _, name := range slices.Sorted(maps.Keys(files)) {
		digest := strings.ToLower(r.text(files, name))
		if name != evidence.CleanName(name) || !sha256Hex.MatchString(digest) {
			r.say(files[name].Line, "import_evidence_invalid",
				"Evidence is the name of a file, without its folder, and the file's SHA-256: 64 hexadecimal digits.")
			continue
		}
		all = append(all, evidenceEntry{name, digest})
	}
	return all
}

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// fingerprint takes a SHA-256 as programs print it: with colons or without, in capitals or not.
func (r *reader) fingerprint(values map[string]*yaml.Node, name string) string {
	text := strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(r.text(values, name)))
	if text != "" && !sha256Hex.MatchString(text) {
		r.say(values[name].Line, "import_fingerprint_invalid",
			"%s has to be the SHA-256 of the certificate: 64 hexadecimal digits.", name)
		return ""
	}
	return text
}

// readSecrets reads secrets by their names. Nothing of the file is repeated in an error.
func readSecrets(file secret.Text) (map[string]string, error) {
	if file.Empty() {
		return nil, nil
	}
	root, err := readDocument([]byte(file.Reveal()), MaxSecrets, "file with the secrets")
	if err != nil {
		return nil, err
	}
	if root.Kind != yaml.MappingNode {
		return nil, fault.New(fault.Invalid, "import_secrets_shape",
			"The file with the secrets has to be a client id and its secret on each line, as in: my-client-id: "+
				"\"secret\".")
	}
	secrets := make(map[string]string, len(root.Content)/2)
	for i := 0; i+1 < len(root.Content); i += 2 {
		name, value := root.Content[i], root.Content[i+1]
		_, twice := secrets[name.Value]
		// What stands behind a blank and a # is a comment of YAML, and may be the end of a secret.
		if twice || value.Kind != yaml.ScalarNode || value.Value == "" || len(value.Value) > maxSecret ||
			value.LineComment != "" {
			return nil, fault.New(fault.Invalid, "import_secret_invalid",
				"Line %d of the file with the secrets is not one name with one secret, each in double quotes, "+
					"or the name "+
					"was there before.",
				name.Line)
		}
		secrets[name.Value] = value.Value
	}
	return secrets, nil
}
