package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// GetChecklist returns the checklist of a registration, with its enrolment's part, or of an enrolment.
func (c *Client) GetChecklist(ctx context.Context, id string) (api.Checklist, error) {
	return get[api.Checklist](ctx, c, path("checklists", id))
}

// ListHistory returns who changed what about a registration, enrolment, organization or application: the
// newest 1000 entries, newest first.
func (c *Client) ListHistory(ctx context.Context, id string) ([]api.HistoryEntry, error) {
	return get[[]api.HistoryEntry](ctx, c, path("checklists", id, "history"))
}

// EditStep records a step's state, owner, due date and note.
func (c *Client) EditStep(ctx context.Context, id, step string, in api.StepEdit) (api.Checklist, error) {
	return send[api.Checklist](ctx, c, http.MethodPut, path("checklists", id, "steps", step), in)
}

// AddEvidence attaches a file to a step: PDF, PNG, JPEG, e-mail or text of at most 5 MiB.
func (c *Client) AddEvidence(ctx context.Context, id, step, name string, content []byte) (api.Evidence, error) {
	f := newForm()
	f.file("file", name, content)
	return upload[api.Evidence](ctx, c, path("checklists", id, "steps", step, "evidence"), f)
}

// GetEvidence returns the content of an evidence file. Each call is audited.
func (c *Client) GetEvidence(ctx context.Context, id string) ([]byte, error) {
	return c.do(ctx, request{method: http.MethodGet, path: path("evidence", id)})
}

// PrepareEmail returns the e-mail to the bank for a step. It does not send it.
func (c *Client) PrepareEmail(ctx context.Context, id, step string, in api.NewEmail) (api.EmailDraft, error) {
	return send[api.EmailDraft](ctx, c, http.MethodPost, path("checklists", id, "steps", step, "email"), in)
}

// RecordSent records that the e-mail to the bank was sent.
func (c *Client) RecordSent(ctx context.Context, id, step string, in api.EmailSent) (api.Checklist, error) {
	return send[api.Checklist](ctx, c, http.MethodPost, path("checklists", id, "steps", step, "sent"), in)
}

// RecordAnswer records what the bank answered.
func (c *Client) RecordAnswer(ctx context.Context, id, step string, in api.EmailAnswer) (api.Checklist, error) {
	return send[api.Checklist](ctx, c, http.MethodPost, path("checklists", id, "steps", step, "answer"), in)
}

// Today returns what needs the caller today, the most urgent first.
func (c *Client) Today(ctx context.Context) (api.Today, error) {
	return get[api.Today](ctx, c, path("today"))
}
