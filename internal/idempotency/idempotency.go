// Package idempotency answers one question: has this caller made this request before, and what was the answer? Requests
// are told apart by a key that the caller chooses (draft-ietf-httpapi-idempotency-key-header).
package idempotency

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	// Kept is for how long an answer is kept.
	Kept = 24 * time.Hour
	// MaxAnswer bounds a kept answer, in bytes. That of a larger one is lost, and its request is not made again.
	MaxAnswer = 256 << 10
	// maxKey bounds a key, in characters.
	maxKey = 255
	// perCaller bounds how many keys of one caller are known at a time: some thirty requests a minute.
	perCaller = 50_000
)

// Request is a request under a key.
type Request struct {
	Caller    string // id
	Token     secret.Text
	Key       string
	Operation string // method and path
	Body      []byte
}

// Answer is what a request was answered with.
type Answer struct {
	Status      int    `json:"status"`
	ContentType string `json:"content_type"`
	Body        []byte `json:"body"`
}

// Record is what is kept of a request. Without the caller's token nobody learns from it what was asked or answered.
type Record struct {
	ID          string
	Caller      string
	Fingerprint string
	Answer      []byte // sealed; empty: none yet, or it was lost
	ExpiresAt   time.Time
}

// Store keeps records.
type Store interface {
	// BeginRequest writes the record, unless there is one of its id that has not expired: then it returns that, and
	// true. Of two who come at once, one writes. If the caller has as many as most, it is full.
	BeginRequest(ctx context.Context, r Record, now time.Time, most int) (known Record, found, full bool, err error)
	// FinishRequest adds the answer.
	FinishRequest(ctx context.Context, id string, answer []byte) error
	// ForgetRequest removes a record.
	ForgetRequest(ctx context.Context, id string) error
	// ForgetRequests removes those that have expired.
	ForgetRequests(ctx context.Context, now time.Time) error
}

// Service knows requests. It is safe for concurrent use.
type Service struct {
	store Store
	now   func() time.Time
}

// New returns a Service.
func New(store Store, now func() time.Time) *Service {
	return &Service{store: store, now: clock.Micros(now)}
}

// Begin notes that the request is being made. If it was made before, it returns its answer; if it is being made at this
// moment, or another was made under its key, it refuses. Whoever is let through calls Finish or Forget of what it
// returns.
func (s *Service) Begin(ctx context.Context, r Request) (*Running, *Answer, error) {
	if !validKey(r.Key) {
		return nil, nil, fault.New(fault.Invalid, "idempotency_key_invalid",
			"An Idempotency-Key has 1 to %d printable characters of ASCII; a random UUID is good.", maxKey)
	}
	running, err := s.running(r)
	if err != nil {
		return nil, nil, err
	}
	now := s.now()
	mine := Record{
		ID:          running.id,
		Caller:      r.Caller,
		Fingerprint: running.fingerprint(r),
		ExpiresAt:   now.Add(Kept),
	}
	known, found, full, err := s.store.BeginRequest(ctx, mine, now, perCaller)
	switch {
	case err != nil:
		return nil, nil, err
	case full:
		return nil, nil, fault.New(fault.Unavailable, "idempotency_keys_many",
			"There were too many requests under keys within a day; send this one without a key, or later.").
			RetryAfter(time.Hour)
	case !found:
		return running, nil, nil
	case !hmac.Equal([]byte(known.Fingerprint), []byte(mine.Fingerprint)):
		return nil, nil, fault.New(fault.Invalid, "idempotency_key_reused",
			"Another request was made under this Idempotency-Key, or with another token; "+
				"use a new key for each request.")
	case len(known.Answer) == 0:
		return nil, nil, fault.New(fault.Conflict, "idempotency_in_progress",
			"The request under this Idempotency-Key is being served, or its answer was lost; "+
				"look whether it took effect before you make it under another key.")
	}
	answer, err := running.open(known.Answer)
	return nil, answer, err
}

// Forget removes what has expired.
func (s *Service) Forget(ctx context.Context) error { return s.store.ForgetRequests(ctx, s.now()) }

// validKey reports whether the text can be a key: the content of a string of RFC 9651.
func validKey(key string) bool {
	for _, c := range []byte(key) {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return key != "" && len(key) <= maxKey
}

// Running is a request that is being made.
type Running struct {
	store    Store
	id       string
	mac      []byte
	envelope cipher.AEAD
}

func (s *Service) running(r Request) (*Running, error) {
	sum := sha256.Sum256([]byte(r.Caller + "\x00" + r.Operation + "\x00" + r.Key))
	mac, err := hkdf.Key(sha256.New, r.Token.Bytes(), nil, "sealkeeper idempotency fingerprint", sha256.Size)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, r.Token.Bytes(), nil, "sealkeeper idempotency answer", 32)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	envelope, err := cipher.NewGCMWithRandomNonce(block)
	return &Running{store: s.store, id: hex.EncodeToString(sum[:]), mac: mac, envelope: envelope}, err
}

// fingerprint is the same for the same body. It is keyed, so that nobody finds a short secret in it by trying.
func (r *Running) fingerprint(of Request) string {
	h := hmac.New(sha256.New, r.mac)
	h.Write(of.Body)
	return hex.EncodeToString(h.Sum(nil))
}

func (r *Running) open(sealed []byte) (*Answer, error) {
	plain, err := r.envelope.Open(nil, nil, sealed, []byte(r.id))
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "idempotency_answer_altered",
			"The answer that was kept is not as it was written; look whether the request took effect.")
	}
	var a Answer
	return &a, json.Unmarshal(plain, &a)
}

// Finish keeps the answer.
func (r *Running) Finish(ctx context.Context, a Answer) error {
	plain, err := json.Marshal(a)
	if err != nil {
		return err
	}
	sealed := r.envelope.Seal(nil, nil, plain, []byte(r.id)) //nolint:gosec // it makes its nonce
	return r.store.FinishRequest(ctx, r.id, sealed)
}

// Forget lets the request be made again under its key: it has failed in a way that may pass.
func (r *Running) Forget(ctx context.Context) error { return r.store.ForgetRequest(ctx, r.id) }
