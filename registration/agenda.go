package registration

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/parallel"
)

// Look is what a look at a registration has found: where there is something to do, until when that is so at most, and
// what it depends on.
type Look struct {
	RegistrationID string
	Changes        int64 // of its facts, as far as they were looked at
	EnrolmentID    string
	WaitsFor       string // organizationIdentifier whose certificates it waits for; empty: it has its own
	Next           time.Time
	Tasks          []Task // without the words
}

// DueLook is a registration that is to be looked at.
type DueLook struct {
	RegistrationID string
	Changes        int64
}

// Places are where a certificate is in use.
type Places struct {
	Institutions  []string // ids, each once
	Registrations []string // ids, the first placesRead
}

// Looks stores what was found about registrations, so that what is to be done is known without reading them all. The
// database puts a registration whose facts changed in front.
type Looks interface {
	// DueLooks returns registrations that are to be looked at by now, the longest due first, at most as many as limit.
	DueLooks(ctx context.Context, now time.Time, limit int) ([]DueLook, error)
	// SetLooks writes what was found. What changed meanwhile is looked at again.
	SetLooks(ctx context.Context, looks []Look) error
	// LookAgain has everything looked at again unless it was by the same rules.
	LookAgain(ctx context.Context, rules string) error
}

// Found reads what looks have found.
type Found interface {
	// FirstTasks returns the first of what is to be done of each kind, each shared thing once, the most urgent of a
	// kind first, and how much there is of the kinds of which there is something. Roles are whose tasks are asked for;
	// nil: everybody's.
	FirstTasks(
		ctx context.Context, reach access.Reach, kinds []TaskKind, roles []access.Role, limit int,
	) ([]Task, map[TaskKind]listing.Count, error)
}

// Uses knows where things are in use.
type Uses interface {
	// ActiveUses returns where each of the certificates is in use, with at most limit registrations.
	ActiveUses(ctx context.Context, certificateIDs []string, limit int) (map[string]Places, error)
	// CredentialUses returns the registrations that have the credentials, by the reference of these.
	CredentialUses(ctx context.Context, refs []string) (map[string]string, error)
}

const (
	tasksShown = 6   // of each kind
	placesRead = 100 // registrations named of a certificate in use
	lookPage   = 100 // registrations looked at together
	lookAtOnce = 50  // looked at before somebody is told what is to be done; what changed just now is among them
	lookLater  = time.Hour
	// what is archived is looked at when it changes
	lookArchived = 365 * 24 * time.Hour

	lookRevision = 2 // counts the changes of what a look finds
)

// Agenda is what needs somebody today: the first tasks of each kind, the most urgent first, and how many there are.
type Agenda struct {
	Tasks  []Task
	Counts map[TaskKind]listing.Count
	Views  map[string]View // of the registrations that the tasks name, by id
}

// kindsOfRegistrations are the kinds of task that looks at registrations find.
var kindsOfRegistrations = []TaskKind{
	StepDue, BankSilent, BankAwaited, BankToTell, StepNext, InUseBlocked, DraftBlocked, DraftReady, CertificateEnding,
	RuleAhead, CertificateRevoked, IssuerRevoked,
}

// Today returns what needs the caller. It costs what it shows, however many registrations there are.
func (s *Service) Today(ctx context.Context, caller access.Caller) (Agenda, error) {
	a := Agenda{Counts: map[TaskKind]listing.Count{}, Views: map[string]View{}}
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return a, err
	}
	if _, err := s.look(ctx, lookAtOnce); err != nil {
		return a, err
	}
	found, err := s.firstTasks(ctx, caller, reach, a.Counts)
	if err != nil {
		return a, err
	}
	old, err := s.oldVersions(ctx, caller)
	if err != nil {
		return a, err
	}
	all, err := s.fillViews(ctx, &a, found, old)
	if err != nil {
		return a, err
	}
	t := newTaskList(all.now)
	if err := s.say(ctx, reach, t, a.Views, all); err != nil {
		return a, err
	}
	t.keep(found)
	if err := s.oldUses(ctx, caller, t, a.Views, old); err != nil {
		return a, err
	}
	if err := s.endings(ctx, reach, t); err != nil {
		return a, err
	}
	if err := s.requests(ctx, caller, reach, t); err != nil {
		return a, err
	}
	a.Tasks = t.cut(a.Counts)
	return a, nil
}

// firstTasks reads where the first tasks of each kind are, and counts all of them.
func (s *Service) firstTasks(
	ctx context.Context, caller access.Caller, reach access.Reach, counts map[TaskKind]listing.Count,
) ([]Task, error) {
	var roles []access.Role // who may only read sees all of them
	if caller.May(access.RegistrationWrite) && !slices.Contains(caller.Roles, access.Admin) {
		roles = append([]access.Role{""}, caller.Roles...)
	}
	found, counted, err := s.cfg.Found.FirstTasks(ctx, reach, kindsOfRegistrations, roles, tasksShown)
	maps.Copy(counts, counted)
	return found, err
}

// fillViews reads the registrations that tasks were found at.
func (s *Service) fillViews(ctx context.Context, a *Agenda, found []Task, more []string) (records, error) {
	var ids []string
	for _, task := range found {
		ids = append(ids, task.Registration)
	}
	ids = append(ids, more...)
	slices.Sort(ids)
	views, all, err := s.viewsOf(ctx, slices.Compact(ids))
	for _, v := range views {
		a.Views[v.Registration.ID] = v
	}
	return all, err
}

// viewsOf reads registrations; those that are not there any more are left out.
func (s *Service) viewsOf(ctx context.Context, ids []string) ([]View, records, error) {
	registrations, err := s.cfg.Selected.RegistrationsByID(ctx, ids)
	if err != nil {
		return nil, records{}, err
	}
	all, err := s.recordsOfPage(ctx, registrations)
	if err != nil {
		return nil, all, err
	}
	views, err := s.views(ctx, registrations, all)
	return views, all, err
}

// say puts into words what is to be done at the registrations.
func (s *Service) say(
	ctx context.Context, reach access.Reach, t *taskList, views map[string]View, all records,
) error {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(views)) {
		v := views[id]
		t.registration(v)
		if active := v.Active(); active != nil {
			ids = append(ids, active.QWACID, active.QSealCID)
		}
	}
	ids = slices.DeleteFunc(distinct(ids), func(id string) bool { return id == "" }) // there may be no QSealC
	uses, err := s.inUse(ctx, reach, ids, views)
	if err != nil {
		return err
	}
	if err := t.rulesAhead(ctx, uses, all.certificates); err != nil {
		return err
	}
	revoked, err := all.certificates.revoked()
	t.revoked(uses, revoked)
	return err
}

// LookAtDue looks at all registrations that are due, in pages, and returns at how many it has looked. What is found
// by other rules, or with another catalogue, than the last time is due.
func (s *Service) LookAtDue(ctx context.Context) (int, error) {
	if err := s.cfg.Looks.LookAgain(ctx, s.rules()); err != nil {
		return 0, err
	}
	looked := 0
	for {
		n, err := s.look(ctx, lookPage)
		if looked += n; err != nil || n == 0 {
			return looked, err
		}
	}
}

// rules names what registrations are judged by, besides what is noted about them.
func (s *Service) rules() string {
	text, _ := json.Marshal(s.cfg.Catalogue.All()) // it was read from files
	sum := sha256.Sum256(text)
	return strconv.Itoa(rules.Revision) + " " + strconv.Itoa(lookRevision) + " " + hex.EncodeToString(sum[:])
}

// look looks at registrations that are due, at most as many as limit, and returns at how many.
func (s *Service) look(ctx context.Context, limit int) (int, error) {
	now := s.cfg.Now()
	due, err := s.cfg.Looks.DueLooks(ctx, now, limit)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	looks, err := s.lookAt(ctx, due)
	if err != nil && ctx.Err() == nil { // one that cannot be read keeps nobody from the others
		looks = nil
		for _, d := range due {
			one, err := s.lookAt(ctx, []DueLook{d})
			if err != nil {
				one = []Look{{RegistrationID: d.RegistrationID, Changes: d.Changes, Next: now.Add(lookLater)}}
			}
			looks = append(looks, one...)
		}
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return len(due), s.cfg.Looks.SetLooks(ctx, looks)
}

func (s *Service) lookAt(ctx context.Context, due []DueLook) ([]Look, error) {
	changes := map[string]int64{}
	ids := make([]string, len(due))
	for i, d := range due {
		ids[i], changes[d.RegistrationID] = d.RegistrationID, d.Changes
	}
	views, all, err := s.viewsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	revoked, err := all.certificates.revoked()
	if err != nil {
		return nil, err
	}
	looks := make([]Look, len(views))
	err = parallel.Try(len(views), runtime.GOMAXPROCS(0), func(i int) error {
		v, t := views[i], newTaskList(all.now)
		if !v.Registration.ArchivedAt.IsZero() { // a change of it has it looked at again
			looks[i] = Look{
				RegistrationID: v.Registration.ID,
				Changes:        changes[v.Registration.ID],
				EnrolmentID:    v.Enrolment.ID,
				Next:           all.now.Add(lookArchived),
			}
			return nil
		}
		t.registration(v)
		uses := usesOf(v)
		if err := t.rulesAhead(ctx, uses, all.certificates); err != nil {
			return err
		}
		t.revoked(uses, revoked)
		looks[i] = Look{
			RegistrationID: v.Registration.ID,
			Changes:        changes[v.Registration.ID],
			EnrolmentID:    v.Enrolment.ID,
			Tasks:          t.all,
		}
		if v.candidate().QWACID == "" || v.holdings.QWAC == "" || v.holdings.QSealC == "" {
			looks[i].WaitsFor = v.Organization.OrganizationIdentifier
		}
		var err error
		looks[i].Next, err = all.until(ctx, v)
		return err
	})
	for _, v := range views {
		delete(changes, v.Registration.ID)
	}
	for id, n := range changes { // there is none of that id any more
		looks = append(looks, Look{RegistrationID: id, Changes: n, Next: all.now.Add(lookLater)})
	}
	return looks, err
}

// until is when something else may be found at a registration although nothing about it changes: at midnight by the
// bank's clock, or when a certificate begins or ends.
func (r records) until(ctx context.Context, v View) (time.Time, error) {
	zone := v.Institution.Zone()
	next := calendar.Of(r.now, zone).AddDays(1).At(0, zone)
	for _, b := range v.Bundles {
		for _, id := range []string{b.QWACID, b.QSealCID} {
			leaf, err := r.certificates.usable(ctx, id)
			if err != nil {
				return next, err
			}
			if leaf == nil {
				continue
			}
			for _, at := range []time.Time{leaf.NotBefore, leaf.NotAfter} {
				if at.After(r.now) && at.Before(next) {
					next = at
				}
			}
		}
	}
	return next, nil
}

// usesOf are the certificates in use at one registration, by id.
func usesOf(v View) map[string]*exposure {
	uses := map[string]*exposure{}
	if active := v.Active(); active != nil {
		for slot, id := range map[BlockerSlot]string{SlotQWAC: active.QWACID, SlotQSealC: active.QSealCID} {
			uses[id] = &exposure{slot, []string{v.Institution.Name}, []string{v.Registration.ID}}
		}
	}
	return uses
}

// endings are what ends by itself, and what banks have begun to do.
func (s *Service) endings(ctx context.Context, reach access.Reach, t *taskList) error {
	if s.cfg.Consents == nil {
		return nil
	}
	expiries, err := s.cfg.Consents.Expiries(ctx, reach, t.now.AddDate(0, 0, soon))
	if err != nil {
		return err
	}
	if s.consents(t, expiries); !reach.IsWhole() {
		return nil // what banks do with tokens is for those who see all of them
	}
	unused, err := s.cfg.Consents.UnusedRefreshTokens(ctx, t.now.AddDate(0, 0, -soon))
	s.refreshTokens(t, unused)
	return err
}

// keep leaves out what is not among the tasks that were found.
func (t *taskList) keep(found []Task) {
	wanted := map[string]string{}
	for _, task := range found {
		wanted[task.key()] = task.Registration
	}
	t.all = slices.DeleteFunc(t.all, func(task Task) bool {
		_, is := wanted[task.key()]
		return !is
	})
	for i := range t.all {
		t.all[i].Registration = wanted[t.all[i].key()]
	}
}

// cut returns the first tasks of each kind, and counts those of kinds that are not counted yet.
func (t *taskList) cut(counts map[TaskKind]listing.Count) []Task {
	slices.SortStableFunc(t.all, func(a, b Task) int {
		return cmp.Or(int(a.Urgency)-int(b.Urgency), later(a.At).Compare(later(b.At)),
			cmp.Compare(a.Title, b.Title))
	})
	found := map[TaskKind]int{}
	first := slices.DeleteFunc(slices.Clone(t.all), func(task Task) bool {
		found[task.Kind]++
		return found[task.Kind] > tasksShown
	})
	for kind, n := range found {
		if _, counted := counts[kind]; !counted {
			counts[kind] = listing.CountOf(n)
		}
	}
	return first
}
