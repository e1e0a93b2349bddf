package trustlist

import (
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Qualification says something of those certificates of a service that meet criteria (TS 119 612 clause 5.5.9.2).
type Qualification struct {
	Qualifiers []string // the last part of their URIs: "NotQualified", "QCForWSA"
	Criteria   Criteria
}

// Criteria are conditions on a certificate.
type Criteria struct {
	Assert   string            // "all", "atLeastOne" or "none" of them
	Usages   []map[string]bool // of key usages, by the names of RFC 5280: each has to be so
	Policies [][]string        // of policies, as OIDs: a certificate has all of them
	Nested   []Criteria
	Other    bool // there are some that are not read
}

type (
	xmlExtension struct {
		Additional []struct {
			URI string `xml:"URI"`
		} `xml:"http://uri.etsi.org/02231/v2# AdditionalServiceInformation"`
		Qualifications []struct {
			Elements []xmlQualification `xml:"QualificationElement"`
		} `xml:"http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/# Qualifications"`
	}
	xmlQualification struct {
		Qualifiers []struct {
			URI string `xml:"uri,attr"`
		} `xml:"Qualifiers>Qualifier"`
		Criteria xmlCriteria `xml:"CriteriaList"`
	}
	xmlCriteria struct {
		Assert string `xml:"assert,attr"`
		Usages []struct {
			Bits []struct {
				Name string `xml:"name,attr"`
				Set  string `xml:",chardata"`
			} `xml:"KeyUsageBit"`
		} `xml:"KeyUsage"`
		Policies []struct {
			IDs []string `xml:"PolicyIdentifier>Identifier"`
		} `xml:"PolicySet"`
		Nested []xmlCriteria `xml:"CriteriaList"`
		Other  []struct{}    `xml:"otherCriteriaList"`
	}
)

func (e xmlExtension) addTo(s *State) {
	for _, a := range e.Additional {
		s.Purposes = append(s.Purposes, lastPart(a.URI))
	}
	for _, list := range e.Qualifications {
		for _, x := range list.Elements {
			q := Qualification{Criteria: x.Criteria.criteria()}
			for _, qualifier := range x.Qualifiers {
				q.Qualifiers = append(q.Qualifiers, lastPart(qualifier.URI))
			}
			s.Limits = append(s.Limits, q)
		}
	}
}

func (x xmlCriteria) criteria() Criteria {
	c := Criteria{Assert: x.Assert, Other: len(x.Other) > 0}
	for _, usage := range x.Usages {
		bits := map[string]bool{}
		for _, b := range usage.Bits {
			bits[b.Name] = strings.TrimSpace(b.Set) == "true" || strings.TrimSpace(b.Set) == "1"
		}
		c.Usages = append(c.Usages, bits)
	}
	for _, set := range x.Policies {
		var ids []string
		for _, id := range set.IDs {
			ids = append(ids, strings.TrimPrefix(strings.ToLower(strings.TrimSpace(id)), "urn:oid:"))
		}
		c.Policies = append(c.Policies, ids)
	}
	for _, nested := range x.Nested {
		c.Nested = append(c.Nested, nested.criteria())
	}
	return c
}

// qualifiersFor returns what is said of a certificate; false: there are criteria of which it is not known whether the
// certificate meets them.
func qualifiersFor(limits []Qualification, c *certs.Certificate) (found []string, determinable bool) {
	determinable = true
	for _, q := range limits {
		switch q.Criteria.meets(c) {
		case yes:
			found = append(found, q.Qualifiers...)
		case unknown:
			determinable = false
		}
	}
	return found, determinable
}

type answer int

const (
	no answer = iota
	yes
	unknown
)

func answerTo(is bool) answer {
	if is {
		return yes
	}
	return no
}

func (cr Criteria) meets(c *certs.Certificate) answer {
	var answers []answer
	for _, bits := range cr.Usages {
		all := true
		for name, set := range bits {
			all = all && slices.Contains(c.KeyUsage, name) == set
		}
		answers = append(answers, answerTo(all))
	}
	for _, ids := range cr.Policies {
		all := len(ids) > 0
		for _, id := range ids {
			all = all && slices.Contains(c.Policies, id)
		}
		answers = append(answers, answerTo(all))
	}
	for _, nested := range cr.Nested {
		answers = append(answers, nested.meets(c))
	}
	if cr.Other {
		answers = append(answers, unknown)
	}
	return combined(cr.Assert, answers)
}

func combined(assert string, answers []answer) answer {
	has := func(a answer) bool { return slices.Contains(answers, a) }
	switch assert {
	case "all":
		switch {
		case has(no) || len(answers) == 0:
			return no
		case has(unknown):
			return unknown
		}
		return yes
	case "atLeastOne", "none":
		one := no
		switch {
		case has(yes):
			one = yes
		case has(unknown):
			one = unknown
		}
		if assert == "none" && one != unknown {
			return answerTo(one == no)
		}
		return one
	}
	return unknown
}
