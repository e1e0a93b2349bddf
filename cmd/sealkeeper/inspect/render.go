package inspect

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// Palette colours text for a terminal, or leaves it as it is.
type Palette bool

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	blue   = "34"
	bold   = "1"
	faint  = "2"
)

func (p Palette) paint(colour, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// Coloured reports whether output goes to a terminal whose user wants colour
// (no-color.org).
func Coloured(env *cli.Environment) Palette {
	f, ok := env.Out.(*os.File)
	if !ok || env.Variable("NO_COLOR") != "" || env.Variable("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return Palette(err == nil && info.Mode()&os.ModeCharDevice != 0)
}

var kindTitles = map[certs.Kind]string{
	certs.QWAC:   "QWAC (transport certificate)",
	certs.QSealC: "QSealC (signing certificate)",
	certs.QESign: "certificate for electronic signatures",
	certs.Other:  "certificate",
}

func renderInspection(w io.Writer, files []fileReport, at time.Time, p Palette) error {
	var b bytes.Buffer
	for i, f := range files {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, p.paint(bold, cli.Plain(f.name)))
		if f.err != nil {
			fmt.Fprintf(&b, "  %s  %s\n", p.paint(red, "cannot be read"),
				cli.Plain(strings.TrimPrefix(f.err.Message, f.name+": ")))
		}
		for _, c := range f.contents.Certificates {
			Certificate(&b, c, findingsOf(c, files, at), at, p)
		}
		for _, k := range f.contents.Keys {
			renderKey(&b, k, certificateOf(k, files), p)
		}
		for _, e := range f.contents.Unusable {
			fmt.Fprintf(&b, "  %s  %s\n", p.paint(red, "unusable key"), cli.Plain(e.Message))
		}
		for _, d := range f.contents.Duplicates {
			fmt.Fprintf(&b, "  %s  %s is in the file more than once\n", p.paint(faint, "duplicate"), d[:16])
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Certificate writes what c is and what was found wrong with it.
func Certificate(b *bytes.Buffer, c *certs.Certificate, findings []rules.Finding, at time.Time, p Palette) {
	title := kindTitles[c.Kind]
	if c.IsCA {
		title = "issuing certificate"
	}
	fmt.Fprintf(b, "  %s  %s\n", p.paint(blue, title), cli.Plain(c.Subject))
	rows := [][2]string{
		{"Organization", organizationOf(c)}, {"Roles", strings.Join(certs.RoleNames(c), ", ")}, {
			"Authority",
			authorityOf(c),
		},
		{"Issuer", c.Issuer}, {"Valid", validity(c, at)}, {"Serial", c.Serial}, {"Key", keyOf(c)}, {
			"SHA-256",
			c.SHA256,
		},
	}
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		if row[1] != "" {
			fmt.Fprintf(table, "    %s\t%s\n", row[0], cli.Plain(row[1]))
		}
	}
	_ = table.Flush() // a bytes.Buffer takes everything
	if len(findings) == 0 {
		fmt.Fprintf(b, "    %s\n", p.paint(green, "nothing wrong was found"))
	}
	for _, f := range findings {
		fmt.Fprintf(b, "    %s %s\n", p.paint(severityColours[f.Severity], fmt.Sprintf("%-7s", f.Severity)),
			cli.Plain(f.Message))
		fmt.Fprintf(b, "            %s\n", p.paint(faint, cli.Plain(f.Remedy)+" ["+f.Code+", "+f.Clause+"]"))
	}
}

var severityColours = map[rules.Severity]string{
	rules.SeverityError:   red,
	rules.SeverityWarning: yellow,
	rules.SeverityNotice:  faint,
}

func organizationOf(c *certs.Certificate) string {
	name, id := c.SubjectName.Organization(), c.OrganizationIdentifier
	if name == "" || id == "" {
		return name + id
	}
	return name + " (" + id + ")"
}

func authorityOf(c *certs.Certificate) string {
	if c.PSD2 == nil {
		return ""
	}
	return strings.TrimSpace(c.PSD2.NCAName) + " (" + strings.TrimSpace(c.PSD2.NCAID) + ")"
}

func validity(c *certs.Certificate, at time.Time) string {
	if c.NotBefore.IsZero() || c.NotAfter.IsZero() {
		return ""
	}
	text := c.NotBefore.Format("2 Jan 2006") + " to " + c.NotAfter.Format("2 Jan 2006")
	if days := certs.Days(at, c.NotAfter); !at.After(c.NotAfter) {
		return fmt.Sprintf("%s, %s left", text, cli.Counted(days, "day", "days"))
	}
	return text
}

func keyOf(c *certs.Certificate) string {
	return strings.TrimSpace(fmt.Sprintf("%s %d %s", c.Key.Algorithm, c.Key.Bits, c.Key.Curve)) + ", signed with " +
		c.SignatureAlgorithm
}

func renderKey(b *bytes.Buffer, k *certs.PrivateKey, c *certs.Certificate, p Palette) {
	belongs := p.paint(yellow, "belongs to none of the certificates given")
	if c != nil {
		belongs = "belongs to " + c.SHA256[:16] + " (" + cli.Plain(c.SubjectName.CommonName()) + ")"
	}
	fmt.Fprintf(b, "  %s  %s %d bits, %s\n", p.paint(blue, "private key"), k.Algorithm(), k.Bits(), belongs)
}
