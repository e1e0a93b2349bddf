package inspect

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Diff compares a certificate with the one that is to take its place.
type Diff struct {
	Old  string `arg:"" help:"File with the certificate in use."`
	New  string `arg:"" help:"File with the new one."`
	JSON bool   `name:"json" help:"Print one JSON array, an element per fact."`
}

// Run prints the comparison.
func (c Diff) Run(env *cli.Environment) error {
	passphrase := secret.NewTextString(env.Variable("SEALKEEPER_PASSPHRASE"))
	var leaves [2]*certs.Certificate
	for i, f := range readFiles([]string{c.Old, c.New}, passphrase) {
		if f.err != nil {
			return f.err
		}
		leaf, err := onlyLeaf(f.contents)
		if err != nil {
			return err
		}
		leaves[i] = leaf
	}
	differences := rules.Diff(leaves[0], leaves[1])
	if c.JSON {
		return env.JSON(differences)
	}
	return renderDiff(env.Out, differences, Coloured(env))
}

// onlyLeaf finds the one certificate in a file that issued none of the others.
func onlyLeaf(contents *certs.Contents) (*certs.Certificate, error) {
	uploads, err := certs.Assemble([]*certs.Contents{contents})
	if err != nil {
		return nil, err
	}
	if len(uploads) != 1 {
		return nil, cli.Invalid("several_certificates",
			"%s holds %d certificates that could be meant; give a file with one of them.", contents.Name, len(uploads))
	}
	return uploads[0].Leaf, nil
}

func renderDiff(w io.Writer, differences []rules.Difference, p Palette) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, d := range differences {
		mark, colour := "=", faint
		if !d.Same {
			mark, colour = "~", severityColours[d.Severity]
		}
		// Colour codes have no width on the screen but tabwriter counts them, so
		// that the coloured cell is always the last one of its line.
		fmt.Fprintf(table, "%s %s\t%s\n", mark, d.Field, p.paint(colour, cli.Plain(d.Consequence)))
		if !d.Same {
			fmt.Fprintf(table, "\t- %s\n\t+ %s\n", cli.Plain(d.Old), cli.Plain(d.New))
		}
	}
	return table.Flush()
}
