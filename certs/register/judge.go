package register

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// State is what a register says of an authorisation.
type State string

// The states that follow from a register which was read. Whoever has not read one says so, and none of these.
const (
	Listed        State = "listed"         // in force, with every service that is asked about
	NotPassported State = "not_passported" // in force at home, but not in every country that is asked about
	RoleMissing   State = "role_missing"   // in force, but without a service that is asked about
	OnlyAgent     State = "agent"          // listed as an agent or branch, whose services registers do not list
	Unclear       State = "unclear"        // listed in a way that nothing follows from
	Ended         State = "ended"          // listed as no longer in force
	NotFound      State = "not_found"      // not listed
)

// Question is what is asked of a register about one number.
type Question struct {
	Key       string
	Roles     []string // of TS 119 495, such as PSP_PI; those that no register lists are left out of the answer
	Countries []string // where the services are provided, apart from the authority's own
	Now       time.Time
}

// Missing is a service that is not listed, by its role, and where.
type Missing struct{ Role, Country string }

// Answer is what a register says.
type Answer struct {
	State    State
	Name     string
	Type     string
	Of       string    // of an agent or branch: for whom
	Since    time.Time // of the state; zero: the register does not say
	Services []string  // at home
	Abroad   []string  // countries with any service
	Missing  []Missing // by role, then country
}

// listedAs are the services of the register that a role stands for (PSD2 annex I; its points are the numbers). Whoever
// services accounts provides one of the services that need accounts.
var listedAs = map[string][]string{
	"PSP_PI": {"PS_070"},
	"PSP_AI": {"PS_080"},
	"PSP_IC": {"PS_05A", "PS_050"},
	"PSP_AS": {"PS_010", "PS_020", "PS_030", "PS_03A", "PS_03B", "PS_03C", "PS_040", "PS_04A", "PS_04B", "PS_04C"},
}

// Judge answers a question by the entries that have its key.
func Judge(entries []Entry, q Question) Answer {
	var own, others []Entry // authorisations themselves; agents and branches
	for _, e := range entries {
		switch {
		case e.Key != q.Key:
		case e.Kind == Institution:
			own = append(own, e)
		default:
			others = append(others, e)
		}
	}
	if len(own) > 0 {
		return ownAnswer(own, q)
	}
	slices.SortStableFunc(others, func(a, b Entry) int { // one that acts for somebody still, first
		return boolean(a.Inactive) - boolean(b.Inactive)
	})
	if len(others) == 0 {
		return Answer{State: NotFound}
	}
	e := others[0]
	answer := Answer{State: OnlyAgent, Name: e.Name, Type: e.Type, Of: e.Of}
	if e.Inactive {
		answer.State = Ended
	}
	return answer
}

// ownAnswer is by the authorisations that have one number: a firm may have had one of another type before. Those in
// force count together.
func ownAnswer(own []Entry, q Question) (answer Answer) {
	services := map[string][]string{}
	answer.State = ""
	for _, e := range own {
		active, known, since := e.standing(q.Now)
		state := Ended
		switch {
		case active:
			state = Listed
			for country, listed := range e.Services {
				services[country] = append(services[country], listed...)
			}
		case !known:
			state = Unclear
		}
		if answer.State == "" || better(state, answer.State) || state == answer.State && since.After(answer.Since) {
			answer.State, answer.Name, answer.Type, answer.Since = state, e.Name, e.Type, since
		}
	}
	if answer.State != Listed {
		return answer
	}
	home := CountryOf(q.Key)
	answer.Services = sorted(services[home])
	for _, country := range slices.Sorted(maps.Keys(services)) {
		if country != home {
			answer.Abroad = append(answer.Abroad, country)
		}
	}
	if len(services) == 0 { // a register that lists no services says nothing about them
		if len(q.Roles) > 0 {
			answer.State = Unclear
		}
		return answer
	}
	answer.compare(services, q)
	return answer
}

func better(a, b State) bool {
	order := []State{Ended, Unclear, Listed}
	return slices.Index(order, a) > slices.Index(order, b)
}

// compare looks for the services that roles stand for.
func (a *Answer) compare(services map[string][]string, q Question) {
	home := CountryOf(q.Key)
	if len(services[home]) == 0 { // some list services abroad alone
		services[home] = slices.Concat(slices.Collect(maps.Values(services))...)
		a.Services = sorted(services[home])
	}
	for _, role := range sorted(q.Roles) {
		wanted, known := listedAs[role]
		if !known {
			continue
		}
		if !overlap(services[home], wanted) {
			a.Missing = append(a.Missing, Missing{role, home})
			a.State = RoleMissing
			continue
		}
		for _, country := range sorted(q.Countries) {
			if country != home && country != "" && !overlap(services[country], wanted) {
				a.Missing = append(a.Missing, Missing{role, country})
				if a.State == Listed {
					a.State = NotPassported
				}
			}
		}
	}
}

func overlap(listed, wanted []string) bool {
	return slices.ContainsFunc(listed, func(s string) bool { return slices.Contains(wanted, s) })
}

// sorted is each of some texts once, in their order.
func sorted(all []string) []string {
	all = slices.Clone(all)
	slices.SortFunc(all, strings.Compare)
	return slices.Compact(all)
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
