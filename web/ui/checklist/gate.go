package checklist

import (
	"slices"

	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Gate is something that was checked, in the reader's words.
type Gate struct {
	Level checklist.Level
	Icon  string
	Says  wording.Sentence
}

// gateIcons go with the levels.
var gateIcons = map[checklist.Level]string{
	checklist.GateOK:      "check",
	checklist.GateUnknown: "info",
	checklist.GateWarning: "warning",
	checklist.GateError:   "error",
}

// SayGates says what was checked.
func SayGates(tr *wording.Translator, all []checklist.Gate) []Gate {
	var gates []Gate
	for _, g := range all {
		gates = append(gates, sayGate(tr, g))
	}
	return gates
}

func sayGate(tr *wording.Translator, g checklist.Gate) Gate {
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
