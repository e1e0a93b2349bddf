// Package docs is the manual as it ships with the program: the Markdown files of this folder, and how they are
// rendered.
package docs

import "embed"

//go:embed *.md
var files embed.FS
