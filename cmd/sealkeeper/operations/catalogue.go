package operations

import (
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper/remote"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Catalogue is the commands about catalogue files.
type Catalogue struct {
	Check catalogueCheckCmd `cmd:"" help:"Say what is wrong with catalogue files, with the line of each mistake."`
	remote.CatalogueFiles
}

type catalogueCheckCmd struct {
	Files []string `arg:"" help:"YAML files, one of a bank group each."`
}

// Run checks.
func (c catalogueCheckCmd) Run(env *cli.Environment) error {
	banks, err := catalogue.Embedded()
	if err != nil {
		return err
	}
	wrong := 0
	for _, name := range c.Files {
		text, err := bankfiles.ReadFile(func() (fs.File, error) { return os.Open(name) })
		if err == nil {
			_, err = banks.Check(text, app.Followable)
		}
		if err == nil {
			env.Printf("%s: in order\n", name)
			continue
		}
		wrong++
		for mistake := range strings.SplitSeq(err.Error(), "\n") {
			env.Printf("%s: %s\n", name, mistake)
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d files cannot be used", wrong, len(c.Files))
	}
	return nil
}

// foreseen is the catalogue without a database: what is built in, and what the configured folder has that can be used.
func foreseen(cfg config.Config) (*catalogue.Catalogue, error) {
	banks, err := catalogue.Embedded()
	if err != nil || cfg.CatalogueFolder == "" {
		return banks, err
	}
	files, _, err := bankfiles.ReadFolder(cfg.CatalogueFolder, banks, app.Followable)
	if err != nil {
		return nil, err
	}
	texts := make([][]byte, len(files))
	for i, f := range files {
		texts[i] = f.Text
	}
	return banks, banks.Take(texts, app.Followable)
}
