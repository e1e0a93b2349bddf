package hcvault

import (
	"context"
	"crypto"

	"github.com/sealkeeper/sealkeeper/fault"
)

// SignBatch signs several digests in one request. For each there is a signature
// or an error. It takes one place at the gate, as one signature does.
func (s *Signer) SignBatch(ctx context.Context, digests [][]byte, opts crypto.SignerOpts) ([][]byte, []error) {
	signatures, errs := make([][]byte, len(digests)), make([]error, len(digests))
	items, places := make([]batchItem, 0, len(digests)), make([]int, 0, len(digests))
	var common *signRequest
	for i, digest := range digests {
		request, err := s.request(digest, opts)
		if err != nil {
			errs[i] = err
			continue
		}
		items, places = append(items, batchItem{request.Input}), append(places, i)
		common = request
	}
	if common == nil {
		return signatures, errs
	}
	common.Input = ""
	results, err := s.signBatch(ctx, batchRequest{*common, items})
	for n, i := range places {
		switch {
		case err != nil:
			errs[i] = err
		case results[n].Error != "":
			errs[i] = fault.New(fault.Internal, "vault_request",
				"Vault did not accept the request; its own log has the reason.")
		default:
			signatures[i], errs[i] = parseSignature(results[n].Signature)
		}
	}
	return signatures, errs
}

type batchItem struct {
	Input string `json:"input"`
}

// batchRequest is transit/sign's for several inputs, which share everything else.
type batchRequest struct {
	signRequest
	Items []batchItem `json:"batch_input"`
}

type batchResult struct{ Signature, Error string }

func (s *Signer) signBatch(ctx context.Context, request batchRequest) ([]batchResult, error) {
	ctx, cancel := context.WithTimeout(ctx, s.custody.cfg.Timeout)
	defer cancel()
	if err := s.custody.gate.enter(ctx); err != nil {
		return nil, err
	}
	defer s.custody.gate.leave()
	var signed struct {
		Data struct {
			Results []batchResult `json:"batch_results"`
		}
	}
	if err := s.custody.vault.post(repeatable(ctx), s.path, request, &signed); err != nil {
		return nil, err
	}
	if len(signed.Data.Results) != len(request.Items) {
		return nil, fault.New(fault.Unavailable, "vault_answer",
			"Vault did not answer with as many signatures as it was asked for; check that the configured "+
				"address is Vault's.")
	}
	return signed.Data.Results, nil
}
