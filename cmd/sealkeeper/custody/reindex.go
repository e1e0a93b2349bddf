package custody

import (
	"maps"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Reindex rebuilds the records from custody.
type Reindex struct {
	cli.Configured
	DryRun bool `help:"Say what would be restored and write nothing but the audit entry."`
}

// Help is printed below the first line of help.
func (Reindex) Help() string {
	return "These come back: the policy, certificates, CSRs, registrations and bundles, incidents, the ledger of " +
		"copies of keys, and what is known of banks. Where " +
		"custody has no copy of the policy, two people are needed on live from now on, whatever the configuration says."
}

// Run rebuilds the records that custody knows of.
func (c Reindex) Run(env *cli.Environment) error {
	return c.WithServices(env, whole, func(s *app.Services, _ config.Config) error {
		found, err := s.Vault.Reindex(env.Context, cli.Operator(), s.DB, c.DryRun)
		c.print(env, found)
		if err != nil {
			return err
		}
		if !c.DryRun && found.Restored[vault.PolicyDocument]+found.There[vault.PolicyDocument] == 0 {
			if err := s.Policy.BeginStrictly(env.Context, cli.Operator()); err != nil {
				return err
			}
			env.Printf("custody has no copy of the policy: live takes two people from now on\n")
		}
		if len(found.Problems) > 0 {
			return cli.ErrSilent
		}
		return nil
	})
}

func (c Reindex) print(env *cli.Environment, found vault.Reindexed) {
	verb := "restored"
	if c.DryRun {
		verb = "would restore"
	}
	kinds := slices.Collect(maps.Keys(found.Restored))
	kinds = slices.AppendSeq(kinds, maps.Keys(found.There))
	slices.Sort(kinds)
	for _, kind := range slices.Compact(kinds) {
		env.Printf("%s: %s %d, %d already there\n", kind, verb, found.Restored[kind], found.There[kind])
	}
	for _, kind := range slices.Sorted(maps.Keys(found.Secrets)) {
		env.Printf("%s: %s in custody, without records of their own\n", kind,
			cli.Counted(found.Secrets[kind], "document", "documents"))
	}
	for _, problem := range found.Problems {
		env.Printf("PROBLEM  %s\n", problem)
	}
	env.Printf("not in custody, and so not restored: the audit log before now, users, tokens and sessions, " +
		"approvals, evidence files, payments, customers' consents; `sealkeeper user add` makes a user\n")
}
