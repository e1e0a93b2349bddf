package operations

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Catalogue is the commands about catalogue files.
type Catalogue struct {
	Check catalogueCheckCmd `cmd:"" help:"Say what is wrong with catalogue files, with the line of each mistake."`
}

// largestFile is how large a catalogue file may be: those there are have less than a twentieth of it.
const largestFile = 1 << 20

type catalogueCheckCmd struct {
	Files []string `arg:"" help:"YAML files, one of a bank group each."`
}

// Run checks.
func (c catalogueCheckCmd) Run(env *cli.Environment) error {
	wrong := 0
	for _, name := range c.Files {
		err := checkCatalogueFile(name)
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

func checkCatalogueFile(name string) error {
	file, err := os.Open(name) // #nosec G304 -- the person names it
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, largestFile+1))
	if err == nil && len(data) > largestFile {
		err = fmt.Errorf("the file is larger than %d bytes", largestFile)
	}
	if err != nil {
		return err
	}
	return catalogue.Check(data)
}
