package ledger

// BeneficiaryList is HalBeneficiaries.
type BeneficiaryList struct {
	Beneficiaries []Beneficiary `json:"beneficiaries"`
	Links         Links         `json:"_links"`
}

// Beneficiary is someone the customer pays without a second factor.
type Beneficiary struct {
	ID              string    `json:"id"`
	IsTrusted       bool      `json:"isTrusted"`
	CreditorAgent   Agent     `json:"creditorAgent"`
	Creditor        Creditor  `json:"creditor"`
	CreditorAccount AccountID `json:"creditorAccount"`
}

// Agent is a bank.
type Agent struct {
	BICFI string `json:"bicFi"`
}

// Creditor is who is paid.
type Creditor struct {
	Name string `json:"name"`
}

const beneficiariesPerPage = 3

// beneficiaries of each segment; enterprises have none here, so that the
// empty answer can be met.
var beneficiaries = map[string][]Beneficiary{
	"pri": {
		trusted("1", "LEA BERNARD", "FR7630001007941234567890185"),
		trusted("2", "REGIE IMMOBILIERE DU PARC", "FR7630004000031234567890143"),
		trusted("3", "ECOLE DE MUSIQUE", "FR7630006000011234567890189"),
		trusted("4", "PAUL MARTIN", "FR1420041010050500013M02606"),
	},
	"pro": {trusted("1", "FOURNITURES DU CENTRE", "FR7630006000011234567890189")},
}

func trusted(id, name, iban string) Beneficiary {
	return Beneficiary{
		ID:              id,
		IsTrusted:       true,
		CreditorAgent:   Agent{"SOGEFRPP"},
		Creditor:        Creditor{name},
		CreditorAccount: AccountID{IBAN: iban},
	}
}

// Beneficiaries is one page of the trusted beneficiaries; false when there is
// no such page. It may be empty.
func (b *Book) Beneficiaries(page string) (*BeneficiaryList, bool) {
	all := beneficiaries[b.segment]
	from, to, links, ok := window(len(all), beneficiariesPerPage, "/trusted-beneficiaries", page)
	if !ok {
		return nil, false
	}
	links["parent-list"] = Link{Href: "/accounts"}
	return &BeneficiaryList{Beneficiaries: all[from:to], Links: links}, true
}
