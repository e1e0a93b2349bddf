package registers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/register"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// When registers are read, and what bounds it.
const (
	readEvery  = 24 * time.Hour
	soonest    = 5 * time.Minute
	patience   = 15 * time.Minute // for 500 MB
	skew       = 36 * time.Hour   // a register's day may begin before ours
	maxNumbers = 10_000           // of ours

	maxMetadata  = 16 << 10
	maxValidator = 256 // bytes
)

// ReadDue reads the registers that are due: once a day, and where a number of ours has not been looked for. It is for a
// job of one replica.
func (s *Service) ReadDue(ctx context.Context) (int, error) {
	standings, err := s.standings(ctx)
	if err != nil || s.cfg.Asks == nil {
		return 0, err
	}
	keys, err := s.wanted(ctx)
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	read := 0
	for _, one := range standings {
		if !one.Asked || !s.due(one, keys) {
			continue
		}
		read++
		if err := s.readOne(ctx, one, keys); err != nil {
			return read, err
		}
	}
	return read, nil
}

func (s *Service) due(one Standing, keys []string) bool {
	now := s.cfg.Now()
	if !one.AskAt.After(now) {
		return true
	}
	return one.Cause == "" && !now.Before(one.TriedAt.Add(soonest)) && !one.lookedFor(relevant(one.Source, keys))
}

// lookedFor reports whether all of some keys were looked for when the register was read.
func (r Register) lookedFor(keys []string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool {
		_, looked := slices.BinarySearch(r.Keys, key)
		return !looked
	})
}

// wanted are the keys of our numbers as registers list them, in their order.
func (s *Service) wanted(ctx context.Context) ([]string, error) {
	identifiers, err := s.cfg.Store.Identifiers(ctx, maxNumbers)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, identifier := range identifiers {
		if key := register.KeyOfIdentifier(identifier); key != "" {
			keys = append(keys, s.listedBy(key))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// relevant are the keys that a source covers.
func relevant(source Source, keys []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !source.Covers(key) })
}

// readOne reads a register, and keeps what is known where nothing comes of it.
func (s *Service) readOne(ctx context.Context, one Standing, keys []string) error {
	r, now := one.Register, s.cfg.Now()
	keys = relevant(one.Source, keys)
	result, cause, err := s.fetch(ctx, one.Source, &r, keys)
	if err != nil {
		return err
	}
	if result != nil && cause == "" {
		cause = s.refused(r, *result, result.Count < r.Count/2)
	}
	r.TriedAt, r.Cause = now, cause
	if cause != "" {
		r.ETag, r.Modified = one.ETag, one.Modified
		r.AskAt = now.Add(min(soonest<<min(r.Failures, 10), readEvery))
		r.Failures++
		_, err := s.cfg.Store.SaveRegister(ctx, r, nil, false)
		return err
	}
	r.AskAt, r.ReadAt, r.Failures, r.Imported = now.Add(readEvery), now, 0, false
	if result == nil { // not changed
		_, err := s.cfg.Store.SaveRegister(ctx, r, nil, false)
		return err
	}
	r.AsOf, r.SHA256, r.Count, r.Keys = result.AsOf, result.SHA256, result.Count, keys
	_, err = s.cfg.Store.SaveRegister(ctx, r, entriesOf(r, *result), true)
	return err
}

// refused is why what was read does not take the place of what is known.
func (s *Service) refused(known Register, read register.Result, shrunken bool) Cause {
	switch {
	case read.AsOf.After(s.cfg.Now().Add(skew)):
		return Future
	case !read.AsOf.IsZero() && read.AsOf.Before(known.AsOf):
		return Older
	case shrunken:
		return Shrunken
	}
	return ""
}

// metadata is where the EBA says which file is the newest.
type metadata struct {
	Base   string `json:"golden_copy_path_context"`
	Path   string `json:"latest_version_relative_zip_path"`
	SHA256 string `json:"sha256_hash"`
}

// fetch returns nothing and no cause where the register is the one that is known. Its error is of this machine.
func (s *Service) fetch(ctx context.Context, source Source, r *Register, keys []string) (
	*register.Result, Cause, error,
) {
	unchanged := r.Known() && r.Cause == "" && !r.Imported && r.lookedFor(keys)
	file, err := s.temporary()
	if err != nil {
		return nil, NoRoom, nil
	}
	defer file.Close() //nolint:errcheck // it is gone
	header := http.Header{}
	switch {
	case !unchanged:
	case r.ETag != "":
		header.Set("If-None-Match", r.ETag)
	case r.Modified != "":
		header.Set("If-Modified-Since", r.Modified)
	}
	answer, cause := s.download(ctx, source.URL, header, file)
	if answer.Status == http.StatusNotModified && len(header) > 0 {
		return nil, "", nil
	}
	if cause != "" {
		return nil, cause, nil
	}
	r.ETag, r.Modified = validator(answer.Header, "ETag"), validator(answer.Header, "Last-Modified")
	named, is := metadataIn(file)
	if is {
		if unchanged && named.SHA256 != "" && named.SHA256 == r.SHA256 {
			return nil, "", nil
		}
		r.ETag, r.Modified = "", "" // of what names the file, which changes by itself
		at, err := url.JoinPath(named.Base, named.Path)
		if err != nil || hostOf(at) != hostOf(answer.URL) {
			return nil, Cause(register.Malformed), nil
		}
		if err := errors.Join(file.Truncate(0), rewind(file)); err != nil {
			return nil, NoRoom, nil
		}
		if _, cause := s.download(ctx, at, nil, file); cause != "" {
			return nil, cause, nil
		}
	}
	result, cause, err := s.parse(file, source, keys, r)
	if err != nil || cause != "" {
		return nil, cause, err
	}
	if is && named.SHA256 != "" && named.SHA256 != result.SHA256 {
		return nil, Cause(register.Checksum), nil
	}
	return &result, "", nil
}

func (s *Service) download(ctx context.Context, from string, header http.Header, file *os.File) (
	internet.Answer, Cause,
) {
	written := &failureWriter{w: file}
	answer, err := s.cfg.Asks.Ask(ctx, internet.Question{
		Purpose:  "register",
		URL:      from,
		Header:   header,
		MaxBytes: register.MaxBytes,
		Into:     written,
		Timeout:  patience,
	})
	code := fault.Code(err)
	switch {
	case err == nil:
		return answer, ""
	case written.failed:
		return answer, NoRoom
	case code == "outgoing_too_large":
		return answer, Cause(register.Oversized)
	}
	return answer, Unreachable
}

// failureWriter knows whether it was the file that could not be written.
type failureWriter struct {
	w      io.Writer
	failed bool
}

// Write implements io.Writer.
func (n *failureWriter) Write(p []byte) (int, error) {
	written, err := n.w.Write(p)
	n.failed = n.failed || err != nil
	return written, err
}

// validator is a header that says whether a file has changed; one of a hostile length is none.
func validator(header http.Header, name string) string {
	if text := header.Get(name); len(text) <= maxValidator {
		return text
	}
	return ""
}

func metadataIn(file *os.File) (named metadata, is bool) {
	begins := make([]byte, maxMetadata+1)
	n, _ := file.ReadAt(begins, 0)
	if n > maxMetadata || json.Unmarshal(begins[:n], &named) != nil {
		return named, false
	}
	return named, named.Base != "" && named.Path != ""
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// temporary is a file that is gone when it is closed, or this program ends.
func (s *Service) temporary() (*os.File, error) {
	file, err := os.CreateTemp(s.cfg.TempDir, "sealkeeper-register-*")
	if err != nil {
		return nil, err
	}
	return file, os.Remove(file.Name())
}

func rewind(file *os.File) error {
	_, err := file.Seek(0, io.SeekStart)
	return err
}

// parse reads a file. What it says of aliases, it says of their keys.
func (s *Service) parse(file *os.File, source Source, keys []string, r *Register) (register.Result, Cause, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return register.Result{}, "", err
	}
	wants := make(map[string]bool, len(keys))
	for _, key := range keys {
		wants[key], wants[register.AuthorityIn(key)] = true, true
	}
	result, err := register.Read(file, size, register.How{
		Layout: source.Layout,
		Wants:  func(key string) bool { return wants[key] },
		Now:    s.cfg.Now(),
	})
	if refusal, is := errors.AsType[*register.Refusal](err); is {
		return result, Cause(refusal.Cause), nil
	}
	r.Bytes = size
	return result, "", err
}

// Import reads a file that somebody has downloaded. What was read before stays where it is refused. A file that is
// smaller than the one before is taken: a person stands behind it.
func (s *Service) Import(ctx context.Context, caller access.Caller, id string, content io.Reader) (Standing, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegisterImport, id); err != nil {
		return Standing{}, err
	}
	source, err := s.source(id)
	if err != nil {
		return Standing{}, err
	}
	var standing Standing
	err = s.cfg.Audit.Do(ctx, caller, access.RegisterImport, id, func() (_ note.Note, err error) {
		if standing, err = s.take(ctx, source, content); err != nil {
			return note.Note{}, err
		}
		return note.New("register_imported", "%s entries, as of %s, SHA-256 %s",
			strconv.Itoa(standing.Count), standing.Date().Format(time.DateOnly), standing.SHA256), nil
	})
	return standing, err
}

func (s *Service) take(ctx context.Context, source Source, content io.Reader) (Standing, error) {
	file, err := s.temporary()
	if err != nil {
		return Standing{}, noRoom(err)
	}
	defer file.Close() //nolint:errcheck // it is gone
	written := &failureWriter{w: file}
	n, err := io.Copy(written, io.LimitReader(content, register.MaxBytes+1))
	switch {
	case written.failed:
		return Standing{}, noRoom(err)
	case err != nil:
		return Standing{}, fault.Wrap(err, fault.Invalid, "upload_broken",
			"The upload arrived incomplete; send it again.")
	case n > register.MaxBytes:
		return Standing{}, Refused(Cause(register.Oversized))
	}
	keys, err := s.wanted(ctx)
	if err != nil {
		return Standing{}, err
	}
	standings, err := s.standings(ctx)
	if err != nil {
		return Standing{}, err
	}
	i := slices.IndexFunc(standings, func(one Standing) bool { return one.ID == source.ID })
	r := standings[i].Register
	keys = relevant(source, keys)
	result, cause, err := s.parse(file, source, keys, &r)
	if err == nil && cause == "" {
		cause = s.refused(r, result, false)
	}
	if err != nil {
		return Standing{}, err
	}
	if cause != "" {
		return Standing{}, Refused(cause)
	}
	now := s.cfg.Now()
	r.ReadAt, r.AsOf, r.SHA256, r.Count, r.Keys = now, result.AsOf, result.SHA256, result.Count, keys
	r.Imported, r.ETag, r.Modified = true, "", ""
	saved, err := s.cfg.Store.SaveRegister(ctx, r, entriesOf(r, result), true)
	if err != nil {
		return Standing{}, err
	}
	if !saved {
		return Standing{}, fault.New(fault.Conflict, "register_changed",
			"The register was read meanwhile; look at what is known now, and import again if yours is newer.")
	}
	r.Revision++
	return Standing{source, r, s.Asking(source)}, nil
}

func entriesOf(r Register, result register.Result) []Entry {
	all := make([]Entry, len(result.Entries))
	for i, e := range result.Entries {
		all[i] = Entry{r.SourceID, e}
	}
	return all
}

func noRoom(err error) error {
	return fault.Wrap(err, fault.Unavailable, "register_no_room",
		"There is no room for the file on the disk of this machine; ask whoever runs it.")
}
