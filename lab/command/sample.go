package command

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

type sampleCmd struct {
	Kind certs.Kind `arg:"" optional:"" default:"" enum:"qwac,qsealc," help:"qwac or qsealc; else what the CSR asks."`
	Data string     `default:".data" type:"path" help:"Folder of the evaluation environment." placeholder:"DIR"`
	CSR  string     `name:"csr" type:"existingfile" help:"Answer this CSR instead of making a key."`
	Days cli.Number `default:"365" help:"Days from now to its end; negative for one that has ended."`
	Role []string   `help:"PSP_AS, PSP_PI, PSP_AI or PSP_IC; may be repeated."`
	Out  string     `help:"Path without ending; default: the next free name in the folder's samples." type:"path"`
}

// Run has the throw-away QTSP of an evaluation environment mint one more certificate, to
// try a renewal, a request, or what is refused.
func (c sampleCmd) Run(env *cli.Environment) error {
	data, err := os.ReadFile(filepath.Join(c.Data, "qtsp.pem"))
	if err != nil {
		return cli.Invalid("dev_folder_unknown",
			"%s is no folder of an evaluation environment; start one with sealkeeper-lab dev, or name its folder "+
				"with --data.",
			c.Data)
	}
	issuing, err := qtsp.Unmarshal(data)
	if err != nil {
		return err
	}
	issued, err := c.issue(issuing)
	if err != nil {
		return err
	}
	out := cmp.Or(c.Out, freeName(filepath.Join(c.Data, "samples", string(issued.Certificate.Kind))))
	files := map[string][]byte{out + ".pem": issued.CertificatePEM()}
	if c.CSR == "" {
		files[out+".key"] = issued.KeyPEM()
	}
	for path, data := range files {
		if err := cli.WriteFile(path, data); err != nil {
			return cli.Invalid("file_not_written", "The file %s cannot be written: %v.", path, err)
		}
	}
	env.Printf("%s.pem\n", out)
	if c.CSR == "" {
		env.Printf("%s.key\n", out)
	}
	return nil
}

func (c sampleCmd) issue(issuing *qtsp.QTSP) (*qtsp.Issued, error) {
	now := time.Now()
	r := qtsp.Request{Kind: c.Kind, Roles: c.Role, NotAfter: now.AddDate(0, 0, int(c.Days))}
	if !r.NotAfter.After(now) {
		r.NotBefore = r.NotAfter.AddDate(-1, 0, 0)
	}
	if c.CSR != "" {
		csr, err := os.ReadFile(c.CSR)
		if err != nil {
			return nil, err
		}
		issued, err := issuing.Answer(string(csr), r)
		if err != nil {
			return nil, cli.Invalid("csr_unreadable", "%s is no CSR that can be answered: %v.",
				c.CSR,
				err)
		}
		return issued, nil
	}
	if c.Kind == "" {
		return nil, cli.Invalid("kind_missing",
			"Say whether you want a qwac or a qsealc, or give a request with --csr.")
	}
	r.OrganizationIdentifier = dev.Organization
	issued, err := issuing.Issue(r)
	if err != nil {
		return nil, cli.Invalid("sample_impossible", "No such certificate can be made: %v.", err)
	}
	return issued, nil
}

// freeName numbers base, from 2 on, so that no sample is written over.
func freeName(base string) string {
	for n := 2; ; n++ {
		name := fmt.Sprintf("%s-%d", base, n)
		if _, err := os.Stat(name + ".pem"); errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
}
