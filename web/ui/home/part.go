package home

import (
	"context"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// part is something the service consists of, and whether it is as it should be.
type part struct {
	Name, Says string // keys
	Severity   rules.Severity
}

// parts says whether custody answers and agrees with the records, and whether live
// takes two people. That the database answers the page itself shows.
func (h *Handler) parts(
	ctx context.Context, v session.Visit, _ *wording.Translator, data *homePage,
) ([]task, error) {
	custody := part{Name: "home.part_custody", Says: "home.part_up"}
	if err := h.Vault.Health(ctx); err != nil {
		custody.Says, custody.Severity = "home.part_down", rules.SeverityError
	}
	eyes := part{Name: "home.part_four_eyes", Says: "home.four_eyes_on"}
	if !h.Approvals.Required(ctx, environment.Live) {
		eyes.Says, eyes.Severity = "home.four_eyes_off", rules.SeverityWarning
	}
	parts := []part{{Name: "home.part_database", Says: "home.part_up"}, custody}
	if v.Caller.May(access.AuditRead) { // else asking would be recorded as a refusal
		if found, err := h.Vault.Comparison(ctx, v.Caller); err == nil && found != nil {
			parts = append(parts, recordsPart(found))
		}
	}
	data.Parts = append(parts, eyes)
	return nil, nil
}

func recordsPart(found *vault.Checked) part {
	if len(found.Orphans) > 0 {
		return part{Name: "home.part_records", Says: "home.records_differ", Severity: rules.SeverityWarning}
	}
	return part{Name: "home.part_records", Says: "home.records_agree"}
}
