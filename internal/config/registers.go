package config

import (
	"regexp"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// Registers are the registers of payment firms that authorisations are looked up in.
type Registers struct {
	// Where the European Banking Authority says which file is the newest, or the file itself; empty: it is read from
	// files that people import.
	EBAURL string `yaml:"eba_url" env:"SEALKEEPER_REGISTERS_EBA_URL"`
	// Tables of national authorities, in the file alone.
	Tables []RegisterTable `yaml:"tables"`
	// By what number registers list an organizationIdentifier, where that is another one than its own.
	Numbers map[string]string `yaml:"numbers"`
}

// RegisterTable is the table of a national authority.
type RegisterTable struct {
	Name      string `yaml:"name"`      // under which it is imported: de-bafin
	Authority string `yaml:"authority"` // DE-BAFIN
	URL       string `yaml:"url"`       // empty: people import it
	// "bafin" or "plain", or empty with columns. Columns by their titles; one that ends in * is the
	// beginning of a title.
	Layout    string   `yaml:"layout"`
	Number    []string `yaml:"number"`
	Title     []string `yaml:"title"` // the firm's name
	Services  []string `yaml:"services"`
	Begins    []string `yaml:"begins"`
	Ends      []string `yaml:"ends"`
	Countries []string `yaml:"countries"`
	// What is written in the column of services: the code that it stands for, such as PS_070.
	Words map[string]string `yaml:"words"`
}

var (
	registerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	authority    = regexp.MustCompile(`^[A-Z]{2}-[A-Z]{2,8}$`)
	serviceCode  = regexp.MustCompile(`^[A-Z]{2}_[0-9A-Z]{3}$`)
)

const (
	maxTables  = 40
	maxNumbers = 1000
)

func (r Registers) check() error {
	if r.EBAURL != "" {
		if err := loopback.CheckURL(r.EBAURL); err != nil {
			return contradiction("registers.eba_url " + err.Error())
		}
	}
	if len(r.Tables) > maxTables || len(r.Numbers) > maxNumbers {
		return contradiction("registers has more tables or numbers than are read")
	}
	names := []string{"eba"}
	for _, t := range r.Tables {
		switch {
		case !registerName.MatchString(t.Name) || slices.Contains(names, t.Name):
			return contradiction("registers.tables each have a name of their own, in small letters, digits and " +
				"dashes, and not eba")
		case !authority.MatchString(t.Authority):
			return contradiction("registers.tables." + t.Name + ".authority is one such as DE-BAFIN")
		case t.Layout != "" && t.Layout != "bafin" && t.Layout != "plain", t.Layout == "" && len(t.Number) == 0:
			return contradiction("registers.tables." + t.Name +
				` has the layout "bafin" or "plain", or says in which ` +
				"columns the number is")
		}
		if t.URL != "" {
			if err := loopback.CheckURL(t.URL); err != nil {
				return contradiction("registers.tables." + t.Name + ".url " + err.Error())
			}
		}
		for _, code := range t.Words {
			if !serviceCode.MatchString(code) {
				return contradiction("registers.tables." + t.Name + ".words stand for codes such as PS_070")
			}
		}
		names = append(names, t.Name)
	}
	return nil
}
