package api_test

import (
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func TestKeyCopiesByAPI(t *testing.T) {
	s := serve(t)
	officer, engineer := s.as(t, "Ada", access.Compliance), s.as(t, "Grace", access.Engineer)
	id := s.ImportExportable(s.QTSP.MustIssue(t, qtsp.Request{}))
	engineer.call("POST", "/v1/certificates/"+id+"/export", nil).want(http.StatusOK, nil)
	path := "/v1/certificates/" + id + "/key-copies"
	var made api.KeyCopy
	officer.call("POST", path, object{
		"kind":   "backup",
		"holder": "Tape 7",
		"reason": "Yearly.",
		"since":  "2020-01-02",
	}).
		want(http.StatusCreated, &made)
	officer.call("POST", path, object{"kind": "person", "holder": "x", "reason": "y", "since": "2020-01-02"}).
		refused(http.StatusUnprocessableEntity, "key_copy_kind_unknown")
	var got api.KeyCopies
	officer.call("GET", path, nil).want(http.StatusOK, &got)
	if len(got.Copies) != 2 || got.Origin.Kind != "uploaded" || got.Copies[1].Format != "pem" ||
		got.Copies[1].Exports != 1 || got.Copies[1].Kind != "person" {
		t.Errorf("%+v", got)
	}
	var page api.Page[api.KeyCopy]
	officer.call("GET", "/v1/key-copies?q=tape&ended=false", nil).want(http.StatusOK, &page)
	if len(page.Items) != 1 || page.Items[0].ID != made.ID || len(page.Items[0].Certificates) != 1 {
		t.Errorf("%+v", page)
	}
	end := "/v1/key-copies/" + made.ID + "/end"
	officer.call("POST", end, object{"how": "Shredded.", "destroyed_on": "2021-02-03"}).want(http.StatusOK, &made)
	if made.Ending == nil || made.Ending.DestroyedOn.String() != "2021-02-03" {
		t.Errorf("%+v", made)
	}
	officer.call("POST", end, object{"how": "Shredded.", "destroyed_on": "2021-02-03"}).
		refused(http.StatusConflict, "changed_meanwhile")
}
