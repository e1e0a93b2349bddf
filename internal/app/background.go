package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/jobs"
)

const (
	reconcileEvery = 15 * time.Second
	copyEvery      = 2 * time.Second
	checkEvery     = time.Hour
	judgeEvery     = time.Minute
	askEvery       = 15 * time.Second
	listsEvery     = 30 * time.Second
	sweepEvery     = time.Minute
	paymentsEvery  = 10 * time.Second
	importsEvery   = 5 * time.Second
	campaignsEvery = 5 * time.Second
	settleEvery    = 10 * time.Second
	looksEvery     = time.Minute
	rewriteEvery   = 30 * time.Second
	usedEvery      = time.Minute
	casesEvery     = 10 * time.Second
	alertsEvery    = 10 * time.Second
	pruneEvery     = time.Hour
	headEvery      = time.Hour
	followEvery    = 800 * time.Millisecond // with jitter and the query, within a second
)

// Background runs what is due again and again, until ctx ends. It returns when
// the last run has ended, so that nothing writes to a database that was closed.
func (s *Services) Background(ctx context.Context) {
	var running sync.WaitGroup
	runner := jobs.NewRunner(s.DB, s.cfg.Logger, jobs.Life)
	for _, job := range s.jobs() {
		running.Go(func() { runner.Run(ctx, s.jobMetrics.watched(traced(s.cfg.Traces, job))) })
	}
	running.Go(func() { s.Feed.Run(ctx) })
	running.Wait()
}

// jobs are what is due again and again. What each replica has of its own, it looks after itself.
func (s *Services) jobs() []jobs.Job {
	return []jobs.Job{
		{Name: "follow the policy", Every: followEvery, Run: func(ctx context.Context) error {
			return s.Policy.Watch(ctx, access.OnHost("service"))
		}},
		{Name: "follow the catalogue", Every: followEvery, Run: s.BankFiles.Follow},
		{Name: "read the folder of catalogue files", Every: judgeEvery, Shared: true, Run: s.BankFiles.Read},
		{Name: "follow what banks have said", Every: followEvery, Run: s.Registrations.FollowBankFacts},
		{Name: "follow other replicas", Every: followEvery, Run: s.Issuer.FollowReplicas},
		{Name: "write down repeated refusals", Every: settleEvery, Run: func(ctx context.Context) error {
			return s.Audit.Settle(ctx, false)
		}},
		{Name: "note when tokens were used", Every: usedEvery, Run: s.Accounts.Flush},
		{Name: "count what services use", Every: usedEvery, Run: func(ctx context.Context) error {
			return s.Usage.Settle(ctx, false)
		}},
		{Name: "note which certificates banks present", Every: settleEvery, Run: s.BankServers.Settle},
		{Name: "note what rights are used for", Every: usedEvery, Shared: true, Run: s.Reviews.FollowUses},
		{Name: "forget instances of services", Every: pruneEvery, Shared: true, Run: s.Usage.Prune},
		{Name: "forget answers of a day ago", Every: pruneEvery, Shared: true, Run: s.Requests.Forget},
		{Name: "forget what need not be kept", Every: pruneEvery, Shared: true, Run: s.Retention.Run},
		{Name: "copy records to custody", Every: copyEvery, Shared: true, Run: s.Vault.UpdateMirror},
		{Name: "check custody", Every: checkEvery, Shared: true, Run: func(ctx context.Context) error {
			// What a crash left uncopied is not worth a comparison.
			return errors.Join(s.Vault.UpdateMirror(ctx), s.Vault.WatchCustody(ctx))
		}},
		{Name: "sign the head of the audit log", Every: headEvery, Shared: true, Run: s.keepHead},
		{Name: "archive the audit log", Every: pruneEvery, Shared: true, Run: s.archiveLog},
		{Name: "rewrite the database without destroyed keys", Every: rewriteEvery, Shared: true, Run: s.DB.Rewrite},
		{Name: "sweep approvals", Every: sweepEvery, Shared: true, Run: s.Approvals.Sweep},
		{Name: "reconcile consents", Every: reconcileEvery, Shared: true, Run: counting(s.Consents.Reconcile)},
		{Name: "follow payments", Every: paymentsEvery, Shared: true, Run: counting(s.Payments.Poll)},
		{Name: "bring in registrations", Every: importsEvery, Shared: true, Run: counting(s.Imports.Run)},
		{Name: "carry out campaigns", Every: campaignsEvery, Shared: true, Run: counting(s.Campaigns.Run)},
		{Name: "index registrations", Every: copyEvery, Shared: true, Run: counting(s.DB.IndexRegistrations)},
		{Name: "look at registrations", Every: copyEvery, Shared: true, Run: counting(s.Registrations.LookAtDue)},
		{Name: "judge certificates again", Every: judgeEvery, Shared: true, Run: counting(s.Vault.JudgeAgain)},
		{Name: "open and close cases", Every: casesEvery, Shared: true, Run: counting(s.Cases.Evaluate)},
		{Name: "send alerts", Every: alertsEvery, Shared: true, Run: s.Alerts.Run},
		{Name: "ask what was revoked", Every: askEvery, Shared: true, Run: counting(s.Revocation.AskDue)},
		{Name: "read trusted lists", Every: listsEvery, Shared: true, Run: counting(s.Trust.ReadDue)},
		{Name: "judge by trusted lists", Every: judgeEvery, Shared: true, Run: counting(s.Trust.JudgeUsed)},
		{Name: "look at servers of banks", Every: looksEvery, Shared: true, Run: counting(s.BankServers.LookAtDue)},
		{Name: "read registers", Every: listsEvery, Shared: true, Run: counting(s.Registers.ReadDue)},
		{Name: "judge by registers", Every: judgeEvery, Shared: true, Run: counting(s.Registers.JudgeUsed)},
		{Name: "reconcile imports", Every: reconcileEvery, Shared: true, Run: counting(s.Vault.Reconcile)},
	}
}

// counting is a run whose result nobody reads.
func counting[N any](run func(context.Context) (N, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := run(ctx)
		return err
	}
}
