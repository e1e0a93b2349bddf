package cases_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/store"
)

// How many certificates are in use at a time, and how often the clock is looked at; the larger number and every hour
// with SEALKEEPER_DRILL=whole, as by `make drill`.
const (
	drillCertificates = 80
	drillWhole        = 10_000
)

const (
	drillDays   = 400
	worstOutage = 6 * day // of a channel
)

// receiver takes messages, unless it is down. As Standard Webhooks ask of one, it knows a message that comes again by
// its id.
type receiver struct {
	mu      sync.Mutex
	down    bool
	lost    int // answers that did not reach the sender
	rng     *rand.Rand
	by      map[string]string // case and event: id of the message
	told    map[string][]time.Time
	doubled []string
}

func newReceiver(seed uint64) *receiver {
	return &receiver{rng: rand.New(rand.NewPCG(seed, seed)), by: map[string]string{}, told: map[string][]time.Time{}}
}

func (r *receiver) Send(_ context.Context, m alerts.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		return fault.New(fault.Unavailable, "receiver_down", "It is down.")
	}
	for _, item := range m.Items {
		key := item.Case.Watched.ID + " " + item.Event.What
		if before, told := r.by[key]; told && before != m.ID {
			r.doubled = append(r.doubled, key)
		}
		r.by[key] = m.ID
		r.told[item.Case.Watched.ID] = append(r.told[item.Case.Watched.ID], m.At)
	}
	if r.rng.IntN(50) == 0 { // it has arrived, and the sender does not learn it
		r.lost++
		return fault.New(fault.Unavailable, "answer_lost", "The answer was lost.")
	}
	return nil
}

// use is a certificate in use, and what is to be told of it by the drill's own reckoning.
type use struct {
	certificate  string
	registration string
	version      int
	begins, ends time.Time
	replaceAt    time.Time
	last         string    // threshold
	urgentAt     time.Time // zero: it is not
	escalated    bool
	next         time.Time // when anything changes
}

// thresholds reckons anew when something is to be told, in days before the end.
func (u *use) thresholds() map[string]time.Duration {
	life := u.ends.Sub(u.begins)
	const lead = 21 * day
	open := lead + life/3
	if life > 180*day {
		open = lead + 60*day
	}
	if open > life-life/3 { // a certificate of 47 days is not told of in its first third
		open = life - life/3
	}
	return map[string]time.Duration{
		cases.Opened:      open,
		cases.Halfway:     (lead + open) / 2,
		cases.LastSafeDay: lead,
		cases.SevenDays:   7 * day,
		cases.OneDay:      day,
		cases.Ended:       0,
	}
}

// passed is the last threshold that is over.
func (u *use) passed(now time.Time) string {
	what, least := "", time.Duration(1<<62)
	for name, before := range u.thresholds() {
		if !now.Before(u.ends.Add(-before)) && before < least {
			what, least = name, before
		}
	}
	return what
}

// drill is 400 days of a firm.
type drill struct {
	*world
	rng    *rand.Rand
	uses   []*use
	wanted map[string]time.Time // case and event: when
	closed map[string]time.Time
	micros atomic.Int64
	hook   *receiver
	mail   *receiver
}

func (d *drill) time() time.Time { return time.UnixMicro(d.micros.Load()).UTC() }

// replica is a process: its own connection, and services that a restart makes anew.
type replica struct {
	db     *store.DB
	cases  *cases.Service
	alerts *alerts.Service
	cut    int // runs that were killed before they were over
}

func (d *drill) restart(r *replica) {
	r.alerts = alerts.New(alerts.Config{
		Store: r.db,
		Channels: []alerts.Channel{
			{Name: "hook", Kind: alerts.Webhook, Language: alerts.English, Sender: d.hook},
			{Name: "mail", Kind: alerts.Email, Language: alerts.French, Sender: d.mail},
		},
		Hour:     8,
		Location: time.UTC,
		Audit:    audit.New(r.db, d.time),
		Logger:   slog.New(slog.DiscardHandler),
		Now:      d.time,
	})
	cfg := d.config(r.db, d.time)
	cfg.Recipients = r.alerts.Recipients
	r.cases = cases.New(cfg)
}

// run is what the jobs of a replica do in one tick. stop is after how long it is killed; 0: it is not.
func (r *replica) run(ctx context.Context, stop time.Duration) error {
	if stop > 0 {
		killed, kill := context.WithTimeout(ctx, stop)
		defer func() {
			if killed.Err() != nil {
				r.cut++
			}
			kill()
		}()
		ctx = killed
	}
	if _, err := r.cases.Evaluate(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("evaluating: %w", err)
	}
	if err := r.alerts.Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("alerting: %w", err)
	}
	return nil
}

// begin puts a certificate of a random lifetime into use.
func (d *drill) begin(registration string, version int, age time.Duration) *use {
	life := []time.Duration{47 * day, 100 * day, 200 * day, 365 * day}[d.rng.IntN(4)]
	now := d.now
	d.now = now.Add(-age % life)
	begins := d.now
	certificate := d.certificate(life)
	d.now = now
	d.activate(registration, certificate, version)
	// Most are replaced in time, some after their end.
	early := time.Duration(d.rng.Int64N(int64(life*6/10))) - 4*day
	return &use{
		certificate:  certificate,
		registration: registration,
		version:      version,
		begins:       begins,
		ends:         begins.Add(life),
		replaceAt:    begins.Add(life - early),
	}
}

// advance does what people do at this moment, and reckons what is to be told.
func (d *drill) advance() {
	for i, u := range d.uses {
		if d.now.Before(u.next) {
			continue
		}
		if !d.now.Before(u.replaceAt) && d.now.After(start) {
			if u.last != "" {
				d.wanted[u.certificate+" "+cases.Closed], d.closed[u.certificate] = d.now, d.now
			}
			u = d.begin(u.registration, u.version+1, 0)
			d.uses[i] = u
		}
		d.reckon(u)
	}
}

// reckon says what is to be told of a certificate now, and when it is to be reckoned with next.
func (d *drill) reckon(u *use) {
	what := u.passed(d.now)
	if what != "" && what != u.last {
		u.last = what
		d.wanted[u.certificate+" "+what] = d.now
		if u.urgentAt.IsZero() && u.thresholds()[what] <= 21*day {
			u.urgentAt = d.now
		}
	}
	if !u.urgentAt.IsZero() && !u.escalated && !d.now.Before(u.urgentAt.Add(2*day)) {
		u.escalated = true
		d.wanted[u.certificate+" "+cases.Escalated] = d.now
	}
	u.next = u.replaceAt
	if !u.urgentAt.IsZero() && !u.escalated && u.urgentAt.Add(2*day).Before(u.next) {
		u.next = u.urgentAt.Add(2 * day)
	}
	for _, before := range u.thresholds() {
		if at := u.ends.Add(-before); at.After(d.now) && at.Before(u.next) {
			u.next = at
		}
	}
}

// sender is what one does with a message.
type sender func(ctx context.Context) error

func (s sender) Send(ctx context.Context, _ alerts.Message) error { return s(ctx) }

func TestNobodyWaitsBehindASlowReceiver(t *testing.T) { each(t, nobodyWaitsBehindASlowReceiver) }

// A receiver that answers only when another was told has its messages afterwards, the urgent one first.
func nobodyWaitsBehindASlowReceiver(t *testing.T, w *world) {
	ctx, told := t.Context(), make(chan struct{})
	s := alerts.New(alerts.Config{
		Store: w.db,
		Channels: []alerts.Channel{
			{Name: "hook", Kind: alerts.Webhook, Sender: sender(func(ctx context.Context) error {
				select {
				case <-told:
					return nil
				case <-ctx.Done():
					return fault.New(fault.Unavailable, "receiver_down", "Nobody else was told.")
				}
			})},
			{Name: "mail", Kind: alerts.Email, Sender: sender(func(context.Context) error {
				close(told)
				return nil
			})},
		},
		Location: time.UTC,
		Audit:    audit.New(w.db, w.clock),
		Logger:   slog.New(slog.DiscardHandler),
		Now:      w.clock,
	})
	w.activate(w.register("bank"), w.certificate(100*day), 1)
	w.now = w.now.Add(95 * day)
	w.evaluate(w.service(w.db, w.clock, "hook"))
	if err := s.Collect(ctx); err != nil {
		t.Fatal(err)
	}
	add := func(id, recipient string, due time.Time) {
		t.Helper()
		_, err := w.db.AddMessages(ctx, []alerts.Draft{{Row: alerts.Row{
			ID: id, Recipient: recipient, Test: true, CreatedAt: due, Due: due, State: alerts.Waiting,
		}}}, time.Time{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range 20 {
		add(fmt.Sprintf("msg_%d", n), "hook", w.now.Add(-time.Hour))
	}
	add("msg_mail", "mail", w.now)
	due, err := w.db.DueMessages(ctx, []string{"hook", "mail"}, w.now, 1)
	if err != nil || len(due) != 2 || due[0].Test || due[1].ID != "msg_mail" {
		t.Errorf("of each recipient the first is %+v, %v", due, err)
	}
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
	all, err := s.Latest(ctx, officer)
	if err != nil || len(all) != 22 {
		t.Fatalf("%d messages, %v", len(all), err)
	}
	for _, m := range all {
		if m.State != alerts.Sent {
			t.Errorf("%s is %s: %s", m.ID, m.State, m.Failure)
		}
	}
}

func TestAReceiverThatIsDownIsAskedFewTimes(t *testing.T) {
	each(t, aReceiverThatIsDownIsAskedFewTimes)
}

func aReceiverThatIsDownIsAskedFewTimes(t *testing.T, w *world) {
	down, asked := atomic.Bool{}, atomic.Int64{}
	s := alerts.New(alerts.Config{
		Store: w.db,
		Channels: []alerts.Channel{{Name: "hook", Kind: alerts.Webhook, Sender: sender(func(context.Context) error {
			asked.Add(1)
			if down.Load() {
				return fault.New(fault.Unavailable, "receiver_down", "It is down.")
			}
			return nil
		})}},
		Location: time.UTC,
		Audit:    audit.New(w.db, w.clock),
		Logger:   slog.New(slog.DiscardHandler),
		Now:      w.clock,
	})
	const messages = 60
	for range messages {
		w.activate(w.register("bank"), w.certificate(100*day), 1)
	}
	w.now = w.now.Add(95 * day)
	w.evaluate(w.service(w.db, w.clock, "hook"))
	down.Store(true)
	if err := s.Run(t.Context()); err != nil || asked.Load() > 16 {
		t.Errorf("a receiver that is down was asked %d times, %v", asked.Load(), err)
	}
	down.Store(false)
	asked.Store(0)
	w.now = w.now.Add(time.Minute)
	if err := s.Run(t.Context()); err != nil || asked.Load() != messages {
		t.Errorf("once it is there it was told %d things, %v", asked.Load(), err)
	}
}

func TestFourHundredDaysWithoutMissingOrRepeatingAnAlert(t *testing.T) {
	n, tick := drillCertificates, day
	if os.Getenv("SEALKEEPER_DRILL") == "whole" {
		n, tick = drillWhole, time.Hour
	}
	rng := rand.New(rand.NewPCG(17, 47)) // the same drill each time
	d := &drill{
		world:  newWorld(t),
		rng:    rng,
		wanted: map[string]time.Time{},
		closed: map[string]time.Time{},
		hook:   newReceiver(3),
		mail:   newReceiver(4),
	}
	for range n {
		d.uses = append(d.uses, d.begin(d.register("bank"), 1, time.Duration(rng.Int64N(int64(365*day)))))
	}
	replicas := []*replica{{db: d.db}, {db: d.open()}}
	for _, r := range replicas {
		d.restart(r)
	}
	restarts, days := 0, drillDays
	for end := start.Add(time.Duration(days) * day); d.now.Before(end); d.now = d.now.Add(tick) {
		d.advance()
		d.micros.Store(d.now.UnixMicro())
		d.outages()
		restarts += d.tick(replicas)
		if since := d.now.Sub(start); since%(50*day) == 0 {
			t.Logf("day %d: %d events, %d restarts", since/day, len(d.wanted), restarts)
		}
	}
	d.hook.down, d.mail.down = false, false
	for range 4 { // what waits is delivered
		d.advance()
		d.micros.Store(d.now.UnixMicro())
		if err := replicas[0].run(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(7 * time.Hour)
	}
	t.Logf("%d certificates, %d events, %d restarts, of them %d in the middle of work, %d answers lost", d.n,
		len(d.wanted), restarts, replicas[0].cut+replicas[1].cut, d.hook.lost+d.mail.lost)
	d.check()
}

// outages has channels fail, for six days at most.
func (d *drill) outages() {
	day := int(d.now.Sub(start) / day)
	d.hook.down = day%31 < 3 || day%97 < 6
	d.mail.down = day%41 < 2 || day%89 < 6
}

// tick has both replicas work at once, and some of them killed; then one works undisturbed.
func (d *drill) tick(replicas []*replica) (restarts int) {
	d.t.Helper()
	var running sync.WaitGroup
	failed := make([]error, len(replicas))
	for i, r := range replicas {
		stop := time.Duration(0)
		if d.rng.IntN(4) == 0 {
			stop = time.Duration(1+d.rng.IntN(20_000)) * time.Microsecond
		}
		running.Go(func() { failed[i] = r.run(d.t.Context(), stop) })
		if stop > 0 {
			defer d.restart(r)
			restarts++
		}
	}
	running.Wait()
	for _, err := range append(failed, replicas[d.rng.IntN(len(replicas))].run(d.t.Context(), 0)) {
		if err != nil {
			d.t.Fatal(err)
		}
	}
	return restarts
}

// check compares what was told with what was to be told.
func (d *drill) check() {
	d.t.Helper()
	for _, r := range []*receiver{d.hook, d.mail} {
		if len(r.doubled) > 0 {
			d.t.Errorf("%d events were told twice, such as %s", len(r.doubled), r.doubled[0])
		}
		for key := range r.by {
			if _, wanted := d.wanted[key]; !wanted {
				d.t.Errorf("%s was told, and nobody was to be told", key)
			}
		}
	}
	missed := 0
	for key, at := range d.wanted {
		if d.hook.by[key] == "" {
			missed++
			d.t.Errorf("the webhook was not told: %s at %s", key, at)
		}
		if missed > 10 {
			d.t.Fatal("and more")
		}
	}
	// People are told of a case as it is when the message arrives: of each event, or of the case later on, unless it
	// was closed before a message could come.
	for key, at := range d.wanted {
		subject, what, _ := strings.Cut(key, " ")
		ended := at.After(d.now.Add(-day)) // before the next digest
		if what == cases.Closed || d.mail.by[key] != "" || ended {
			continue
		}
		told := false
		for _, moment := range d.mail.told[subject] {
			told = told || !moment.Before(at)
		}
		closed := d.closed[subject]
		if !told && (closed.IsZero() || closed.Sub(at) > worstOutage+2*day) {
			d.t.Errorf("people were not told: %s at %s, closed %s", key, at, closed)
		}
	}
	if len(d.wanted) < 500 || len(d.mail.by) == 0 {
		d.t.Errorf("only %d events", len(d.wanted))
	}
}
