package api

import (
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func stepOf(s checklist.Step) api.Step {
	return api.Step{
		ID:           s.ID,
		Scope:        string(s.Scope),
		Subject:      s.Subject,
		Title:        textOf(s.Title),
		Why:          textOf(s.Why),
		How:          textOf(s.How),
		Link:         s.Link,
		Who:          s.Who,
		Needs:        listed(s.Needs),
		Role:         s.Role,
		State:        api.StepState(s.State),
		Checked:      s.Checked(),
		HasEmail:     s.Email != nil,
		Locked:       s.Locked,
		LockedBy:     listed(s.LockedBy),
		Optional:     s.Optional,
		Owner:        s.Record.Owner,
		DueAt:        moment(s.Record.DueAt),
		WaitingSince: moment(s.Record.WaitingSince),
		RemindAt:     moment(s.Record.RemindAt),
		Overdue:      s.Overdue,
		DoneBefore:   moment(s.Record.DoneBefore),
		Note:         s.Record.Note,
		Gates:        each(s.Gates, gateOf),
		Evidence:     each(s.Evidence, evidenceOf),
		ChangedBy:    s.Record.ChangedBy,
		ChangedAt:    moment(s.Record.ChangedAt),
	}
}

func gateOf(g checklist.Gate) api.Gate {
	return api.Gate{Code: g.Code, Level: api.GateLevel(g.Level), Message: g.Message, Object: g.Object, Args: g.Args}
}
