package checklist

import (
	"slices"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Gate is something that was checked, in the reader's words.
type Gate struct {
	Level registration.Level
	Icon  string
	Says  wording.Sentence
}

// gateIcons go with the levels.
var gateIcons = map[registration.Level]string{
	registration.GateOK:      "check",
	registration.GateUnknown: "info",
	registration.GateWarning: "warning",
	registration.GateError:   "error",
}

// SayGates says what was checked.
func SayGates(tr *wording.Translator, all []registration.Gate) []Gate {
	var gates []Gate
	for _, g := range all {
		gates = append(gates, sayGate(tr, g))
	}
	return gates
}

func sayGate(tr *wording.Translator, g registration.Gate) Gate {
	args := slices.Clone(g.Args)
	if g.Code == "told_otherwise" {
		args[0] = tr.Enum("told", args[0])
	}
	return Gate{
		Level: g.Level,
		Icon:  gateIcons[g.Level],
		Says:  tr.Translate("gate."+g.Code, args, g.Message),
	}
}
