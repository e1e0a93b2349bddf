package wording

import (
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/vault"
)

// Finding is a finding about a certificate in the reader's words.
type Finding struct {
	Severity rules.Severity
	Message  Sentence
	Remedy   Sentence
	Clause   string
	Code     string
}

// Finding says a finding.
func (t *Translator) Finding(f rules.Finding) Finding {
	said := Finding{
		Severity: f.Severity,
		Clause:   f.Clause,
		Code:     f.Code,
		Message:  t.English(f.Message),
		Remedy:   t.English(f.Remedy),
	}
	if text, ok := t.lookup("finding."+f.Code, f.Args); ok {
		said.Message = Sentence{Text: text}
		if remedy, ok := t.lookup("remedy."+f.Code, nil); ok {
			said.Remedy = Sentence{Text: remedy}
		}
	}
	return said
}

// Findings says findings in their order.
func (t *Translator) Findings(all []rules.Finding) []Finding {
	said := make([]Finding, len(all))
	for i, f := range all {
		said[i] = t.Finding(f)
	}
	return said
}

// WorstByID is what lists know of certificates' findings, for the blockers that name them.
func WorstByID(named map[string]vault.Summary) map[string][]rules.Finding {
	all := map[string][]rules.Finding{}
	for id, s := range named {
		if s.Judgement.Findings > 0 {
			all[id] = []rules.Finding{s.Judgement.Worst}
		}
	}
	return all
}

// FindingsByID judges certificates, for the blockers that name them.
func FindingsByID(records []vault.Record, now time.Time) map[string][]rules.Finding {
	all := map[string][]rules.Finding{}
	for _, r := range records {
		all[r.ID] = r.Findings(now)
	}
	return all
}
