package ui_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
)

// What a folder has brought is on its page, with what differs; live takes a second person, and all of it is in French.
func TestPageOfCatalogueFiles(t *testing.T) {
	s, f := newConsole(t), newFrench(t)
	ada, emil := s.signedIn(t, "Ada", access.Compliance), s.signedIn(t, "Emil", access.Engineer)
	ada.get("/institutions").want(t, http.StatusOK, "/catalogue-files")
	ada.get("/catalogue-files").want(t, http.StatusOK, "Nothing is proposed", "No folder is configured")
	own := string(s.Catalogue.Text("societegenerale"))
	propose := func(sum, text string) string {
		check(t, s.DB.NoteReading(t.Context(), []bankfiles.File{{
			Bank:    "societegenerale",
			SHA256:  sum,
			Name:    "sg.yaml",
			Text:    []byte(text),
			FoundAt: s.Now,
		}}, []bankfiles.Refusal{{Name: "x.yaml", Why: "line 3: <b> is no key", Since: s.Now.Add(-time.Hour)}}))
		return "/catalogue-files/societegenerale/" + sum
	}
	path := propose("aa", strings.Replace(own, "name: Societe Generale", "name: <i>Generale</i>", 1))
	ada.get("/catalogue-files").want(t, http.StatusOK, "1 difference", "&lt;i&gt;Generale", "One person may take it",
		"line 3: &lt;b&gt; is no key")
	emil.get("/catalogue-files").want(t, http.StatusOK, "for compliance officers")
	emil.post(path+"/take", nil).want(t, http.StatusForbidden, "Your role does not allow")
	if got := ada.get(path); !strings.Contains(got.body, "name: <i>Generale") {
		t.Errorf("the file is %.80s", got.body)
	}
	ada.post(path+"/take", nil).want(t, http.StatusOK, "Taken. Every process follows", "sg.yaml")
	ada.post(path+"/take", nil).want(t, http.StatusConflict, "not proposed any more")

	path = propose("bb", strings.ReplaceAll(own, "support_email: ", "support_email: a"))
	ada.get("/catalogue-files").want(t, http.StatusOK, "It takes two people")
	readFrench(ada, "/catalogue-files").want(t, http.StatusOK, "Ce fichier est inutilisable")
	check(t, s.DB.NoteReading(t.Context(), []bankfiles.File{{
		Bank:   "societegenerale",
		SHA256: "bb",
		Text:   []byte(strings.ReplaceAll(own, "support_email: ", "support_email: a")),
	}}, nil)) // what is wrong with a file is said in English alone, to whoever has written it
	f.want(t, "the files", readFrench(ada, "/catalogue-files"))
	ada.post(path+"/take", url.Values{"reason": {"Une nouvelle adresse."}}).want(t, http.StatusOK, "Catalogue file")
	f.want(t, "the request", readFrench(ada, "/approvals"))
	ada.get("/catalogue-files").want(t, http.StatusOK, "A second person has to approve it")
	ada.post(path+"/decline", nil).want(t, http.StatusOK, "Declined.")
	f.want(t, "the audit log", readFrench(ada, "/audit"))
}

// readFrench reads a page in French.
func readFrench(b *browser, path string) reply {
	b.lang = "fr"
	defer func() { b.lang = "en" }()
	return b.get(path)
}
