package sqldb

import (
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// searchWord is one word by which an object is found.
type searchWord struct {
	Kind string
	Word string
	ID   string
}

func (searchWord) TableName() string { return "search_words" }

// SetWords makes the words of texts those by which the object is found. It belongs in the transaction
// that writes the object.
func SetWords(tx *gorm.DB, kind, id string, texts ...string) error {
	return SetWordsOf(tx, kind, map[string][]string{id: texts})
}

// SetWordsOf is SetWords for the texts of several objects, by their ids: as many as a query may name.
func SetWordsOf(tx *gorm.DB, kind string, texts map[string][]string) error {
	ids := slices.Sorted(maps.Keys(texts))
	have, err := wordsOf(tx, kind, ids)
	if err != nil {
		return err
	}
	var added []searchWord
	for _, id := range ids {
		want := listing.Words(texts[id]...)
		gone := slices.DeleteFunc(slices.Clone(have[id]), func(w string) bool { return slices.Contains(want, w) })
		if len(gone) > 0 {
			err := tx.Where("kind = ? AND id = ? AND word IN ?", kind, id, gone).Delete(&searchWord{}).Error
			if err != nil {
				return err
			}
		}
		for _, w := range want {
			if !slices.Contains(have[id], w) {
				added = append(added, searchWord{kind, w, id})
			}
		}
	}
	return addWords(tx, added)
}

// AddWords is SetWords for an object that is new, and has no words yet.
func AddWords(tx *gorm.DB, kind, id string, texts ...string) error {
	var added []searchWord
	for _, w := range listing.Words(texts...) {
		added = append(added, searchWord{kind, w, id})
	}
	return addWords(tx, added)
}

func addWords(tx *gorm.DB, added []searchWord) error {
	if len(added) == 0 {
		return nil
	}
	return tx.CreateInBatches(&added, insertedAtOnce).Error
}

// insertedAtOnce bounds the parameters of a statement.
const insertedAtOnce = 500

// wordsOf are the words of objects by their ids.
func wordsOf(tx *gorm.DB, kind string, ids []string) (map[string][]string, error) {
	rows, err := Scan(tx.Model(&searchWord{}).Select("id, word").Where("kind = ? AND id IN ?", kind, ids),
		"search word", func(r *searchWord) []any { return []any{&r.ID, &r.Word} })
	have := make(map[string][]string, len(ids))
	for _, r := range rows {
		have[r.ID] = append(have[r.ID], r.Word)
	}
	return have, err
}

// mostLookedUp is how many objects that have a word are looked up and sorted at most: of those that are not listed,
// such as certificates out of use, there are often fewer than of the others.
const mostLookedUp = 2 * listing.MaxCount

const hasWord = "kind = ? AND word >= ? AND word < ?"

// Matching narrows a query of table to the objects of a kind that have a word beginning with each word that a list is
// searched for. It is for Page and Count.
func Matching(query *gorm.DB, table, kind string, q listing.Query) (*gorm.DB, error) {
	if q.Search == "" {
		return query, nil
	}
	words := listing.SearchWords(q.Search)
	if len(words) == 0 {
		return query.Where("1 = 0"), nil // punctuation is in no index
	}
	fresh := func() *gorm.DB { return query.Session(&gorm.Session{NewDB: true}) }
	query = query.Set(planned, true)
	rarest, fewest, err := rarestOf(fresh, kind, words)
	if err != nil {
		return nil, err
	}
	having := func(query *gorm.DB, words []string) *gorm.DB {
		for _, w := range words {
			query = query.Where("EXISTS (SELECT 1 FROM search_words WHERE search_words.id = "+table+".id AND "+
				hasWord+")", kind, w, listing.After(w))
		}
		return query
	}
	w := words[rarest]
	matched := fresh().Model(&searchWord{}).Select("id AS matched_id").Where(hasWord, kind, w, listing.After(w))
	others := slices.Delete(slices.Clone(words), rarest, rarest+1)
	walked := func(query *gorm.DB) *gorm.DB { return having(streamed(query, table, matched), others) }
	_, part := query.Get(narrowed)
	switch {
	case fewest <= mostLookedUp:
		return having(LookedUp(query, table, matched), others), nil
	case len(q.Filters) == 0 && !part:
		return Either(query, Ways{
			Counted: walked,
			Few:     walked,
			Many:    func(query *gorm.DB) *gorm.DB { return having(query, words) },
		}), nil
	}
	return having(query, words), nil // of what else narrows the list leaves
}

// rarestOf says which of words fewest objects of a kind have, and how many do.
func rarestOf(fresh func() *gorm.DB, kind string, words []string) (rarest, fewest int, err error) {
	having := make([]*gorm.DB, len(words))
	for i, w := range words {
		having[i] = fresh().Model(&searchWord{}).Where(hasWord, kind, w, listing.After(w))
	}
	for most := mostLookedUp; ; most *= 5 {
		found, err := CountsTo(most, having)
		if err != nil {
			return 0, 0, err
		}
		fewest = slices.Min(found)
		rarest = slices.Index(found, fewest)
		if fewest <= most || len(words) == 1 || most > mostLookedUp {
			return rarest, fewest, nil
		}
	}
}

// KeyCopyWords is the kind of the words by which copies of keys are found: those of the holder.
const KeyCopyWords = "key_copy"
