package app

import (
	"context"
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
	sweepEvery     = time.Minute
	paymentsEvery  = 10 * time.Second
	settleEvery    = 10 * time.Second
	rewriteEvery   = 30 * time.Second
	followEvery    = 800 * time.Millisecond // with jitter and the query, within a second
)

// Background runs what is due again and again, until ctx ends. It returns when
// the last run has ended, so that nothing writes to a database that was closed.
func (s *Services) Background(ctx context.Context) {
	copied, copiedOnce := context.WithCancel(ctx)
	defer copiedOnce()
	var running sync.WaitGroup
	start := func(job jobs.Job) { running.Go(func() { jobs.Run(ctx, s.cfg.Logger, job) }) }
	start(jobs.Job{Name: "copy records to custody", Every: copyEvery, Run: func(ctx context.Context) error {
		defer copiedOnce()
		return s.Vault.UpdateMirror(ctx)
	}})
	running.Go(func() {
		<-copied.Done() // what a crash left uncopied is not worth a comparison
		jobs.Run(ctx, s.cfg.Logger, jobs.Job{Name: "check custody", Every: checkEvery, Run: s.Vault.WatchCustody})
	})
	start(jobs.Job{Name: "follow the policy", Every: followEvery, Run: func(ctx context.Context) error {
		return s.Policy.Watch(ctx, access.OnHost("service"))
	}})
	start(jobs.Job{Name: "follow other replicas", Every: followEvery, Run: s.Issuer.FollowReplicas})
	start(jobs.Job{
		Name:  "rewrite the database without destroyed keys",
		Every: rewriteEvery,
		Run:   s.DB.Rewrite,
	})
	start(jobs.Job{Name: "write down repeated refusals", Every: settleEvery, Run: func(ctx context.Context) error {
		return s.Audit.Settle(ctx, false)
	}})
	start(jobs.Job{Name: "sweep approvals", Every: sweepEvery, Run: s.Approvals.Sweep})
	start(jobs.Job{Name: "reconcile consents", Every: reconcileEvery, Run: counting(s.Consents.Reconcile)})
	start(jobs.Job{Name: "follow payments", Every: paymentsEvery, Run: counting(s.Payments.Poll)})
	start(jobs.Job{Name: "index registrations", Every: copyEvery, Run: counting(s.DB.IndexRegistrations)})
	start(jobs.Job{Name: "judge certificates again", Every: judgeEvery, Run: counting(s.Vault.JudgeAgain)})
	start(jobs.Job{Name: "reconcile imports", Every: reconcileEvery, Run: counting(s.Vault.Reconcile)})
	running.Wait()
}

// counting is a run whose result nobody reads.
func counting[N any](run func(context.Context) (N, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := run(ctx)
		return err
	}
}
