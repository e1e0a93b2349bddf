package catalogue

import (
	"time"
	_ "time/tzdata" // a bank's clock must not depend on what the machine has installed
)

// defaultZone is that of a profile that does not name one, as in connector.SocieteGenerale.
const defaultZone = "Europe/Paris"

// Zone is that of the bank's clock: its days begin and end by it.
func (in Institution) Zone() *time.Location {
	if in.zone == nil { // not of a catalogue
		return zoneOf(in.Profile)
	}
	return in.zone
}

func zoneOf(profile map[string]any) *time.Location {
	name, _ := profile["time_zone"].(string)
	if name == "" {
		name = defaultZone
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC // of no consequence: a profile with an unknown zone stops the program at its start
	}
	return zone
}
