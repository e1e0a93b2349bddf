package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/web/remedy"
)

type registrationJSON struct {
	ID            string           `json:"id"`
	ApplicationID string           `json:"application_id"`
	Institution   institutionJSON  `json:"institution"`
	CreatedAt     time.Time        `json:"created_at"`
	Ready         bool             `json:"ready"`
	InUse         []blockerJSON    `json:"in_use_blockers"` // of the active version: what the connector is told
	Blockers      []blockerJSON    `json:"blockers"`        // of the draft, or without one of the active version
	Warnings      []checklist.Gate `json:"warnings"`        // what does not stand in the way
	EnrolmentID   string           `json:"enrolment_id"`
	Steps         []stepJSON       `json:"steps"`    // of the enrolment and of the registration
	Bundles       []bundleJSON     `json:"bundles"`  // newest first
	Revision      string           `json:"revision"` // changes with the newest of them
}

type blockerJSON struct {
	Code       string                   `json:"code"`
	Message    string                   `json:"message"`
	Args       []string                 `json:"args"`
	Object     string                   `json:"object"`
	ObjectKind registration.BlockerKind `json:"object_kind"`
	Link       string                   `json:"link"` // page of the console where it is removed
	API        string                   `json:"api"`  // the operation that removes it, as method and path
	Slot       registration.BlockerSlot `json:"slot"`
}

func blockerOf(b registration.Blocker) blockerJSON {
	return blockerJSON{
		Code:       b.Code,
		Message:    b.Message,
		Args:       b.Args,
		Object:     b.Object,
		ObjectKind: b.ObjectKind,
		Link:       remedy.Page(b.Remedy),
		API:        remedy.Operation(b.Remedy),
		Slot:       b.Slot,
	}
}

type bundleJSON struct {
	Version         int                      `json:"version"`
	State           registration.BundleState `json:"state"`
	Content         string                   `json:"content"` // changes with what the version holds
	QWACID          string                   `json:"qwac_id"`
	QSealCID        string                   `json:"qsealc_id"`
	ClientID        string                   `json:"client_id"`
	HasClientSecret bool                     `json:"has_client_secret"`
	TrustAnchors    []string                 `json:"trust_anchors"`
	TestedAt        *time.Time               `json:"tested_at"`
	TestPassed      bool                     `json:"test_passed"`
	TestDetail      string                   `json:"test_detail"`
	RequestedBy     string                   `json:"requested_by"`
	ApprovalID      string                   `json:"approval_id"`
	ActivatedBy     string                   `json:"activated_by"`
	ActivatedAt     *time.Time               `json:"activated_at"`
	CreatedAt       time.Time                `json:"created_at"`
}

func registrationOf(v registration.View) registrationJSON {
	return registrationJSON{
		ID:            v.Registration.ID,
		ApplicationID: v.Registration.ApplicationID,
		Institution:   institutionOf(v.Institution),
		CreatedAt:     v.Registration.CreatedAt,
		Ready:         v.Ready(),
		InUse:         each(v.InUse, blockerOf),
		Blockers:      each(v.Blockers, blockerOf),
		Warnings:      append([]checklist.Gate{}, v.Warnings...),
		EnrolmentID:   v.Enrolment.ID,
		Steps:         each(v.Steps, stepOf),
		Bundles:       each(v.Bundles, func(b registration.Bundle) bundleJSON { return bundleOf(v, b) }),
		Revision:      v.Revision(),
	}
}

func bundleOf(v registration.View, b registration.Bundle) bundleJSON {
	j := bundleJSON{
		Version:         b.Version,
		State:           b.State,
		Content:         b.Content(),
		QWACID:          b.QWACID,
		QSealCID:        b.QSealCID,
		ClientID:        b.ClientID,
		HasClientSecret: b.CredentialsRef != "",
		TrustAnchors:    append([]string{}, b.TrustAnchors...),
		TestedAt:        moment(b.Test.At),
		TestPassed:      b.Test.Passed,
		TestDetail:      b.Test.Detail,
		ActivatedBy:     b.ActivatedBy,
		ActivatedAt:     moment(b.ActivatedAt),
		CreatedAt:       b.CreatedAt,
	}
	if waiting := v.WaitingFor(b.Version); waiting != nil {
		j.RequestedBy, j.ApprovalID = waiting.RequestedBy, waiting.ID
	}
	return j
}

// moment is null for a time that has not come.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
