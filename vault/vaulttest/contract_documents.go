package vaulttest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
)

func testDocumentVersions(t *testing.T, custody vault.Custody) {
	id := newID()
	_, _, err := custody.Get(t.Context(), id)
	wantKind(t, err, fault.NotFound, "Get before the first Put")
	_, err = custody.Put(t.Context(), id, map[string]string{"a": "0"}, 1)
	wantKind(t, err, fault.Conflict, "Put of version 2 before there is a version 1")

	for cas := range 3 {
		want := map[string]string{"a": fmt.Sprint(cas), fmt.Sprintf("only%d", cas): "x"}
		version, err := custody.Put(t.Context(), id, want, cas)
		if err != nil || version != cas+1 {
			t.Fatalf("Put with cas %d: version %d, error %v", cas, version, err)
		}
		got, version, err := custody.Get(t.Context(), id)
		if err != nil || version != cas+1 {
			t.Fatalf("Get after cas %d: version %d, error %v", cas, version, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("document after cas %d (-want +got):\n%s", cas, diff)
		}
	}
	for _, cas := range []int{0, 1, 2, 4, -1} {
		_, err := custody.Put(t.Context(), id, map[string]string{"a": "late"}, cas)
		wantKind(t, err, fault.Conflict, "Put with cas %d on version 3", cas)
	}
}

func testConcurrentWriters(t *testing.T, custody vault.Custody) {
	id := newID()
	for cas := range 3 {
		var wins atomic.Int32
		var wg sync.WaitGroup
		for writer := range 8 {
			wg.Go(func() {
				_, err := custody.Put(t.Context(), id, map[string]string{"writer": fmt.Sprint(writer)}, cas)
				if err == nil {
					wins.Add(1)
					return
				}
				wantKind(t, err, fault.Conflict, "a losing writer")
			})
		}
		wg.Wait()
		if wins.Load() != 1 {
			t.Fatalf("%d of 8 writers wrote version %d", wins.Load(), cas+1)
		}
	}
}

func testListDelete(t *testing.T, custody vault.Custody) {
	ids := []string{newID(), newID(), newID()}
	for _, id := range ids {
		if _, err := custody.Put(t.Context(), id, map[string]string{"a": "b"}, 0); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time there is nothing to delete
		if err := custody.Delete(t.Context(), ids[0]); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := custody.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(listed) {
		t.Errorf("the list is not sorted: %q", listed)
	}
	if slices.Contains(listed, ids[0]) || !slices.Contains(listed, ids[1]) || !slices.Contains(listed, ids[2]) {
		t.Errorf("the list %q should have %q and not %q", listed, ids[1:], ids[0])
	}
	_, _, err = custody.Get(t.Context(), ids[0])
	wantKind(t, err, fault.NotFound, "Get of a deleted document")
	got := map[string]string{}
	err = custody.GetEach(t.Context(), ids, func(id string, doc map[string]string, version int, err error) error {
		if id == ids[0] {
			wantKind(t, err, fault.NotFound, "GetEach of a deleted document")
			return nil
		}
		got[id] = fmt.Sprintf("%s %d", doc["a"], version)
		return err
	})
	if want := map[string]string{ids[1]: "b 1", ids[2]: "b 1"}; err != nil || !maps.Equal(got, want) {
		t.Errorf("GetEach gives %v and %v, want %v", got, err, want)
	}
	if version, err := custody.Put(t.Context(), ids[0], map[string]string{"a": "again"}, 0); err != nil ||
		version != 1 {
		t.Errorf("Put under the id of a deleted document: version %d, error %v", version, err)
	}
}

func testDocumentValues(t *testing.T, custody vault.Custody) {
	want := map[string]string{
		"":           "an empty name",
		"empty":      "",
		"unicode":    "Société Générale €\u2028 \U0001F512",
		"control":    "a\x00b\r\n\t\"\\<>&",
		"name \" \n": "a strange name",
		"chain":      strings.Repeat("MIIB", 32<<10),
	}
	id := newID()
	if _, err := custody.Put(t.Context(), id, want, 0); err != nil {
		t.Fatal(err)
	}
	got, _, err := custody.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
