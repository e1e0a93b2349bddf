package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

// Print writes text of several lines of our own making to the standard output, as it is.
func (e *Environment) Print(text string) { _, _ = io.WriteString(e.Out, text) }

// Printf writes to the standard output. Whatever comes from the arguments is Plain: what a certificate or
// another person wrote must not steer the terminal, nor look like a line of ours.
func (e *Environment) Printf(format string, args ...any) {
	for i, arg := range args {
		args[i] = plainly{arg}
	}
	_, _ = fmt.Fprintf(e.Out, format, args...)
}

// plainly prints a value as fmt does, and Plain.
type plainly struct{ value any }

// Format implements fmt.Formatter.
func (p plainly) Format(f fmt.State, verb rune) {
	_, _ = io.WriteString(f, Plain(fmt.Sprintf(fmt.FormatString(f, verb), p.value)))
}

// Table writes rows in columns, Plain like the arguments of Printf.
func (e *Environment) Table(rows [][]string) error {
	table := tabwriter.NewWriter(e.Out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = Plain(cell)
		}
		_, _ = io.WriteString(table, strings.Join(cells, "\t")+"\n") // what fails, Flush tells
	}
	return table.Flush()
}

// JSON writes a value as indented JSON.
func (e *Environment) JSON(value any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	_, err := e.Out.Write(plainJSON(b.Bytes()))
	return err
}

// Plain replaces control characters, and writes those that turn the direction of text as their code points.
func Plain(text string) string {
	var b strings.Builder
	for _, c := range text {
		switch {
		case unicode.IsControl(c):
			b.WriteRune('\ufffd')
		case unicode.Is(unicode.Bidi_Control, c):
			fmt.Fprintf(&b, "[%U]", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// plainLines is Plain for text of several lines, with prefix before all but the first.
func plainLines(text, prefix string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = Plain(line)
	}
	return strings.Join(lines, "\n"+prefix)
}

// plainJSON writes as escapes what Plain replaces and JSON leaves as it is: the same JSON, fit for a terminal.
func plainJSON(text []byte) []byte {
	var b bytes.Buffer
	for _, c := range string(text) {
		if c > unicode.MaxASCII && (unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)) || c == '\x7f' {
			fmt.Fprintf(&b, `\u%04x`, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.Bytes()
}
