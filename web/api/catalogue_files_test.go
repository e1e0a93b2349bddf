package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func TestCatalogueFilesByAPI(t *testing.T) {
	s := serve(t)
	officer, engineer := s.as(t, "Ada", access.Compliance), s.as(t, "Emil", access.Engineer)
	text := append([]byte("# as it was\n"), s.Catalogue.Text("societegenerale")...)
	note := func(files ...bankfiles.File) {
		check(t, s.DB.NoteReading(t.Context(), files, []bankfiles.Refusal{{
			Name:  "x.yaml",
			Why:   "line 3: no",
			Since: time.Unix(1_800_000_000, 0),
		}}))
	}
	note(bankfiles.File{Bank: "societegenerale", SHA256: "aa", Name: "sg.yaml", Text: text})
	var all api.CatalogueFiles
	engineer.call("GET", "/v1/catalogue-files", nil).want(http.StatusOK, &all)
	if len(all.Proposals) != 1 || all.Proposals[0].TwoPeople || all.Proposals[0].New ||
		all.Refusals[0].Why != "line 3: no" {
		t.Errorf("%+v", all)
	}
	engineer.call("POST", "/v1/catalogue-files", nil).refused(http.StatusForbidden, "not_permitted")
	officer.call("POST", "/v1/catalogue-files", nil).refused(http.StatusConflict, "catalogue_folder_none")
	path := "/v1/catalogue-files/societegenerale/aa"
	var file api.CatalogueFile
	engineer.call("GET", path, nil).want(http.StatusOK, &file)
	if file.Text != string(text) || file.DecidedAt != nil {
		t.Errorf("%+v", file)
	}
	engineer.call("POST", path+"/take", object{"reason": ""}).refused(http.StatusForbidden, "not_permitted")
	var taken api.CatalogueTaken
	officer.call("POST", path+"/take", object{"reason": ""}).want(http.StatusOK, &taken)
	if !taken.Taken || taken.ApprovalID != "" || string(s.Catalogue.Text("societegenerale")) != string(text) {
		t.Errorf("%+v", taken)
	}
	note(bankfiles.File{Bank: "societegenerale", SHA256: "bb", Name: "sg.yaml", Text: text})
	officer.call("POST", "/v1/catalogue-files/societegenerale/bb/decline", nil).want(http.StatusOK, &all)
	if len(all.Proposals) != 0 || len(all.InForce) != 1 || all.InForce[0].DecidedByName != "Ada" {
		t.Errorf("%+v", all)
	}
}
