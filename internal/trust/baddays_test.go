package trust_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// published is a QTSP with its lists, served over TLS by a host that nobody knows or without.
type published struct {
	*testing.T
	store   trust.Store
	service *qtsp.Service
	leaf    *certs.Certificate
	lotl    string
	now     time.Time
}

func publish(t *testing.T, store trust.Store, overTLS bool) *published {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	base := "http://" + server.Listener.Addr().String()
	if overTLS {
		base = "https://" + server.Listener.Addr().String()
	}
	p := &published{T: t, store: store, now: time.Now(), lotl: base + qtsp.ListOfListsPath}
	q, err := qtsp.NewAt(p.now, base)
	check(t, err)
	p.service, err = qtsp.NewService(q, func() time.Time { return p.now })
	check(t, err)
	server.Config.Handler = p.service
	if overTLS {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	p.leaf = q.MustIssue(t, qtsp.Request{KeyType: qtsp.P256}).Certificate
	return p
}

func (p *published) started() *trust.Service {
	asks, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}})
	check(p, err)
	var anchors []*certs.Certificate
	for _, c := range p.service.Anchors() {
		anchor, err := certs.ParseCertificate(c.Raw)
		check(p, err)
		anchors = append(anchors, anchor)
	}
	return trust.New(trust.Config{
		Store:   p.store,
		Asks:    asks,
		LOTL:    p.lotl,
		Anchors: anchors,
		Logger:  slog.New(slog.DiscardHandler),
		Now:     func() time.Time { return p.now },
	})
}

func (p *published) want(s *trust.Service, state trust.State) {
	p.Helper()
	if v, err := s.Judge(p.Context(), p.leaf, nil); err != nil || v.State != state {
		p.Fatalf("%s, want %s; %v", v.State, state, err)
	}
}

// A host with a TLS chain that leads nowhere is not read; it is one that did not answer, and nothing is called
// untrusted because of it.
func TestListHostWithAnOddTLSChain(t *testing.T) {
	p := publish(t, storetest.SQLite(t), true)
	s := p.started()
	_, err := s.ReadDue(t.Context())
	check(t, err)
	p.want(s, trust.NotChecked)
	lists, err := p.store.TrustedLists(t.Context())
	check(t, err)
	if len(lists) != 1 {
		t.Fatalf("%+v", lists)
	}
	if l := lists[0]; l.Cause != trust.Unreachable || l.Failures != 1 || !l.AskAt.After(p.now) {
		t.Errorf("%+v", l)
	}
}

// Two replicas that read at once come to the same; neither takes anything from the other.
func TestTwoReplicasReadAtOnce(t *testing.T) { storetest.Each(t, testTwoReplicasReadAtOnce) }

func testTwoReplicasReadAtOnce(t *testing.T, db *store.DB) {
	p := publish(t, db, false)
	replicas := []*trust.Service{p.started(), p.started()}
	for range 3 {
		var reading sync.WaitGroup
		for _, s := range replicas {
			reading.Go(func() {
				if _, err := s.ReadDue(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		reading.Wait()
		p.now = p.now.Add(12 * time.Hour)
	}
	for _, s := range replicas {
		p.want(s, "granted")
	}
	lists, err := db.TrustedLists(t.Context())
	check(t, err)
	for _, l := range lists {
		if l.Cause != "" || l.ReadAt.IsZero() {
			t.Errorf("%+v", l)
		}
	}
}

// gone is a database that is lost once a list has been read and is to be written.
type gone struct {
	trust.Store
	is bool
}

var errGone = errors.New("the database is gone")

func (g *gone) SaveTrustedList(ctx context.Context, l trust.List, all []trust.Listed, replace bool) (bool, error) {
	if g.is {
		return false, errGone
	}
	return g.Store.SaveTrustedList(ctx, l, all, replace)
}

// A database that is gone in the middle leaves what was read last, and the list due.
func TestDatabaseGoneInTheMiddle(t *testing.T) {
	g := &gone{Store: storetest.SQLite(t)}
	p := publish(t, g, false)
	s := p.started()
	_, err := s.ReadDue(t.Context())
	check(t, err)
	p.want(s, "granted")
	p.service.SetStatus("withdrawn")
	p.now, g.is = p.now.Add(12*time.Hour), true
	if _, err := s.ReadDue(t.Context()); !errors.Is(err, errGone) {
		t.Errorf("read without a database: %v", err)
	}
	p.want(s, "granted")
	g.is = false
	s = p.started()
	_, err = s.ReadDue(t.Context())
	check(t, err)
	p.want(s, "withdrawn")
}

// A list of another territory than its pointer says is refused, and the one that is known counts.
func TestListOfAnotherTerritory(t *testing.T) {
	db := storetest.SQLite(t)
	p := publish(t, db, false)
	s := p.started()
	_, err := s.ReadDue(t.Context())
	check(t, err)
	lists, err := db.TrustedLists(t.Context())
	check(t, err)
	for _, l := range lists {
		if !l.LOTL {
			l.Territory = "XX"
			saved, err := db.SaveTrustedList(t.Context(), l, nil, false)
			if check(t, err); !saved {
				t.Fatal("not saved")
			}
		}
	}
	p.service.SetStatus("withdrawn")
	p.now = p.now.Add(12 * time.Hour)
	_, err = s.ReadDue(t.Context())
	check(t, err)
	p.want(s, "granted")
	lists, err = db.TrustedLists(t.Context())
	check(t, err)
	for _, l := range lists {
		if !l.LOTL && l.Cause != trust.Elsewhere {
			t.Errorf("%+v", l)
		}
	}
}

// A list of lists with pointers of a kind that nobody knows is read, and what they lead to is not asked for.
func TestPointersThatNobodyKnows(t *testing.T) {
	p := publish(t, storetest.SQLite(t), false)
	response, err := http.Get(p.lotl)
	check(t, err)
	raw, err := io.ReadAll(response.Body)
	check(t, err)
	check(t, response.Body.Close())
	body := string(raw[bytes.Index(raw, []byte("<TrustService")):bytes.Index(raw, []byte("<ds:Signature"))]) +
		"</TrustServiceStatusList>"
	const end = "</PointersToOtherTSL>"
	known := body[strings.LastIndex(body, "<OtherTSLPointer>"):strings.Index(body, end)]
	strange := strings.ReplaceAll(known, "/list.xml", "/strange.xml")
	body = strings.Replace(body, end, strings.ReplaceAll(strange, "EUgeneric", "EUsomethingelse")+
		strings.ReplaceAll(strange, "application/vnd.etsi.tsl+xml", "application/pdf")+
		strings.ReplaceAll(strange, "<TSLLocation>http:", "<TSLLocation>ftp:")+
		strings.ReplaceAll(strange, "<TSLLocation>http://127.0.0.1", "<TSLLocation>http://169.254.169.254")+end, 1)
	signer, err := qtsp.NewListSigner("LOTL signer", p.now, nil)
	check(t, err)
	lotl, err := qtsp.SignList(body, signer, "")
	check(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(lotl)
	}))
	t.Cleanup(server.Close)
	anchor, err := certs.ParseCertificate(signer.Certificate.Raw)
	check(t, err)
	asks, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}})
	check(t, err)
	s := trust.New(trust.Config{
		Store:   p.store,
		Asks:    asks,
		LOTL:    server.URL,
		Anchors: []*certs.Certificate{anchor},
		Now:     func() time.Time { return p.now },
	})
	_, err = s.ReadDue(t.Context())
	check(t, err)
	p.want(s, "granted")
	lists, err := p.store.TrustedLists(t.Context())
	check(t, err)
	for _, l := range lists { // the metadata address was looked at and not asked
		if inside := strings.Contains(l.URL, "169.254"); (l.Cause == trust.Unreachable) != inside {
			t.Errorf("%s: %q", l.URL, l.Cause)
		}
	}
	if asked := p.service.Asked(); len(lists) != 3 || asked["/strange.xml"] != 0 {
		t.Errorf("%d lists are known; asked for %v", len(lists), asked)
	}
}

// damaged are certificates of which some cannot be read.
type damaged struct {
	trust.Store
	used []trust.Used
	told map[string]trust.State
}

func (s *damaged) NotJudgedBy(_ context.Context, _, after string, _ int) (left []trust.Used, err error) {
	for _, u := range s.used {
		if u.ID > after {
			left = append(left, u)
		}
	}
	return left, nil
}

func (s *damaged) SaveTrustVerdicts(_ context.Context, _ string, all []trust.Told) error {
	for _, t := range all {
		s.told[t.ID] = t.State
	}
	return nil
}

// A certificate that cannot be read keeps no other from being judged.
func TestCertificatesThatCannotBeRead(t *testing.T) {
	used := &damaged{Store: storetest.SQLite(t), told: map[string]trust.State{}}
	p := publish(t, used, false)
	s := p.started()
	_, err := s.ReadDue(t.Context())
	check(t, err)
	whole := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.leaf.Raw}))
	broken := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))
	used.used = []trust.Used{
		{ID: "a nothing"},
		{ID: "b broken", ChainPEM: broken},
		{ID: "c whole", ChainPEM: whole},
		{ID: "d broken above", ChainPEM: whole + broken},
	}
	n, err := s.JudgeUsed(t.Context())
	if check(t, err); n != len(used.used) {
		t.Errorf("%d were judged", n)
	}
	for id, want := range map[string]trust.State{
		"a nothing":      trust.NotChecked,
		"b broken":       trust.NotChecked,
		"c whole":        "granted",
		"d broken above": "granted",
	} {
		if used.told[id] != want {
			t.Errorf("%s is %q, want %s", id, used.told[id], want)
		}
	}
}
