package registrations

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

// lookRow is when a registration is looked at next.
type lookRow struct {
	RegistrationID string `gorm:"primaryKey"`
	EnrolmentID    string
	WaitsFor       string
	Due            int64
	Changes        int64
}

func (lookRow) TableName() string { return "registration_looks" }

// taskRow is something to do that was found at a registration.
type taskRow struct {
	RegistrationID string
	Kind           registration.TaskKind
	Object         string
	Step           string
	Who            string
	Urgency        int
	At             int64
	First          int
}

func (taskRow) TableName() string { return "registration_tasks" }

const noDay = math.MaxInt64

func (r taskRow) task() registration.Task {
	at := r.At
	if at == noDay {
		at = 0
	}
	return registration.Task{
		Kind:         r.Kind,
		Object:       r.Object,
		Step:         r.Step,
		Who:          r.Who,
		Urgency:      registration.Urgency(r.Urgency),
		At:           sqldb.FromMicros(at),
		Registration: r.RegistrationID,
	}
}

func toTaskRow(registrationID string, t registration.Task) taskRow {
	r := taskRow{
		RegistrationID: registrationID,
		Kind:           t.Kind,
		Object:         t.Object,
		Step:           t.Step,
		Who:            t.Who,
		Urgency:        int(t.Urgency),
		At:             sqldb.Micros(t.At),
	}
	if t.At.IsZero() {
		r.At = noDay
	}
	return r
}

// DueLooks implements registration.Looks.
func (s *Store) DueLooks(ctx context.Context, now time.Time, limit int) ([]registration.DueLook, error) {
	rows, err := sqldb.Find[lookRow](ctx, s.db.Where("due <= ?", sqldb.Micros(now)).Order("due, registration_id").
		Limit(limit))
	return sqldb.Convert(rows, err, "registration", func(r lookRow) registration.DueLook {
		return registration.DueLook{RegistrationID: r.RegistrationID, Changes: r.Changes}
	})
}

// LookAgain implements registration.Looks.
func (s *Store) LookAgain(ctx context.Context, rules string) error {
	var known []string
	err := s.db.WithContext(ctx).Table("registration_look_rules").Where("id = 1").Pluck("rules", &known).Error
	if err != nil || slices.Equal(known, []string{rules}) {
		return sqldb.Wrap(err, "registration")
	}
	return sqldb.Transaction(ctx, s.db, "registration", func(tx *gorm.DB) error {
		err := tx.Exec("UPDATE registration_looks SET due = 0, changes = changes + 1 WHERE due > 0").Error
		if err != nil {
			return err
		}
		return tx.Exec("INSERT INTO registration_look_rules (id, rules) VALUES (1, ?) "+
			"ON CONFLICT (id) DO UPDATE SET rules = excluded.rules", rules).Error
	})
}

// lookLock is held while what was found is written: which row stands for a thing that registrations share depends on
// the others' rows.
const lookLock = 0x736b6c6b

// SetLooks implements registration.Looks.
func (s *Store) SetLooks(ctx context.Context, looks []registration.Look) error {
	return sqldb.Transaction(ctx, s.db, "registration", func(tx *gorm.DB) error {
		ids := make([]string, len(looks))
		for i, l := range looks {
			ids[i] = l.RegistrationID
		}
		// What somebody is changing just now is due again once they have: nobody is waited for.
		var rows []lookRow
		query := tx.Where("registration_id IN ?", ids)
		if sqldb.Postgres(tx) {
			if err := tx.Exec("SELECT pg_advisory_xact_lock(?)", lookLock).Error; err != nil {
				return err
			}
			query = query.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"})
		}
		if err := query.Find(&rows).Error; err != nil {
			return err
		}
		var all []taskRow
		if err := tx.Where("registration_id IN ?", ids).Find(&all).Error; err != nil {
			return err
		}
		before := map[string][]taskRow{}
		for _, r := range all {
			before[r.RegistrationID] = append(before[r.RegistrationID], r)
		}
		for _, l := range looks {
			i := slices.IndexFunc(rows, func(r lookRow) bool { return r.RegistrationID == l.RegistrationID })
			if i < 0 || rows[i].Changes != l.Changes {
				continue
			}
			if err := setLook(tx, l, before[l.RegistrationID]); err != nil {
				return err
			}
		}
		return nil
	})
}

func setLook(tx *gorm.DB, l registration.Look, before []taskRow) error {
	err := tx.Model(&lookRow{}).Where("registration_id = ?", l.RegistrationID).Updates(map[string]any{
		"enrolment_id": l.EnrolmentID,
		"waits_for":    l.WaitsFor,
		"due":          sqldb.Micros(l.Next),
	}).Error
	if err != nil {
		return err
	}
	var after []taskRow
	for _, t := range l.Tasks {
		after = append(after, toTaskRow(l.RegistrationID, t))
	}
	for _, r := range before {
		if !slices.ContainsFunc(after, r.same) {
			if err := remove(tx, r); err != nil {
				return err
			}
		}
	}
	for _, r := range after {
		if !slices.ContainsFunc(before, r.same) {
			if err := add(tx, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// same reports whether nothing but which row stands for the thing is different.
func (r taskRow) same(o taskRow) bool {
	o.First = r.First
	return r == o
}

const sameThing = "kind = ? AND object = ? AND step = ?"

// remove takes a task away; another registration that shares it stands for it now.
func remove(tx *gorm.DB, r taskRow) error {
	err := tx.Where("registration_id = ? AND "+sameThing, r.RegistrationID, r.Kind, r.Object, r.Step).
		Delete(&taskRow{}).Error
	if err != nil || r.First == 0 {
		return err
	}
	next := tx.Session(&gorm.Session{NewDB: true}).Model(&taskRow{}).Select("MIN(registration_id)").
		Where(sameThing, r.Kind, r.Object, r.Step)
	return tx.Model(&taskRow{}).Where(sameThing, r.Kind, r.Object, r.Step).Where("registration_id = (?)", next).
		Update("first", 1).Error
}

func add(tx *gorm.DB, r taskRow) error {
	var firsts int64
	err := tx.Model(&taskRow{}).Where(sameThing, r.Kind, r.Object, r.Step).Where("first = 1").Limit(1).
		Count(&firsts).Error
	if err != nil {
		return err
	}
	if firsts == 0 {
		r.First = 1
	}
	return tx.Create(&r).Error
}

// FirstTasks implements registration.Found.
func (s *Store) FirstTasks(
	ctx context.Context, reach access.Reach, kinds []registration.TaskKind, roles []access.Role, limit int,
) ([]registration.Task, map[registration.TaskKind]listing.Count, error) {
	first, err := sqldb.Within(s.db.WithContext(ctx).Model(&taskRow{}).Where("first = 1"), reach,
		sqldb.Registrations, "registration_tasks.registration_id")
	if err != nil {
		return nil, nil, err
	}
	if roles != nil {
		first = first.Where("who IN ?", roles)
	}
	all := make([]*gorm.DB, len(kinds))
	for i, kind := range kinds {
		all[i] = first.Session(&gorm.Session{}).Where("kind = ?", kind)
	}
	n, err := sqldb.Counts(all)
	if err != nil {
		return nil, nil, err
	}
	counts := map[registration.TaskKind]listing.Count{}
	var some []*gorm.DB
	for i, kind := range kinds {
		if n[i].N > 0 {
			counts[kind] = n[i]
			some = append(some, all[i].Order("urgency, at, object, step").Limit(limit))
		}
	}
	if len(some) == 0 {
		return nil, counts, nil
	}
	var rows []taskRow
	err = sqldb.Together(some).Scan(&rows).Error
	slices.SortFunc(rows, func(a, b taskRow) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			cmp.Compare(a.Urgency, b.Urgency), cmp.Compare(a.At, b.At), cmp.Compare(a.Object, b.Object),
			cmp.Compare(a.Step, b.Step))
	})
	tasks, err := sqldb.Convert(rows, err, "registration", taskRow.task)
	return tasks, counts, err
}

// usesAtOnce bounds the parameters of a query.
const usesAtOnce = 500

// ActiveUses implements registration.Uses.
func (s *Store) ActiveUses(
	ctx context.Context, certificateIDs []string, limit int,
) (map[string]registration.Places, error) {
	all := map[string]registration.Places{}
	for ids := range slices.Chunk(certificateIDs, usesAtOnce) {
		registrations, err := s.firstUses(ctx, ids, limit)
		if err != nil {
			return nil, err
		}
		institutions, err := sqldb.InstitutionsUsing(s.db.WithContext(ctx), ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			all[id] = registration.Places{Registrations: registrations[id], Institutions: institutions[id]}
		}
	}
	return all, nil
}

// firstUses are the first registrations that use each of the certificates.
func (s *Store) firstUses(ctx context.Context, ids []string, limit int) (map[string][]string, error) {
	var rows []struct{ CertificateID, RegistrationID string }
	err := s.db.WithContext(ctx).Raw(`SELECT certificate_id, registration_id FROM (
			SELECT certificate_id, registration_id,
				ROW_NUMBER() OVER (PARTITION BY certificate_id ORDER BY registration_id) AS place
			FROM (`+sqldb.ActiveUses+`) AS used) AS placed
		WHERE place <= ? ORDER BY certificate_id, place`, ids, ids, limit).Scan(&rows).Error
	uses := map[string][]string{}
	for _, r := range rows {
		uses[r.CertificateID] = append(uses[r.CertificateID], r.RegistrationID)
	}
	return uses, sqldb.Wrap(err, "registration")
}

// CredentialUses implements registration.Uses.
func (s *Store) CredentialUses(ctx context.Context, refs []string) (map[string]string, error) {
	var rows []struct{ CredentialsRef, RegistrationID string }
	err := s.db.WithContext(ctx).Table("bundles").Select("credentials_ref", "registration_id").
		Where("credentials_ref IN ? AND credentials_ref <> ''", refs).Scan(&rows).Error
	uses := map[string]string{}
	for _, r := range rows {
		uses[r.CredentialsRef] = r.RegistrationID
	}
	return uses, sqldb.Wrap(err, "registration")
}
