package api_test

import (
	"encoding"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func of[T any]() reflect.Type { return reflect.TypeFor[T]() }

// operations are what every operation takes and answers, by its id in the description; nil is no JSON.
var operations = map[string][2]reflect.Type{
	"describe":                 {},
	"listInstitutions":         {nil, of[[]api.Institution]()},
	"getInstitution":           {nil, of[api.Institution]()},
	"listCertificates":         {nil, of[api.Page[api.CertificateRow]]()},
	"importCertificates":       {nil, of[[]api.Certificate]()},
	"inspectCertificates":      {nil, of[[]api.InspectedCertificate]()},
	"getCertificate":           {nil, of[api.Certificate]()},
	"listCertificateLine":      {nil, of[[]api.Certificate]()},
	"exportKey":                {nil, of[api.ExportedKey]()},
	"setCertificateChain":      {nil, of[api.CertificateChange]()},
	"completeCertificateChain": {nil, of[api.ChainOffer]()},
	"getCertificateRevocation": {nil, of[api.CertificateRevocation]()},
	"getCertificateTrust":      {nil, of[api.CertificateTrust]()},
	"listBankHosts":            {nil, of[[]api.BankHost]()},
	"confirmBankIssuer":        {of[api.BankIssuer](), of[[]api.BankHost]()},
	"listBankServers":          {nil, of[[]api.BankServer]()},
	"getInstallation":          {nil, of[api.Installation]()},
	"lookAtInstallation":       {nil, of[api.Installation]()},
	"listAccessReviews":        {nil, of[api.Page[api.AccessReview]]()},
	"startAccessReview":        {nil, of[api.AccessReview]()},
	"getAccessReview":          {nil, of[api.AccessReview]()},
	"listAccessReviewLines":    {nil, of[api.Page[api.AccessReviewLine]]()},
	"proposeAccessReview":      {of[api.ReviewProposal](), of[api.AccessReview]()},
	"closeAccessReview":        {of[api.CloseAccessReview](), of[api.AccessReview]()},
	"exportAccessReview":       {},
	"listIncidents":            {nil, of[api.Page[api.IncidentRow]]()},
	"declareIncident":          {of[api.NewIncident](), of[api.Incident]()},
	"getIncident":              {nil, of[api.Incident]()},
	"listIncidentUses":         {nil, of[api.Page[api.IncidentUse]]()},
	"prepareIncidentLetter":    {of[api.IncidentLetter](), of[api.EmailDraft]()},
	"recordIncidentTold":       {of[api.IncidentTold](), of[api.Incident]()},
	"withdrawIncident":         {of[api.WithdrawIncident](), of[api.Incident]()},
	"listKeyCopies":            {nil, of[api.Page[api.KeyCopy]]()},
	"getKeyCopies":             {nil, of[api.KeyCopies]()},
	"declareKeyCopy":           {of[api.NewKeyCopy](), of[api.KeyCopy]()},
	"endKeyCopy":               {of[api.EndKeyCopy](), of[api.KeyCopy]()},
	"getTrustedLists":          {nil, of[api.TrustedLists]()},
	"listRegisters":            {nil, of[[]api.Register]()},
	"importRegister":           {nil, of[api.Register]()},

	"getCertificateAuthorisation":  {nil, of[api.Authorisation]()},
	"getOrganizationAuthorisation": {nil, of[api.Authorisation]()},

	"askCertificateRevocation":  {nil, of[api.CertificateRevocation]()},
	"retireCertificate":         {of[api.RetireCertificate](), of[api.CertificateChange]()},
	"destroyCertificate":        {of[api.DestroyCertificate](), of[api.CertificateChange]()},
	"allowExport":               {nil, of[api.CertificateChange]()},
	"listPredecessors":          {nil, of[[]api.Predecessor]()},
	"linkCertificate":           {of[api.CertificateLink](), of[[]api.Certificate]()},
	"listCSRs":                  {nil, of[api.Page[api.CSR]]()},
	"listBankFacts":             {nil, of[[]api.BankFact]()},
	"recordBankFact":            {of[api.NewBankFact](), of[api.BankFact]()},
	"withdrawBankFact":          {nil, of[[]api.BankFact]()},
	"listRegistrationImports":   {nil, of[api.Page[api.RegistrationImportRow]]()},
	"requestRegistrationImport": {nil, of[api.RegistrationImport]()},
	"checkRegistrationImport":   {nil, of[api.RegistrationImportCheck]()},
	"getRegistrationImport":     {nil, of[api.RegistrationImport]()},
	"listImportedRegistrations": {nil, of[api.Page[api.ImportedRegistration]]()},
	"listCampaigns":             {nil, of[api.Page[api.CampaignRow]]()},
	"createCampaign":            {of[api.NewCampaign](), of[api.Campaign]()},
	"getForecast":               {nil, of[api.Forecast]()},
	"getCampaign":               {nil, of[api.Campaign]()},
	"reportCampaign":            {},
	"actOnCampaign":             {of[api.CampaignAct](), of[api.Campaign]()},
	"listCampaignRegistrations": {nil, of[api.Page[api.CampaignLine]]()},
	"getCampaignRegistration":   {nil, of[api.CampaignLine]()},
	"actOnCampaignRegistration": {of[api.CampaignLineAct](), of[api.CampaignLine]()},
	"prepareCampaignEmail":      {of[api.EmailLanguage](), of[api.EmailDraft]()},
	"createCSR":                 {of[api.NewCSR](), of[api.CSR]()},
	"listOrganizations":         {nil, of[api.Page[api.Organization]]()},
	"addOrganization":           {of[api.NewOrganization](), of[api.Organization]()},
	"archiveOrganization":       {of[api.Archiving](), of[api.Organization]()},
	"archiveApplication":        {of[api.Archiving](), of[api.Application]()},
	"archiveRegistration":       {of[api.Archiving](), of[api.Registration]()},
	"updateOrganization":        {of[api.NewOrganization](), of[api.Consequences]()},
	"listApplications":          {nil, of[api.Page[api.Application]]()},
	"addApplication":            {of[api.NewApplication](), of[api.Application]()},
	"updateApplication":         {of[api.ApplicationChange](), of[api.Consequences]()},
	"listEnrolments":            {nil, of[api.Page[api.Enrolment]]()},
	"getEnrolment":              {nil, of[api.Enrolment]()},
	"updateEnrolment":           {of[api.EnrolmentChange](), of[api.Consequences]()},
	"getChecklist":              {nil, of[api.Checklist]()},
	"listHistory":               {nil, of[[]api.HistoryEntry]()},
	"editStep":                  {of[api.StepEdit](), of[api.Checklist]()},
	"addEvidence":               {nil, of[api.Evidence]()},
	"getEvidence":               {},
	"prepareEmail":              {of[api.NewEmail](), of[api.EmailDraft]()},
	"recordSent":                {of[api.EmailSent](), of[api.Checklist]()},
	"recordAnswer":              {of[api.EmailAnswer](), of[api.Checklist]()},
	"today":                     {nil, of[api.Today]()},
	"listRegistrations":         {nil, of[api.Page[api.RegistrationRow]]()},
	"register":                  {of[api.NewRegistration](), of[api.Registration]()},
	"getRegistration":           {nil, of[api.Registration]()},
	"setStep":                   {of[api.StepEdit](), of[api.Registration]()},
	"saveBundle":                {of[api.NewBundle](), of[api.Registration]()},
	"testConnection":            {nil, of[api.TestReport]()},
	"activateBundle":            {of[api.ChangeRequest](), of[api.BundleActivation]()},
	"retireBundle":              {of[api.ChangeRequest](), of[api.BundleRetirement]()},
	"listConsents":              {nil, of[api.Page[api.Consent]]()},
	"startConsent":              {of[api.NewConsent](), of[api.ConsentStart]()},
	"completeConsent":           {of[api.ConsentReturn](), of[api.Consent]()},
	"getConsent":                {nil, of[api.Consent]()},
	"revokeConsent":             {nil, of[api.Consent]()},
	"listAccounts":              {nil, of[api.Accounts]()},
	"listBalances":              {nil, of[api.Balances]()},
	"listTransactions":          {nil, of[api.Transactions]()},
	"getCustomerIdentity":       {nil, of[ais.Identity]()},
	"listBeneficiaries":         {nil, of[api.Beneficiaries]()},
	"getPolicy":                 {nil, of[api.Policy]()},
	"getCatalogueFiles":         {nil, of[api.CatalogueFiles]()},
	"readCatalogueFiles":        {nil, of[api.CatalogueFiles]()},
	"getCatalogueFile":          {nil, of[api.CatalogueFile]()},
	"takeCatalogueFile":         {of[api.TakeCatalogueFile](), of[api.CatalogueTaken]()},
	"reconsiderCatalogueFile":   {nil, of[api.CatalogueFiles]()},
	"declineCatalogueFile":      {nil, of[api.CatalogueFiles]()},
	"changePolicy":              {of[api.ChangePolicy](), of[api.PolicyChange]()},
	"listApprovals":             {nil, of[api.Page[api.Approval]]()},
	"reviewApproval":            {of[api.ReviewApproval](), of[api.Approval]()},
	"getApproval":               {nil, of[api.Approval]()},
	"withdraw":                  {of[api.Note](), of[api.Approval]()},
	"listPeople":                {nil, of[api.Page[api.Person]]()},
	"invitePerson":              {of[api.InvitePerson](), of[api.Invitation]()},
	"getPerson":                 {nil, of[api.PersonDetail]()},
	"disablePerson":             {nil, of[api.PersonDetail]()},
	"revokeGrant":               {nil, of[api.PersonDetail]()},
	"revokeToken":               {nil, of[api.PersonDetail]()},
	"listOwnTokens":             {nil, of[[]api.Token]()},
	"fetchToken":                {of[api.FetchToken](), of[api.FetchedToken]()},
	"revokeOwnToken":            {nil, of[[]api.Token]()},
	"endPersonSession":          {nil, of[api.PersonDetail]()},
	"listInvitations":           {nil, of[[]api.Invitation]()},
	"withdrawInvitation":        {nil, of[[]api.Invitation]()},
	"listPayments":              {nil, of[api.Page[api.Payment]]()},
	"createPayment":             {of[api.NewPayment](), of[api.Payment]()},
	"completePayment":           {of[api.PaymentReturn](), of[api.Payment]()},
	"getPayment":                {nil, of[api.Payment]()},
	"confirmPayment":            {nil, of[api.Payment]()},
	"cancelPayment":             {of[api.CancelPayment](), of[api.Payment]()},
	"resolvePayment":            {of[api.ResolvePayment](), of[api.Payment]()},
	"listAudit":                 {nil, of[api.Page[api.AuditEntry]]()},
	"exportAudit":               {},
	"exportDoraRegister":        {},
	"signAuditHead":             {nil, of[api.AuditHead]()},
	"compareCustody":            {nil, of[api.CustodyComparison]()},
	"listServiceAccounts":       {nil, of[api.Page[api.ServiceAccount]]()},
	"addServiceIdentity":        {of[api.NewServiceIdentity](), of[api.ServiceIdentity]()},
	"removeServiceIdentity":     {nil, of[api.ServiceAccount]()},
	"exchangeToken":             {nil, of[api.WorkloadToken]()},
	"addServiceAccount":         {of[api.NewServiceAccount](), of[api.ServiceAccountChange]()},
	"getServiceAccount":         {nil, of[api.ServiceAccount]()},
	"changeServiceAccount":      {of[api.NewServiceAccount](), of[api.ServiceAccountChange]()},
	"endServiceAccount":         {nil, of[api.ServiceAccount]()},
	"issueServiceToken":         {of[api.NewServiceToken](), of[api.IssuedServiceToken]()},
	"revokeServiceToken":        {nil, of[api.ServiceAccount]()},
	"listRegistrationServices":  {nil, of[api.RegistrationServices]()},
	"listTLS":                   {nil, of[api.TLSRegistrations]()},
	"lookUpTLS":                 {nil, of[api.TLSConfiguration]()},
	"getTLS":                    {nil, of[api.TLSConfiguration]()},
	"getTLSCredentials":         {nil, of[api.TLSCredentials]()},
	"lendBankToken":             {of[api.NewBankToken](), of[api.BankToken]()},
	"signHandshake":             {of[api.HandshakeRequest](), of[api.HandshakeSignature]()},
	"signDigests":               {of[api.SigningRequest](), of[api.Signatures]()},
	"signHTTPRequest":           {of[api.HTTPSignatureRequest](), of[api.HTTPSignature]()},
	"exportTLS":                 {of[api.KeyExport](), of[api.ExportedKeys]()},
	"watchTLS":                  {nil, of[api.TLSEvents]()},
	"search":                    {nil, of[api.Found]()},
	"listCases":                 {nil, of[api.Page[api.Case]]()},
	"getCase":                   {nil, of[api.CaseDetail]()},
	"acknowledgeCase":           {of[api.AcknowledgeCase](), of[api.Case]()},
	"assignCase":                {of[api.AssignCase](), of[api.Case]()},
	"listComingAlerts":          {nil, of[api.ComingAlerts]()},
	"listAlertChannels":         {nil, of[[]api.AlertChannel]()},
	"testAlertChannel":          {nil, of[api.AlertMessage]()},
	"listAlertMessages":         {nil, of[[]api.AlertMessage]()},
	"listCaseEvents":            {nil, of[api.CaseEvents]()},
	"reportTLS":                 {of[api.ServiceReport](), of[api.ReportAnswer]()},
}

// TestTypesAreAsDescribed holds the types of every operation to its description: the same
// names, the same of them optional, the same kinds of values.
func TestTypesAreAsDescribed(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromFile("../../web/api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	values := constants(t)
	seen := map[string]bool{}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			id := operation.OperationID
			seen[id] = true
			types, known := operations[id]
			if !known {
				t.Errorf("%s has no types here", id)
				continue
			}
			d := difference{t: t, values: values}
			if operation.RequestBody != nil {
				d.in(id+" takes", operation.RequestBody.Value.Content, types[0])
			}
			for _, status := range []string{"200", "201"} {
				if response := operation.Responses.Value(status); response != nil {
					d.in(id+" answers", response.Value.Content, types[1])
				}
			}
		}
	}
	for id := range operations {
		if !seen[id] {
			t.Errorf("there is no operation %s", id)
		}
	}
	d := difference{t: t, values: values}
	d.in("an error", doc.Components.Responses["Problem"].Value.Content, of[api.Problem]())
}

// difference compares schemas with types.
type difference struct {
	t      *testing.T
	values map[string][]string // the constants of each string type
	within []reflect.Type
}

// in compares what is JSON of the content.
func (d difference) in(where string, content openapi3.Content, got reflect.Type) {
	for media, described := range content {
		if media == "text/event-stream" {
			continue // its events are what the same operation answers as JSON
		}
		if isJSON := strings.HasSuffix(media, "json"); isJSON != (got != nil) && media != "multipart/form-data" {
			d.t.Errorf("%s %s, and is %v here", where, media, got)
		} else if isJSON {
			d.of(where, described.Schema.Value, got)
		}
	}
}

var (
	textType = reflect.TypeFor[encoding.TextMarshaler]()
	timeType = reflect.TypeFor[time.Time]()
)

func (d difference) of(where string, s *openapi3.Schema, got reflect.Type) {
	pointer := got.Kind() == reflect.Pointer
	if pointer {
		got = got.Elem()
	}
	nilable := pointer || got.Kind() == reflect.Slice || got.Kind() == reflect.Map
	if s.Nullable && !nilable || pointer && !s.Nullable && !strings.HasSuffix(where, "?") {
		d.t.Errorf("%s may be null only in one of description and type", where)
	}
	for len(s.AllOf) == 1 {
		s = s.AllOf[0].Value
	}
	s = joined(s)
	switch {
	case s.Type.Is("array"):
		if got.Kind() != reflect.Slice {
			d.t.Errorf("%s is a list, and %v here", where, got)
			return
		}
		d.of(where+"[]", s.Items.Value, got.Elem())
	case s.Type.Is("object") && s.AdditionalProperties.Schema != nil:
		if got.Kind() != reflect.Map {
			d.t.Errorf("%s is a map, and %v here", where, got)
			return
		}
		d.of(where+"{}", s.AdditionalProperties.Schema.Value, got.Elem())
	case s.Type.Is("object") && len(s.Properties) == 0:
		if got.Kind() != reflect.Map {
			d.t.Errorf("%s is any object, and %v here", where, got)
		}
	case s.Type.Is("object"):
		d.object(where, s, got)
	default:
		d.scalar(where, s, got)
	}
}

// joined is an object that is described as several, as the one that it is.
func joined(s *openapi3.Schema) *openapi3.Schema {
	if len(s.AllOf) == 0 {
		return s
	}
	one := openapi3.NewObjectSchema()
	one.Properties = openapi3.Schemas{}
	for _, part := range s.AllOf {
		one.Required = append(one.Required, part.Value.Required...)
		maps.Copy(one.Properties, part.Value.Properties)
	}
	return one
}

func (d difference) scalar(where string, s *openapi3.Schema, got reflect.Type) {
	bytes := got.Kind() == reflect.Slice && got.Elem().Kind() == reflect.Uint8
	text := got.Kind() == reflect.String || got.Implements(textType) && got != timeType
	agree := map[string]bool{
		"string":  text && s.Format != "date-time" && s.Format != "byte",
		"integer": got.Kind() == reflect.Int || got.Kind() == reflect.Int64,
		"boolean": got.Kind() == reflect.Bool,
	}
	switch {
	case s.Type.Is("string") && s.Format == "date-time":
		agree["string"] = got == timeType
	case s.Type.Is("string") && s.Format == "byte":
		agree["string"] = bytes
	}
	if s.Type == nil || len(*s.Type) != 1 || !agree[(*s.Type)[0]] {
		d.t.Errorf("%s is described as %v %s, and is %v here", where, s.Type, s.Format, got)
	}
	if values, named := d.values[got.Name()]; named && got.PkgPath() == of[api.Problem]().PkgPath() {
		var described []string
		for _, v := range s.Enum {
			described = append(described, v.(string)) //nolint:forcetypeassert // an enumeration of text
		}
		slices.Sort(described)
		if diff := cmp.Diff(described, values); diff != "" {
			d.t.Errorf("%s: described (-) and declared (+) values differ:\n%s", where, diff)
		}
	}
}

func (d difference) object(where string, s *openapi3.Schema, got reflect.Type) {
	if got.Kind() != reflect.Struct {
		d.t.Errorf("%s is an object, and %v here", where, got)
		return
	}
	if slices.Contains(d.within, got) {
		return
	}
	d.within = append(slices.Clone(d.within), got)
	fields := fieldsOf(got)
	described := slices.Sorted(maps.Keys(s.Properties))
	if diff := cmp.Diff(described, slices.Sorted(maps.Keys(fields))); diff != "" {
		d.t.Errorf("%s: described (-) and declared (+) names differ:\n%s", where, diff)
	}
	for name, property := range s.Properties {
		field, there := fields[name]
		if !there {
			continue
		}
		path := where + " " + name
		if field.optional == slices.Contains(s.Required, name) {
			d.t.Errorf("%s is optional only in one of description and type", path)
		}
		if field.optional {
			path += "?"
		}
		d.of(path, property.Value, field.Type)
	}
}

type field struct {
	reflect.Type
	optional bool
}

// fieldsOf returns the fields of a struct by their names in JSON, those of embedded structs included.
func fieldsOf(t reflect.Type) map[string]field {
	fields := map[string]field{}
	for f := range t.Fields() {
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			maps.Copy(fields, fieldsOf(f.Type))
		case f.IsExported() && name != "-":
			fields[name] = field{f.Type, option != ""}
		}
	}
	return fields
}

// constants returns the values of the constants of each string type of the package, sorted.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Type == nil || len(spec.Values) != 1 {
				return true
			}
			name, named := spec.Type.(*ast.Ident)
			literal, isText := spec.Values[0].(*ast.BasicLit)
			if named && isText {
				values[name.Name] = append(values[name.Name], strings.Trim(literal.Value, `"`))
			}
			return true
		})
	}
	for _, list := range values {
		slices.Sort(list)
	}
	if len(values) < 5 {
		t.Fatalf("only %d types with constants were found", len(values))
	}
	return values
}
