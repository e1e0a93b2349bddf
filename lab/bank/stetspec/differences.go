package stetspec

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Difference is a point in which 1.4.2, or the bank, is not as 1.5.
type Difference struct {
	Name  string // as docs/bank.md lists it
	apply func(*openapi3.T)
}

// Differences returns the names of all corrections.
func Differences() []string {
	names := make([]string, len(differences))
	for i, d := range differences {
		names[i] = d.Name
	}
	return names
}

var differences = []Difference{
	{"amounts as strings", func(doc *openapi3.T) {
		text := openapi3.NewStringSchema().WithPattern(`^-?[0-9]+(\.[0-9]+)?$`)
		schema(doc, "AmountType").Properties["amount"] = openapi3.NewSchemaRef("",
			openapi3.NewAnyOfSchema(openapi3.NewFloat64Schema(), text))
	}},
	{"beneficiaries link", func(doc *openapi3.T) { link(doc, "AccountListLinks", "beneficiaries") }},
	{"connectedPsu identity", func(doc *openapi3.T) {
		identity := schema(doc, "HalEndUserIdentity")
		identity.Required = []string{"connectedPsu", "_links"}
		delete(identity.Properties, "identity")
		for _, name := range []string{"connectedPsu", "connectedPsuFirstName", "connectedPsuLastName"} {
			identity.Properties[name] = openapi3.NewSchemaRef("", openapi3.NewStringSchema())
		}
		prefix := openapi3.NewStringSchema().WithEnum("DOCT", "MADM", "MISS", "MIST")
		identity.Properties["connectedPsuNamePrefix"] = openapi3.NewSchemaRef("", prefix)
	}},
	{"parent-list links", func(doc *openapi3.T) {
		link(doc, "EndUserIdentityLinks", "parent-list")
		link(doc, "BeneficiariesLinks", "parent-list")
	}},
	{"beneficiary and date on the payment", func(doc *openapi3.T) {
		schema(doc, "CreditTransferTransactionResource").Required = []string{"paymentId"}
		day := doc.Components.Schemas["RequestedExecutionDate"]
		schema(doc, "PaymentRequestResource").Properties["requestedExecutionDate"] = day
	}},
	{"cancellation reasons", func(doc *openapi3.T) {
		reasons := schema(doc, "StatusReasonInformation")
		reasons.Enum = append(slices.Clone(reasons.Enum), "DUPL", "TECH")
	}},
	{"confirmation without a body", func(doc *openapi3.T) {
		doc.Paths.Find(confirmationPath).Post.RequestBody.Value.Required = false
	}},
	{"o-confirmation", func(doc *openapi3.T) {
		post := *doc.Paths.Find(confirmationPath).Post
		post.OperationID = "paymentRequestOConfirmationPost"
		doc.Paths.Set("/payment-requests/{paymentRequestResourceId}/o-confirmation", &openapi3.PathItem{Post: &post})
	}},
	{"plain JSON", func(doc *openapi3.T) {
		for _, item := range doc.Paths.Map() {
			for _, operation := range item.Operations() {
				for _, response := range operation.Responses.Map() {
					if hal := response.Value.Content["application/hal+json; charset=utf-8"]; hal != nil {
						response.Value.Content["application/json"] = hal
					}
				}
			}
		}
	}},
	{"paging parameters", func(doc *openapi3.T) {
		for _, path := range []string{
			"/accounts",
			"/accounts/{accountResourceId}/transactions",
			"/trusted-beneficiaries",
		} {
			get := doc.Paths.Find(path).Get
			for _, name := range []string{"page", "beforeEntryReference"} {
				parameter := openapi3.NewQueryParameter(name).WithSchema(openapi3.NewStringSchema())
				get.Parameters = append(get.Parameters, &openapi3.ParameterRef{Value: parameter})
			}
		}
	}},
	{"more refusals", func(doc *openapi3.T) {
		refusal := doc.Paths.Find("/accounts").Get.Responses.Value("403")
		for _, path := range []string{"/accounts", "/end-user-identity", "/trusted-beneficiaries"} {
			doc.Paths.Find(path).Get.Responses.Set("400", refusal)
		}
		doc.Paths.Find(confirmationPath).Post.Responses.Set("404", refusal)
	}},
}

const confirmationPath = "/payment-requests/{paymentRequestResourceId}/confirmation"

func schema(doc *openapi3.T, name string) *openapi3.Schema { return doc.Components.Schemas[name].Value }

func link(doc *openapi3.T, of, name string) {
	schema(doc, of).Properties[name] = doc.Components.Schemas["GenericLink"]
}
