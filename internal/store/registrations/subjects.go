package registrations

import (
	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// bySubject selects the rows of the subjects, all if none is named.
func bySubject(db *gorm.DB, subjects []string) *gorm.DB {
	if len(subjects) == 0 {
		return db.Where("subject <> ''")
	}
	return db.Where("subject IN ?", subjects)
}

// group turns rows into domain objects by subject.
func group[R, D any](rows []R, err error, what string, domain func(R) (string, D)) (map[string][]D, error) {
	if err != nil {
		return nil, sqldb.Wrap(err, what)
	}
	objects := make(map[string][]D, len(rows))
	for _, r := range rows {
		subject, object := domain(r)
		objects[subject] = append(objects[subject], object)
	}
	return objects, nil
}
