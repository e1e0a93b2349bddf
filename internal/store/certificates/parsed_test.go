package certificates

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

func TestParsedIsBoundedAndParsesOnce(t *testing.T) {
	issuing := qtsp.Must(t)
	one, other := string(issuing.MustIssue(t, qtsp.Request{}).CertificatePEM()),
		string(issuing.MustIssue(t, qtsp.Request{}).CertificatePEM())
	kept := newParsed(parsedSize * (len(one) + len(other)/2)) // for one of the two
	first, _, err := kept.parse(one)
	if err != nil {
		t.Fatal(err)
	}
	if again := testing.AllocsPerRun(100, func() { _, _, _ = kept.parse(one) }); again > 2 {
		t.Errorf("a certificate that is known takes %v allocations", again)
	}
	if same, _, _ := kept.parse(one); same != first {
		t.Error("it was parsed anew")
	}
	if second, _, err := kept.parse(other); err != nil || second.SHA256 == first.SHA256 {
		t.Error("another text gives the same certificate", err)
	}
	if kept.held > kept.most || len(kept.by) != 1 || kept.used.Len() != 1 {
		t.Errorf("%d bytes of %d are held, of %d certificates", kept.held, kept.most, len(kept.by))
	}
	if _, _, err := kept.parse("nothing"); err == nil || len(kept.by) != 1 {
		t.Error("what cannot be parsed is kept")
	}
}
