package alerts

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
)

// SlackChannel returns what posts to a Slack incoming webhook. Its address is a secret.
func SlackChannel(poster Poster, url Secret) Sender { return chat{poster, url, slack} }

// TeamsWorkflow returns what posts an Adaptive Card to a workflow of Microsoft Teams ("When a Teams webhook request is
// received"). Its address is a secret.
func TeamsWorkflow(poster Poster, url Secret) Sender { return chat{poster, url, teams} }

type chat struct {
	poster Poster
	url    Secret
	body   func(m Message) any
}

// Send implements Sender.
func (c chat) Send(ctx context.Context, m Message) error {
	url, err := c.url()
	if err != nil {
		return err
	}
	body, err := json.Marshal(c.body(m))
	if err != nil {
		return fault.Wrap(err, fault.Internal, "chat", "The message cannot be written.")
	}
	header := http.Header{"Content-Type": {"application/json"}}
	return post(ctx, c.poster, url.Reveal(), header, body)
}

type object map[string]any

// Slack takes 3000 characters in a section and 50 blocks.
const slackText = 2900

// slackEscape keeps names from being read as links or mentions.
var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func slack(m Message) any {
	blocks := []object{{"type": "header", "text": object{"type": "plain_text", "text": bounded(m.subject(), 150)}}}
	for _, p := range m.paragraphs() {
		text := slackEscape.Replace(strings.Join(p.Lines, "\n"))
		if p.Title != "" {
			text = "*" + slackEscape.Replace(p.Title) + "*\n" + text
		}
		text = bounded(text, slackText-len(p.URL)) + "\n<" + p.URL + ">"
		blocks = append(blocks, object{"type": "section", "text": object{"type": "mrkdwn", "text": text}})
	}
	return object{"text": slackEscape.Replace(m.subject()), "blocks": blocks}
}

// A card has 28 KB in Teams.
const (
	cardText = 600
	cardMost = 20
)

// cardEscape keeps names from being read as Markdown.
var cardEscape = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "`", "\\`")

func teams(m Message) any {
	body := []object{{
		"type": "TextBlock", "size": "Medium", "weight": "Bolder", "wrap": true, "text": cardEscape.Replace(m.subject()),
	}}
	all := m.paragraphs()
	for _, p := range all[:min(len(all), cardMost)] {
		if p.Title != "" {
			body = append(body, object{
				"type": "TextBlock", "weight": "Bolder", "wrap": true, "separator": true, "text": cardEscape.Replace(p.Title),
			})
		}
		for _, line := range p.Lines {
			text := cardEscape.Replace(bounded(line, cardText))
			body = append(body, object{"type": "TextBlock", "wrap": true, "spacing": "None", "text": text})
		}
	}
	return object{"type": "message", "attachments": []object{{
		"contentType": "application/vnd.microsoft.card.adaptive",
		"content": object{
			"$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
			"type":    "AdaptiveCard",
			"version": "1.4",
			"body":    body,
			"actions": []object{{"type": "Action.OpenUrl", "title": "Sealkeeper", "url": m.PageURL}},
		},
	}}}
}

// bounded ends a text after a whole character.
func bounded(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	for bytes > 0 && !utf8.RuneStart(text[bytes]) {
		bytes--
	}
	return text[:bytes] + "…"
}
