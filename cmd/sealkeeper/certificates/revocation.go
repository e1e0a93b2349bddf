package certificates

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/web/api"
)

type certificatesRevocationCmd struct {
	cli.Configured
	ID   string `arg:"" help:"Id of the certificate."`
	Ask  bool   `help:"Ask the issuers now; each is asked once in a minute."`
	JSON bool   `name:"json" help:"Print what GET /v1/certificates/{id}/revocation answers."`
}

// Run says what issuers say of a certificate and its chain.
func (c certificatesRevocationCmd) Run(env *cli.Environment) error {
	return c.WithServices(env, app.Opening{}, func(s *app.Services, _ config.Config) error {
		look := s.Revocation.OfCertificate
		if c.Ask {
			look = s.Revocation.AskNow
		}
		results, err := look(env.Context, officer, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return env.JSON(api.RevocationOf(results, s.Revocation.Asking()))
		}
		for _, r := range results {
			printRevocation(env, r)
		}
		return nil
	})
}

// states say in the words of the console what is known.
var states = map[revocation.State]string{
	revocation.Good:       "not revoked",
	revocation.Revoked:    "REVOKED",
	revocation.Unknown:    "unknown to its issuer",
	revocation.NoAnswer:   "no answer",
	revocation.Stale:      "out of date",
	revocation.NotNeeded:  "not needed: certificates of its kind are never revoked",
	revocation.NotChecked: "NOT CHECKED",
}

func printRevocation(env *cli.Environment, r revocation.Result) {
	env.Printf("%s: %s\n", r.Subject(), states[r.State])
	if a := r.Answer; a.Source != "" {
		if !a.RevokedAt.IsZero() {
			env.Printf("  revoked at %s, reason: %s\n", a.RevokedAt.Format(time.RFC3339), a.ReasonName())
		}
		env.Printf("  answered at %s by %s (%s), counts until %s\n", a.At.Format(time.RFC3339), a.Source, a.Means,
			a.Until.Format(time.RFC3339))
		env.Printf("  signed by %s, SHA-256 %s\n", a.Responder, a.SHA256)
		if !a.ResponderEnds.IsZero() {
			env.Printf("  the responder's certificate ends on %s; revoked: %s\n", a.ResponderEnds.Format(time.DateOnly),
				a.ResponderState)
		}
	}
	if last := r.Attempt; last.Cause != "" {
		env.Printf("  last question at %s: %s (%s)\n", last.At.Format(time.RFC3339), last.Status, last.Cause)
	}
}
