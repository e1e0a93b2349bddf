package register_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs/register"
)

var now = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

const disclaimer = `[{"disclaimer":"This Register has no legal significance"}]`

// firm is an institution as the EBA's register writes one.
func firm(owner, kind, number, dates, services string) string {
	return fmt.Sprintf(`{"CA_OwnerID":%q,"EntityCode":"%s!1","EntityType":%q,"Properties":[{"ENT_NAT_REF_COD":%q},`+
		`{"ENT_NAM":["Пример","Example"]},{"ENT_COU_RES":%q},{"ENT_AUT":%s}],"Services":[%s],`+
		`"__EBA_EntityVersion":"20261128213506543"}`, owner, owner, kind, number, owner[:2], dates, services)
}

const both = `{"FR":["PS_070","PS_080"]},{"DE":"PS_080"}`

func eba(entities ...string) string {
	return "[" + disclaimer + ",[" + strings.Join(entities, ",") + "]]"
}

func read(t *testing.T, text string, layout *register.Layout) (register.Result, error) {
	t.Helper()
	return register.Read(strings.NewReader(text), int64(len(text)), register.How{
		Layout: layout,
		Wants:  func(string) bool { return true },
		Now:    now,
	})
}

func must(t *testing.T, text string, layout *register.Layout) register.Result {
	t.Helper()
	r, err := read(t, text, layout)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKeys(t *testing.T) {
	for _, tt := range []struct{ a, b string }{
		{register.KeyOf("FR_ACPR", " 12 345"), register.KeyOfIdentifier("PSDFR-ACPR-12345")},
		{register.KeyOf("FI_FIN-FSA", "0111027-9"), register.KeyOfIdentifier("PSDFI-FINFSA-01110279")},
		{register.KeyOf("HR_HNB", "ab-1"), register.KeyOfIdentifier("psdhr-cnb-AB1")},  // its earlier name
		{register.KeyOf("LV_LV", "40003"), register.KeyOfIdentifier("PSDLV-BL-40003")}, // as the EBA wrote it in 2026
		{register.KeyOf("LT_BL", "LB.001/2"), register.KeyOfIdentifier("PSDLT-BL-lb 0012")},
	} {
		if tt.a != tt.b || tt.a == "" {
			t.Errorf("%q is not %q", tt.a, tt.b)
		}
	}
	if register.KeyOf("FR-ACPR", "012345") == register.KeyOf("FR-ACPR", "12345") {
		t.Error("a leading zero does not matter, though no authority is known to leave it out")
	}
	if register.KeyOf("LV-BL", "1") == register.KeyOf("LT-BL", "1") {
		t.Error("two authorities with the same letters are one")
	}
	for _, none := range []string{"VATFR-12345678901", "PSDFR-ACPR-", "", "PSDFR-ACPR-!!!"} {
		if key := register.KeyOfIdentifier(none); key != "" {
			t.Errorf("%q has the key %q", none, key)
		}
	}
}

// What is asked of a register, and what it answers.
func TestJudge(t *testing.T) {
	agent := `{"CA_OwnerID":"FR_ACPR","EntityCode":"PSD_PI!FR_ACPR!1376!5","EntityType":"PSD_AG","Properties":[` +
		`{"ENT_NAT_REF_COD":"12345"},{"ENT_NAM":"Agent"},{"ENT_TYP_PAR_ENT":"PSD_PI"},` +
		`{"ENT_COD_PAR_ENT":"FR_ACPR!1376"},{"DER_CHI_ENT_AUT":"%s"}]}`
	one := func(kind, dates, services string) string { return firm("FR_ACPR", kind, "12 345", dates, services) }
	pi, ai := register.Missing{Role: "PSP_PI", Country: "FR"}, register.Missing{Role: "PSP_AI", Country: "DE"}
	roles := []string{"PSP_PI", "PSP_AI"}
	for _, tt := range []struct {
		name      string
		entities  []string
		roles     []string
		countries []string
		want      register.State
		missing   []register.Missing
	}{
		{"listed", []string{one("PSD_PI", `["2019-01-01"]`, both)}, roles, nil, register.Listed, nil},
		{"one date that is no list", []string{one("PSD_PI", `"2019-01-01"`, both)}, roles, nil, register.Listed, nil},
		{"ended", []string{one("PSD_PI", `["2019-01-01","2026-11-01"]`, both)}, roles, nil, register.Ended, nil},
		{"ends tomorrow", []string{one("PSD_PI", `["2019-01-01","2026-12-01"]`, both)}, roles, nil,
			register.Listed, nil},
		{"begins tomorrow", []string{one("PSD_PI", `["2026-12-01"]`, both)}, roles, nil, register.Unclear, nil},
		{"begun again", []string{one("PSD_PI", `["2019-01-01","2020-01-01","2021-01-01"]`, both)}, roles, nil,
			register.Listed, nil},
		{"no dates", []string{one("PSD_PI", `[]`, both)}, roles, nil, register.Unclear, nil},
		{"dates out of order", []string{one("PSD_PI", `["2020-01-01","2019-01-01","2021-01-01"]`, both)},
			roles, nil, register.Unclear, nil},
		{"no date", []string{one("PSD_PI", `["soon"]`, both)}, roles, nil, register.Unclear, nil},
		{"without initiation", []string{one("PSD_PI", `["2019-01-01"]`, `{"FR":"PS_080"}`)}, roles, nil,
			register.RoleMissing, []register.Missing{pi}},
		{"account information alone", []string{one("PSD_AISP", `["2019-01-01"]`, ``)}, roles, nil,
			register.RoleMissing, []register.Missing{pi}},
		{"abroad", []string{one("PSD_PI", `["2019-01-01"]`, both)}, roles, []string{"DE"},
			register.NotPassported, []register.Missing{{
				Role:    "PSP_PI",
				Country: "DE",
			}}},
		{"listed abroad", []string{one("PSD_PI", `["2019-01-01"]`, both)}, []string{"PSP_AI"},
			[]string{"DE", "FR"}, register.Listed, nil},
		{"not passported", []string{one("PSD_PI", `["2019-01-01"]`, `{"FR":["PS_080"]}`)}, []string{"PSP_AI"},
			[]string{"DE"}, register.NotPassported, []register.Missing{ai}},
		{"no services", []string{one("PSD_EMI", `["2019-01-01"]`, ``)}, roles, nil, register.Unclear, nil},
		{"services abroad alone", []string{one("PSD_EMI", `["2019-01-01"]`, `{"DE":["PS_070"]}`)},
			[]string{"PSP_PI"}, nil, register.Listed, nil},
		{"another type before",
			[]string{
				one("PSD_EPI", `["2019-01-01","2020-01-01"]`, both),
				one("PSD_PI", `["2020-01-01"]`, both),
			}, roles, nil, register.Listed, nil},
		{"excluded", []string{one("PSD_EXC", `["2019-01-01"]`, both)}, roles, nil, register.NotFound, nil},
		{"an agent", []string{fmt.Sprintf(agent, "Active")}, roles, nil, register.OnlyAgent, nil},
		{"an agent that was", []string{fmt.Sprintf(agent, "Inactive")}, roles, nil, register.Ended, nil},
		{"an agent that is an institution, too",
			[]string{fmt.Sprintf(agent, "Inactive"), one("PSD_PI", `["2019-01-01"]`, both)}, roles, nil,
			register.Listed, nil},
		{"a role that no register lists", []string{one("PSD_PI", `["2019-01-01"]`, both)}, []string{"VOP_RS"},
			nil, register.Listed, nil},
		{"another firm's", []string{firm("FR_ACPR", "PSD_PI", "12346", `["2019-01-01"]`, both)}, roles, nil,
			register.NotFound, nil},
		{"the same number elsewhere", []string{firm("DE_BAFIN", "PSD_PI", "12345", `["2019-01-01"]`, both)},
			roles, nil, register.NotFound, nil},
	} {
		entities := append([]string{firm("FR_ACPR", "PSD_PI", "99", `["2019-01-01"]`, both)}, tt.entities...)
		r := must(t, eba(entities...), nil)
		got := register.Judge(r.Entries, register.Question{
			Key:       register.KeyOfIdentifier("PSDFR-ACPR-12345"),
			Roles:     tt.roles,
			Countries: tt.countries,
			Now:       now,
		})
		if got.State != tt.want || !slices.Equal(got.Missing, tt.missing) {
			t.Errorf("%s: %s without %v, want %s without %v", tt.name, got.State, got.Missing, tt.want, tt.missing)
		}
	}
}

// The other shapes that the EBA's file has had.
func TestShapesOfTheEBA(t *testing.T) {
	entity := firm("FR_ACPR", "PSD_PI", "1", `["2019-01-01"]`, both)
	codes := `{"CA_OwnerID":"FR_ACPR","EntityType":"PSD_PI","Properties":[{"PropertyCode":"ENT_NAT_REF_COD",` +
		`"PropertyValue":"1"},{"PropertyCode":"ENT_AUT","PropertyValue":["2019-01-01"]}],"Services":{"FR":["PS_070"]}}`
	object := `{"CA_OwnerID":"FR_ACPR","EntityType":"PSD_PI","Properties":{"ENT_NAT_REF_COD":1,` +
		`"ENT_AUT":"2019-01-01"},` +
		`"Services":[{"FR":["PS_070"]}],"__EBA_EntityVersion":20261128213506543}`
	for name, text := range map[string]string{
		"two lists":               eba(entity),
		"a disclaimer in no list": `[{"disclaimer":["a",{"b":1}]},[` + entity + `]]`,
		"with a BOM and blanks":   "\ufeff \n" + eba(entity) + "\n",
		"codes beside values":     eba(codes),
		"properties as an object": eba(object),
	} {
		r, err := read(t, text, nil)
		if err != nil || len(r.Entries) != 1 || r.Entries[0].Key != "FR-ACPR-1" || len(r.Entries[0].Changes) != 1 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	r := must(t, eba(entity), nil)
	if want := time.Date(2026, 11, 28, 21, 35, 6, 0, time.UTC); !r.AsOf.Equal(want) || len(r.SHA256) != 64 {
		t.Errorf("as of %s, %s", r.AsOf, r.SHA256)
	}
	if r.Entries[0].Name != "Пример, Example" {
		t.Errorf("its name is %q", r.Entries[0].Name)
	}
}

// An entity that is written in another way than all others keeps none of them from being read, and of our own what can
// be read is.
func TestOddEntities(t *testing.T) {
	own := firm("FR_ACPR", "PSD_PI", "1", `["2019-01-01"]`, both)
	replaced := func(old, by string) string {
		t.Helper()
		if !strings.Contains(own, old) {
			t.Fatalf("the entity has no %s", old)
		}
		return strings.Replace(own, old, by, 1)
	}
	for name, tt := range map[string]struct {
		odd  string
		read int // entries
	}{
		"nothing":                  {"null", 1},
		"an empty object":          {"{}", 1},
		"no owner":                 {replaced(`"CA_OwnerID":"FR_ACPR"`, `"CA_OwnerID":null`), 1},
		"a number for an owner":    {replaced(`"CA_OwnerID":"FR_ACPR"`, `"CA_OwnerID":7`), 1},
		"an object for an owner":   {replaced(`"CA_OwnerID":"FR_ACPR"`, `"CA_OwnerID":{"a":"b"}`), 1},
		"a list for an owner":      {replaced(`"CA_OwnerID":"FR_ACPR"`, `"CA_OwnerID":["FR_ACPR"]`), 2},
		"a number for a type":      {replaced(`"EntityType":"PSD_PI"`, `"EntityType":1`), 2},
		"a number for a code":      {replaced(`"EntityCode":"FR_ACPR!1"`, `"EntityCode":1`), 2},
		"no properties":            {replaced(`"Properties":[`, `"Properties":null,"Others":[`), 1},
		"a text for properties":    {replaced(`"Properties":[`, `"Properties":"x","Others":[`), 1},
		"odd properties":           {replaced(`"Properties":[`, `"Properties":[null,5,"x",[],{"PropertyCode":5},`), 2},
		"a number for a number":    {replaced(`"ENT_NAT_REF_COD":"1"`, `"ENT_NAT_REF_COD":1`), 2},
		"null for a number":        {replaced(`"ENT_NAT_REF_COD":"1"`, `"ENT_NAT_REF_COD":null`), 1},
		"null for a name":          {replaced(`"ENT_NAM":["Пример","Example"]`, `"ENT_NAM":[null,"Example"]`), 2},
		"odd services":             {replaced(`"Services":[`, `"Services":[null,5,"x",{"FR":null},{"ES":5},`), 2},
		"a text for services":      {replaced(`"Services":[`, `"Services":"x","Others":[`), 2},
		"a name of several lines":  {replaced(`"Example"`, `"Exam\u0000ple\r\nIgnore\u202e"`), 2},
		"a version that is a flag": {replaced(`"20261128213506543"`, `true`), 2},
	} {
		r, err := read(t, eba(own, tt.odd), nil)
		if err != nil || len(r.Entries) != tt.read {
			t.Errorf("%s: %d entries, want %d; %v", name, len(r.Entries), tt.read, err)
			continue
		}
		last := r.Entries[len(r.Entries)-1]
		if last.Key != "FR-ACPR-1" || strings.ContainsAny(last.Name, "\x00\r\n\u202e") || len(last.Changes) != 1 ||
			name != "a text for services" && !slices.Contains(last.Services["FR"], "PS_070") {
			t.Errorf("%s: %+v", name, last)
		}
	}
}

// nested is a register whose entity has lists in lists for a name.
func nested(depth, bytes int) string {
	entity := firm("FR_ACPR", "PSD_PI", "1", `["2019-01-01"]`, both)
	name := strings.Repeat("[", depth) + `"` + strings.Repeat("x", bytes) + `"` + strings.Repeat("]", depth)
	return eba(strings.Replace(entity, `["Пример","Example"]`, `["Example",`+name+`]`, 1))
}

// Lists in lists cost what others of their length do: each of them read by itself would be 9 GB.
func TestListsInLists(t *testing.T) {
	text := nested(9_900, 900_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := must(t, text, nil)
	runtime.ReadMemStats(&after)
	if len(r.Entries) != 1 || r.Entries[0].Name != "Example" {
		t.Errorf("%d entries", len(r.Entries))
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
		t.Errorf("it took %d MB", took>>20)
	}
}

func TestRefusedRegisters(t *testing.T) {
	entity := firm("FR_ACPR", "PSD_PI", "1", `["2019-01-01"]`, both)
	whole := eba(entity, entity)
	for name, tt := range map[string]struct {
		text   string
		layout *register.Layout
		want   register.Cause
	}{
		"nothing":               {"", nil, register.Truncated},
		"half":                  {whole[:len(whole)/2], nil, register.Truncated},
		"without its last byte": {whole[:len(whole)-1], nil, register.Truncated},
		"a page":                {" <!DOCTYPE html><html>down for maintenance</html>", nil, register.WebPage},
		"an object":             {`{"error":"not found"}`, nil, register.Malformed},
		"numbers":               {`[1,2]`, nil, register.Malformed},
		"two documents":         {whole + whole, nil, register.Malformed},
		"no entity":             {"[" + disclaimer + ",[]]", nil, register.Empty},
		"a huge entity": {
			eba(strings.Replace(entity, "Example", strings.Repeat("x", 2<<20), 1)),
			nil,
			register.Oversized,
		},
		"a table's page":             {"<html>", &register.Layout{}, register.WebPage},
		"a table without its column": {"a;b\n1;2\n", &register.Layout{Number: []string{"number"}}, register.Columns},
		"a table that breaks off": {"number;b\n1;2\n3", &register.Layout{
			Authority: "DE-BAFIN",
			Number:    []string{"number"},
		}, register.Truncated},
		"a table of titles": {"number;b\n", &register.Layout{
			Authority: "DE-BAFIN",
			Number:    []string{"number"},
		}, register.Empty},
		"a quote without end": {"number;b\n1;\"" + strings.Repeat("x\n", 1<<20), &register.Layout{
			Authority: "DE-BAFIN",
			Number:    []string{"number"},
		}, register.Oversized},
	} {
		_, err := read(t, tt.text, tt.layout)
		var refusal *register.Refusal
		if !errors.As(err, &refusal) || refusal.Cause != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

func zipped(t testing.TB, members map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range members {
		m, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(m, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestArchives(t *testing.T) {
	text := eba(firm("FR_ACPR", "PSD_PI", "1", `["2019-01-01"]`, both))
	sum := sha256.Sum256([]byte(text))
	digest := hex.EncodeToString(sum[:])
	for name, tt := range map[string]struct {
		members map[string]string
		want    register.Cause // empty: it is read
	}{
		"as published":     {map[string]string{"download-PSDMD.json": text, "download-PSDMD.json.sha256": digest}, ""},
		"without checksum": {map[string]string{"a.json": text}, ""},
		"another checksum": {map[string]string{"a.json": text, "a.sha256": strings.Repeat("0", 64)}, register.Checksum},
		"no checksum":      {map[string]string{"a.json": text, "a.sha256": "x"}, register.Checksum},
		"two":              {map[string]string{"a.json": text, "b.json": text}, register.Malformed},
		"none":             {map[string]string{"a.txt": text}, register.Malformed},
		"a workbook":       {map[string]string{"xl/workbook.xml": "<x/>"}, register.Spreadsheet},
	} {
		_, err := read(t, zipped(t, tt.members), nil)
		var refusal *register.Refusal
		if errors.As(err, &refusal) != (tt.want != "") || refusal != nil && refusal.Cause != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	var refusal *register.Refusal
	if _, err := read(t, bomb(t), nil); !errors.As(err, &refusal) || refusal.Cause != register.Oversized {
		t.Errorf("a bomb: %v", err)
	}
	whole := zipped(t, map[string]string{"a.json": text})
	for _, cut := range []int{10, len(whole) / 2, len(whole) - 1} {
		if _, err := read(t, whole[:cut], nil); !errors.As(err, new(*register.Refusal)) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

// bomb is an archive whose one member unpacks to more than a register may have.
func bomb(t *testing.T) string {
	t.Helper()
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	member, err := w.CreateRaw(&zip.FileHeader{
		Name: "a.json", Method: zip.Deflate, CompressedSize64: 4, UncompressedSize64: register.MaxBytes + 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = member.Write([]byte{0, 0, 0, 0})
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// crowded is an archive with records of so many members, of which its end declares others; zip64: one of its ends does,
// with declared members.
func crowded(records int, declared uint64, zip64 bool) string {
	file := []byte("PK\x03\x04" + strings.Repeat("\x00", 26))
	start := len(file)
	record := append([]byte("PK\x01\x02"), make([]byte, 42)...)
	record[28] = 1 // the length of its name
	record = append(record, 'a')
	file = append(file, bytes.Repeat(record, records)...)
	size, end := len(file)-start, len(file)
	few := uint16(declared)
	if zip64 {
		few = 0xffff
		file = append(append(file, "PK\x06\x06"...), make([]byte, 20)...)
		for _, n := range []uint64{declared, declared, uint64(size), uint64(start)} {
			file = binary.LittleEndian.AppendUint64(file, n)
		}
		file = append(file, "PK\x06\x07\x00\x00\x00\x00"...)
		file = binary.LittleEndian.AppendUint64(file, uint64(end))
		file = binary.LittleEndian.AppendUint32(file, 1)
	}
	file = append(file, "PK\x05\x06\x00\x00\x00\x00"...)
	file = binary.LittleEndian.AppendUint16(file, few)
	file = binary.LittleEndian.AppendUint16(file, few)
	file = binary.LittleEndian.AppendUint32(file, uint32(size))
	file = binary.LittleEndian.AppendUint32(file, uint32(start))
	return string(append(file, 0, 0))
}

// The members of an archive are counted before there is memory for them, whatever it says of their number.
func TestCrowdedArchives(t *testing.T) {
	for name, text := range map[string]string{
		"65 members":                  crowded(65, 65, false),
		"400,000 declared":            crowded(400_000, 400_000, true),
		"65,536 more than declared":   crowded(65_536+4, 4, false),
		"400,000 of which 4 declared": crowded(400_000, 4, true),
		"more declared than there is": crowded(1, 600_000, true),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(t, text, nil)
		runtime.ReadMemStats(&after)
		var refusal *register.Refusal
		if !errors.As(err, &refusal) || refusal.Cause != register.Malformed {
			t.Errorf("%s: %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
			t.Errorf("%s: it took %d MB", name, took>>20)
		}
	}
}

// BaFin's export: semicolons, Windows-1252, a row for each permission of which the first alone names the institution.
func TestTableOfBaFin(t *testing.T) {
	table := "NAME;BAK NR;BAFIN-ID;ERLAUBNISSE/ZULASSUNG/T\xc4TIGKEITEN;ERTEILUNGSDATUM;ENDE AM\r\n" +
		"\"M\xfcller; Zahlungen GmbH\";125314;10125314;Zahlungsausl\xf6sedienste (\xa7 1 Abs. 1 S. 2 Nr. 7 " +
		"ZAG);01.02.2019;30.06.2026\r\n" +
		";;;Kontoinformationsdienste;01.02.2019;\r\n" +
		"Anderer AG;125999;10125999;Finanztransfergesch\xe4ft;01.02.2015;01.03.2020\r\n"
	layout := register.Layouts()["bafin"]
	r := must(t, table, &layout)
	judge := func(number string, roles ...string) register.Answer {
		return register.Judge(r.Entries, register.Question{
			Key:   register.KeyOf("DE-BAFIN", number),
			Roles: roles,
			Now:   now,
		})
	}
	want := register.Answer{
		State:    register.RoleMissing,
		Name:     "Müller; Zahlungen GmbH",
		Since:    time.Date(2019, 2, 1, 0, 0, 0, 0, time.UTC),
		Services: []string{"PS_080"},
		Missing:  []register.Missing{{Role: "PSP_PI", Country: "DE"}},
	}
	if diff := cmp.Diff(want, judge("125314", "PSP_AI", "PSP_PI")); diff != "" {
		t.Error(diff)
	}
	if a := judge("10125314", "PSP_AI"); a.State != register.Listed {
		t.Errorf("by its other number: %+v", a)
	}
	if a := judge("125999"); a.State != register.Ended || a.Since.Format(time.DateOnly) != "2020-03-01" {
		t.Errorf("the other: %+v", a)
	}
	if r.Count != 2 {
		t.Errorf("%d institutions", r.Count)
	}
}

func TestPlainTable(t *testing.T) {
	layout := register.Layouts()["plain"]
	layout.Authority = "FR-ACPR"
	r := must(t, "\ufeffnumber,name,services,authorised,withdrawn,countries\n"+
		"12345,Exemple,\"PS_070 PSP_AI\",2019-01-01,,\"DE, BE\"\n67890,Autre,initiation de paiement,2019-01-01,soon,\n",
		&layout)
	a := register.Judge(r.Entries, register.Question{
		Key:       "FR-ACPR-12345",
		Roles:     []string{"PSP_PI", "PSP_AI"},
		Countries: []string{"BE"},
		Now:       now,
	})
	if a.State != register.Listed || !slices.Equal(a.Abroad, []string{"BE", "DE"}) {
		t.Errorf("%+v", a)
	}
	if a := register.Judge(r.Entries, register.Question{Key: "FR-ACPR-67890", Now: now}); a.State != register.Unclear {
		t.Errorf("a day that is none: %+v", a)
	}
}

// many is the register of so many agents, as it comes.
type many struct {
	n, left int
	part    []byte
	begun   bool
}

func (m *many) Read(p []byte) (int, error) {
	if len(m.part) == 0 {
		switch {
		case !m.begun:
			m.begun, m.left, m.part = true, m.n, []byte("["+disclaimer+",[")
		case m.left > 0:
			m.left--
			m.part = fmt.Appendf(nil,
				`{"CA_OwnerID":"FR_ACPR","EntityCode":"PSD_PI!FR_ACPR!1376!%d","EntityType":"PSD_AG",`+
					`"Properties":[{"ENT_NAT_REF_COD":"%09d"},{"ENT_NAM":"M. EXEMPLE Nom Prenom"},`+
					`{"ENT_ADD":"1 rue de l'Exemple, `+
					`batiment B, escalier 4, etage 2"},{"ENT_TOW_CIT_RES":"MATOURY"},{"ENT_POS_COD":"97351"},`+
					`{"ENT_COU_RES":"FR"},`+
					`{"ENT_TYP_PAR_ENT":"PSD_PI"},{"ENT_COD_PAR_ENT":"FR_ACPR!1376"},{"DER_CHI_ENT_AUT":"Active"}],`+
					`"__EBA_EntityVersion":"20261128213506543"}`, m.left, m.left)
			if m.left > 0 {
				m.part = append(m.part, ',')
			}
		case m.left == 0:
			m.left--
			m.part = []byte("]]")
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, m.part)
	m.part = m.part[n:]
	return n, nil
}

func large(t testing.TB, n int) string {
	t.Helper()
	text, err := io.ReadAll(&many{n: n})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Many agents of our own authority are read within the memory of a few.
func TestMemoryOfALargeRegister(t *testing.T) {
	const agents = 25_000
	packed := zipped(t, map[string]string{"a.json": large(t, agents)})
	peak := uint64(0)
	var before, at runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	seen := 0
	r, err := register.Read(strings.NewReader(packed), int64(len(packed)), register.How{
		Wants: func(key string) bool {
			if seen++; seen%5_000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&at)
				peak = max(peak, at.HeapAlloc)
			}
			return key == "FR-ACPR" || key == "FR-ACPR-000000042"
		},
		Now: now,
	})
	if err != nil || r.Count != agents || len(r.Entries) != 1 {
		t.Fatalf("%d entries, %d taken, %v", r.Count, len(r.Entries), err)
	}
	if grown := int64(peak) - int64(before.HeapAlloc); grown > 2<<20 {
		t.Errorf("it took %d kB", grown>>10)
	}
}

func BenchmarkRead(b *testing.B) {
	text := large(b, 100_000)
	packed := zipped(b, map[string]string{"a.json": text})
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := register.Read(strings.NewReader(packed), int64(len(packed)), register.How{
			Wants: func(key string) bool { return key == "FR-ACPR" },
			Now:   now,
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(100_000*b.N)/b.Elapsed().Seconds(), "entries/s")
}

func FuzzEBA(f *testing.F) {
	f.Add([]byte(eba(firm("FR_ACPR", "PSD_PI", "1", `["2019-01-01"]`, both))))
	f.Add([]byte(zipped(f, map[string]string{"a.json": eba(firm("FR_ACPR", "PSD_AG", "1", `[]`, both))})))
	f.Add([]byte(`[[{"CA_OwnerID":"FR_ACPR","EntityType":"PSD_PI","Properties":{"ENT_AUT":[["x"],{}]},` +
		`"Services":{"FR":[1]}}]]`))
	f.Add([]byte(nested(50, 100)))
	f.Fuzz(func(t *testing.T, raw []byte) { sound(t, raw, nil) })
}

func FuzzTable(f *testing.F) {
	layout := register.Layouts()["bafin"]
	f.Add([]byte("NAME;BAK NR;ENDE AM;ERLAUBNISSE\na;1;01.01.2020;PS_070\n;;;\n"))
	f.Add([]byte("BAK NR\tENDE AM\n\"1\t\n"))
	f.Fuzz(func(t *testing.T, raw []byte) { sound(t, raw, &layout) })
}

// sound is what is so whatever a file holds.
func sound(t *testing.T, raw []byte, layout *register.Layout) {
	r, err := register.Read(bytes.NewReader(raw), int64(len(raw)), register.How{
		Layout: layout,
		Wants:  func(string) bool { return true },
		Now:    now,
	})
	if err != nil && !errors.As(err, new(*register.Refusal)) {
		t.Fatalf("no refusal: %v", err)
	}
	for _, e := range r.Entries {
		a := register.Judge(r.Entries, register.Question{Key: e.Key, Roles: []string{"PSP_PI"}, Now: now})
		if e.Key == "" || len(e.Services) > 64 || a.State == register.NotFound {
			t.Fatalf("%+v is %+v", e, a)
		}
	}
}
