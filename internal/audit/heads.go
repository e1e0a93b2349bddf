package audit

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Signer signs texts with a key that is in custody. It authorises and records the signature as the action, on the
// object; the note says what was signed.
type Signer interface {
	SignNote(
		ctx context.Context, caller access.Caller, action access.Action, object, text string, says note.Note,
	) (SignedNote, error)
}

// Related knows under which other ids there are entries about an object: those of requests for changes of it.
type Related interface {
	AuditRelated(ctx context.Context, object string) ([]string, error)
}

// Heads makes signed heads of the log, and exports with the proof that they are of it. It is safe for concurrent use.
type Heads struct {
	log     *Log
	blocks  Blocks
	related Related
	signer  Signer
}

// NewHeads returns what signs the heads of log.
func NewHeads(log *Log, blocks Blocks, related Related, signer Signer) *Heads {
	return &Heads{log: log, blocks: blocks, related: related, signer: signer}
}

// Sign signs what the log is now. Entries that have been added since the last time are verified; a log that is broken
// there has no head, which is a Conflict. The first time it reads the whole log.
func (h *Heads) Sign(ctx context.Context, caller access.Caller) (SignedHead, error) {
	signed, _, err := h.sign(ctx, caller, access.AuditSign, "")
	return signed, err
}

func (h *Heads) sign(
	ctx context.Context, caller access.Caller, action access.Action, object string,
) (SignedHead, *tree, error) {
	if err := h.log.Permit(ctx, caller, action, object); err != nil {
		return SignedHead{}, nil, err
	}
	t, err := grow(ctx, h.log.store, h.blocks)
	if err != nil {
		return SignedHead{}, nil, err
	}
	if t.end.Seq == 0 {
		return SignedHead{}, nil, fault.New(fault.Conflict, "audit_empty", "The audit log has no entry yet.")
	}
	head, err := t.head(h.log.now())
	if err != nil {
		return SignedHead{}, nil, err
	}
	signed, err := h.signHead(ctx, caller, action, object, head)
	return signed, t, err
}

func (h *Heads) signHead(
	ctx context.Context, caller access.Caller, action access.Action, object string, head Head,
) (SignedHead, error) {
	says := note.New("head_signed", "entry %d, %s", head.Seq, head.Hash)
	signed, err := h.signer.SignNote(ctx, caller, action, object, head.Text(), says)
	return SignedHead{Head: head, Note: signed.Note, Key: signed.Key}, err
}

// Export prepares the life of one thing: every entry about it, each with the proof that it is in the log that the
// signed head is of. NotFound: there is no entry about it.
func (h *Heads) Export(ctx context.Context, caller access.Caller, object string) (*Export, error) {
	if err := h.log.Permit(ctx, caller, access.AuditExport, object); err != nil {
		return nil, err
	}
	reach, err := h.log.Reach(ctx, caller, access.AuditExport)
	if err != nil {
		return nil, err
	}
	// What is in nobody's part, such as what a bank has said, is exported by those alone who read it in the log.
	first, err := h.log.store.AuditPage(ctx, reach, about(object, 1))
	if err != nil {
		return nil, err
	}
	if object == "" || len(first.Items) == 0 {
		return nil, fault.New(fault.NotFound, "audit_object_unknown",
			"The audit log has no entry about this; give the id of a certificate, a registration or another object.")
	}
	related, err := h.related.AuditRelated(ctx, object)
	if err != nil {
		return nil, err
	}
	if !caller.MayEverywhere(access.AuditExport) {
		seen := related[:0]
		for _, id := range related {
			may, err := h.log.May(ctx, caller, access.AuditExport, id)
			if err != nil {
				return nil, err
			}
			if may {
				seen = append(seen, id)
			}
		}
		related = seen
	}
	head, t, err := h.sign(ctx, caller, access.AuditExport, object)
	if err != nil {
		return nil, err
	}
	return &Export{
		Objects: append([]string{object}, related...),
		By:      caller.Name,
		At:      h.log.now().UTC().Truncate(time.Second),
		Head:    head,
		store:   h.log.store,
		tree:    t,
	}, nil
}

// about asks for the entries about an object, the oldest first.
func about(object string, limit int) listing.Query {
	q := Listed.Query().With(FilterObject, object)
	q.Sort, q.Limit = "at", limit
	return q
}
