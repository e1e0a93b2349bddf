package alerts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Poster posts to addresses on the internet.
type Poster interface {
	Ask(ctx context.Context, q internet.Question) (internet.Answer, error)
}

// Secret is a text that is read each time it is needed.
type Secret func() (secret.Text, error)

// Webhooks returns what posts each event to an address as a CloudEvent, signed as Standard Webhooks say with every key:
// while one takes the place of another, receivers find the signature that they know.
func Webhooks(poster Poster, url string, keys []Secret, source string) Sender {
	return webhooks{poster, url, keys, source}
}

type webhooks struct {
	poster Poster
	url    string
	keys   []Secret
	source string
}

// EventOf is an item as a CloudEvent. source is the public address of this service.
func EventOf(item Item, source string) api.CaseEvent {
	c := item.Case
	return api.CaseEvent{
		SpecVersion:     "1.0",
		ID:              item.Event.ID,
		Source:          source,
		Type:            "com.sealkeeper.case." + cases.Name(item.Event.What),
		Subject:         c.ID,
		Time:            item.Event.At,
		DataContentType: "application/json",
		Sequence:        strconv.FormatInt(item.Event.Seq, 10),
		Data: api.CaseEventData{
			Kind:            string(c.Kind),
			Name:            c.Name,
			Subject:         c.Watched.ID,
			Environment:     string(c.Environment),
			RegistrationIDs: append([]string{}, c.Places...),
			Registrations:   c.PlaceCount,
			EndsAt:          c.EndsAt,
			Urgent:          c.Urgent,
			Threshold:       c.Threshold,
			Owner:           c.Owner,
			Open:            c.ClosedAt.IsZero(),
			Fact:            c.Fact,
			URL:             source + "/alerts/" + c.ID,
		},
	}
}

// Send implements Sender.
func (w webhooks) Send(ctx context.Context, m Message) error {
	event := api.CaseEvent{
		SpecVersion:     "1.0",
		ID:              m.ID,
		Source:          w.source,
		Type:            "com.sealkeeper.test",
		Time:            m.At,
		DataContentType: "application/json",
		Sequence:        "0",
		Data:            api.CaseEventData{RegistrationIDs: []string{}, URL: m.PageURL},
	}
	if !m.Test {
		event = EventOf(m.Items[0], w.source)
	}
	body, err := json.Marshal(event)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "webhook", "The event cannot be written.")
	}
	signature, err := w.sign(m.ID, m.At, body)
	if err != nil {
		return err
	}
	header := http.Header{}
	header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	header.Set("webhook-id", m.ID)
	header.Set("webhook-timestamp", strconv.FormatInt(m.At.Unix(), 10))
	header.Set("webhook-signature", signature)
	return post(ctx, w.poster, w.url, header, body)
}

// keyPrefix begins a key as Standard Webhooks write it; the rest is base64.
const keyPrefix = "whsec_"

// sign is the header with a signature of each key, separated by blanks.
func (w webhooks) sign(id string, at time.Time, body []byte) (string, error) {
	var all []string
	for _, read := range w.keys {
		text, err := read()
		if err != nil {
			return "", err
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text.Reveal(), keyPrefix))
		if err != nil || len(key) < 24 {
			return "", fault.New(fault.Unavailable, "webhook_key",
				"The key of a webhook must be whsec_ and at least 24 bytes in base64.")
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " "), nil
}

// answerBytes is how much of a receiver's answer is read.
const answerBytes = 4 << 10

// post posts, and says what the answer means for whether to try again.
func post(ctx context.Context, poster Poster, url string, header http.Header, body []byte) error {
	answer, err := poster.Ask(ctx, internet.Question{
		Purpose:    "alert",
		URL:        url,
		Method:     http.MethodPost,
		Header:     header,
		Body:       body,
		MaxBytes:   answerBytes,
		StatusOnly: true, // else a receiver with much to say would be told of the same for two weeks
	})
	switch {
	case err == nil:
		return nil
	case answer.Status == http.StatusGone: // as Standard Webhooks have it
		return fault.Wrap(err, fault.Conflict, "receiver_gone", "The receiver wants no more messages.")
	case errors.Is(err, fault.Unavailable):
		return err
	}
	// What is refused before anybody is asked is put right in the configuration, and then tried again.
	code := fault.Code(err)
	return fault.Wrap(err, fault.Unavailable, code, "The channel's address cannot be asked.")
}
