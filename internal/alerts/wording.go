package alerts

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/cases"
)

// Language is what a channel is told in.
type Language string

// The languages.
const (
	English Language = "en"
	French  Language = "fr"
)

// phrases are what messages are made of, by key. %[1]s is the case's name.
var phrases = map[Language]map[string]string{
	English: {
		"kind.certificate":    "a certificate ends",
		"kind.chain":          "an issuing certificate ends",
		"kind.consent":        "a consent ends",
		"kind.service_token":  "a service's token ends",
		"kind.vault_login":    "the login to Vault ends",
		"kind.bank_silent":    "remind the bank",
		"kind.approval":       "a request expires",
		"kind.former_version": "services use a former version",
		"kind.custody":        "custody does not answer",
		"kind.audit":          "the audit log cannot be written",
		"kind.job":            "periodic work fails",
		"kind.channel":        "messages do not arrive",
		"certificate":         "%[1]s ends on %[2]s (%[3]s). Registrations that use it: %[4]d.",
		"chain": "In the chain of %[1]s, the certificate of the issuer “%[5]s” ends on %[2]s (%[3]s). " +
			"Registrations concerned: %[4]d.",
		"consent":       "A customer's consent at %[1]s ends on %[2]s (%[3]s).",
		"service_token": "The last token of the service account %[1]s ends on %[2]s (%[3]s).",
		"vault_login":   "Sealkeeper's login to Vault ends on %[2]s (%[3]s).",
		"bank_silent":   "The bank has not answered about the step “%[1]s”; it was to be reminded on %[2]s.",
		"approval":      "A change of %[1]s, requested by %[6]s, waits for a second person until %[2]s (%[3]s).",
		"former_version": "Services of %[1]s that still use a former version of the bundle: %[5]s. Version " +
			"%[6]s is in use since %[2]s.",
		"custody": "Custody has not answered since %[2]s (%[5]s).",
		"audit": "The audit log cannot be written since %[2]s (%[5]s): whatever has to be recorded " +
			"is refused.",
		"job":                 "The periodic work “%[1]s” has failed since %[2]s (%[5]s).",
		"channel":             "Messages of the %[1]s do not arrive since %[2]s (%[5]s).",
		"todo.certificate":    "Order its successor from the QTSP and activate it at each of these banks.",
		"todo.chain":          "Give the certificate a chain with the issuer's new certificate.",
		"todo.consent":        "Ask the customer to consent again.",
		"todo.service_token":  "Make a new token for the account and give it to the service.",
		"todo.vault_login":    "Run `sealkeeper vault secret-id` on the server.",
		"todo.bank_silent":    "Remind the bank, and record its answer.",
		"todo.approval":       "Approve or reject the request.",
		"todo.former_version": "Restart these services, or find out why they do not follow.",
		"todo.custody":        "Run `sealkeeper vault doctor`, and see what /readyz says.",
		"todo.audit":          "See whether the database can be written.",
		"todo.job":            "The service's log says why.",
		"todo.channel":        "Correct the channel's configuration, or find out why the receiver refuses.",
		"what.opened":         "new",
		"what.halfway":        "half of the time to act is over",
		"what.last_safe_day":  "from now on the slowest bank may be too slow",
		"what.seven_days":     "seven days left",
		"what.one_day":        "one day left",
		"what.ended":          "it has ended",
		"what.still_so":       "still so",
		"what.escalated":      "escalated: nobody has acknowledged it",
		"what.closed":         "closed",
		"what.reminder":       "its acknowledgement is over",
		"fact.replaced":       "its successor is in use everywhere",
		"fact.unused":         "nothing uses it any more",
		"fact.retired":        "it was retired",
		"fact.renewed":        "its end is a later one now",
		"fact.settled":        "it is settled",
		"fact.works":          "it works again",
		"fact.gone":           "there is no such thing any more",
		"safe":                "Last safe day for the slowest bank: %s.",
		"owner":               "Owner: %s.",
		"deputies":            "Deputies: %s.",
		"day":                 "in 1 day",
		"days":                "in %d days",
		"today":               "today",
		"ago":                 "1 day ago",
		"agos":                "%d days ago",
		"subject":             "Sealkeeper: open cases: %d",
		"subject_urgent":      "Sealkeeper: URGENT: %d of %d cases",
		"subject_escalated":   "Sealkeeper: ESCALATED: cases nobody has acknowledged: %d",
		"subject_test":        "Sealkeeper: test message",
		"test":                "This is a test. Messages of the channel “%s” arrive.",
		"urgent":              "URGENT",
		"left":                "Other open cases: %d.",
		"more":                "Others for which the same is to be done: %d.",
	},
	French: {
		"kind.certificate":    "échéance d'un certificat",
		"kind.chain":          "échéance d'un certificat d'émetteur",
		"kind.consent":        "fin d'un consentement",
		"kind.service_token":  "échéance d'un jeton de service",
		"kind.vault_login":    "fin de l'accès à Vault",
		"kind.bank_silent":    "relancer la banque",
		"kind.approval":       "expiration d'une demande",
		"kind.former_version": "services restés sur une ancienne version",
		"kind.custody":        "coffre sans réponse",
		"kind.audit":          "journal d'audit non inscriptible",
		"kind.job":            "tâche périodique en échec",
		"kind.channel":        "messages non remis",
		"certificate":         "%[1]s expire le %[2]s (%[3]s). Enregistrements qui l'utilisent : %[4]d.",
		"chain": "Dans la chaîne de %[1]s, le certificat de l'émetteur « %[5]s » expire le %[2]s " +
			"(%[3]s). Enregistrements concernés : %[4]d.",
		"consent":       "Un consentement de client auprès de %[1]s prend fin le %[2]s (%[3]s).",
		"service_token": "Le dernier jeton du compte de service %[1]s expire le %[2]s (%[3]s).",
		"vault_login":   "L'accès de Sealkeeper à Vault expire le %[2]s (%[3]s).",
		"bank_silent": "La banque n'a pas répondu au sujet de l'étape « %[1]s » ; la relance était " +
			"prévue le %[2]s.",
		"approval": "Une modification de %[1]s, demandée par %[6]s, attend une deuxième personne jusqu'au " +
			"%[2]s (%[3]s).",
		"former_version": "Services de %[1]s qui utilisent encore une ancienne version du lot : %[5]s. La " +
			"version %[6]s est active depuis le %[2]s.",
		"custody": "Le coffre ne répond plus depuis le %[2]s (%[5]s).",
		"audit": "Le journal d'audit ne peut plus être écrit depuis le %[2]s (%[5]s) : tout ce qui " +
			"doit y figurer est refusé.",
		"job":                 "La tâche périodique « %[1]s » échoue depuis le %[2]s (%[5]s).",
		"channel":             "Les messages de « %[1]s » n'arrivent plus depuis le %[2]s (%[5]s).",
		"todo.certificate":    "Commandez son successeur auprès du QTSP et activez-le dans chacune de ces banques.",
		"todo.chain":          "Donnez au certificat une chaîne avec le nouveau certificat de l'émetteur.",
		"todo.consent":        "Demandez au client de consentir à nouveau.",
		"todo.service_token":  "Créez un nouveau jeton pour ce compte et remettez-le au service.",
		"todo.vault_login":    "Exécutez `sealkeeper vault secret-id` sur le serveur.",
		"todo.bank_silent":    "Relancez la banque et notez sa réponse.",
		"todo.approval":       "Approuvez ou rejetez la demande.",
		"todo.former_version": "Redémarrez ces services, ou cherchez pourquoi ils ne suivent pas.",
		"todo.custody":        "Exécutez `sealkeeper vault doctor` et consultez /readyz.",
		"todo.audit":          "Vérifiez que la base de données accepte les écritures.",
		"todo.job":            "Le journal technique du service en donne la raison.",
		"todo.channel":        "Corrigez la configuration du canal, ou cherchez pourquoi le destinataire refuse.",
		"what.opened":         "nouveau",
		"what.halfway":        "la moitié du temps pour agir est écoulée",
		"what.last_safe_day":  "la banque la plus lente risque désormais de ne plus suivre",
		"what.seven_days":     "plus que sept jours",
		"what.one_day":        "plus qu'un jour",
		"what.ended":          "arrivé à échéance",
		"what.still_so":       "toujours le cas",
		"what.escalated":      "escalade : personne ne l'a pris en charge",
		"what.closed":         "clos",
		"what.reminder":       "la prise en charge a pris fin",
		"fact.replaced":       "son successeur est utilisé partout",
		"fact.unused":         "plus rien ne l'utilise",
		"fact.retired":        "il a été retiré",
		"fact.renewed":        "son échéance a été repoussée",
		"fact.settled":        "c'est réglé",
		"fact.works":          "cela fonctionne à nouveau",
		"fact.gone":           "l'objet n'existe plus",
		"safe":                "Dernier jour sûr pour la banque la plus lente : %s.",
		"owner":               "Responsable : %s.",
		"deputies":            "Suppléants : %s.",
		"day":                 "dans 1 jour",
		"days":                "dans %d jours",
		"today":               "aujourd'hui",
		"ago":                 "il y a 1 jour",
		"agos":                "il y a %d jours",
		"subject":             "Sealkeeper : dossiers ouverts : %d",
		"subject_urgent":      "Sealkeeper : URGENT : %d sur %d",
		"subject_escalated":   "Sealkeeper : ESCALADE : dossiers que personne n'a pris en charge : %d",
		"subject_test":        "Sealkeeper : message d'essai",
		"test":                "Ceci est un essai. Les messages du canal « %s » arrivent.",
		"urgent":              "URGENT",
		"left":                "Autres dossiers ouverts : %d.",
		"more":                "Autres dossiers avec la même chose à faire : %d.",
	},
}

// Words say cases in one language and by one clock.
type Words struct {
	Language Language
	Location *time.Location
	Now      time.Time
}

func (w Words) phrase(key string, args ...any) string {
	all := phrases[French]
	if w.Language != French {
		all = phrases[English]
	}
	if len(args) == 0 {
		return all[key]
	}
	return fmt.Sprintf(all[key], args...)
}

// Name is what a case is about, in a word or two.
func (w Words) Name(c cases.Case) string {
	if c.Kind == cases.BankSilent && w.Language == French && len(c.Args) > 0 {
		return c.Args[0]
	}
	return c.Name
}

// Sentence says what a case is about.
func (w Words) Sentence(c cases.Case) string {
	args := []any{w.Name(c), w.Day(c.EndsAt), w.until(c.EndsAt), c.PlaceCount, "", ""}
	for i, a := range c.Args {
		if 4+i < len(args) {
			args[4+i] = a
		}
	}
	text := w.phrase(string(c.Kind), args...)
	if i := strings.Index(text, "%!(EXTRA"); i >= 0 { // a phrase need not use every value
		text = text[:i]
	}
	return text
}

// Kind names a kind of case.
func (w Words) Kind(k cases.Kind) string { return w.phrase("kind." + string(k)) }

// Todo says what is to be done about a case.
func (w Words) Todo(c cases.Case) string { return w.phrase("todo." + string(c.Kind)) }

// What says what happened to a case.
func (w Words) What(what string) string {
	return w.phrase("what." + cases.Name(what))
}

// Fact says what closed a case.
func (w Words) Fact(fact string) string { return w.phrase("fact." + fact) }

// Day is a day as people of the language write it.
func (w Words) Day(at time.Time) string {
	local := at.In(w.Location)
	if w.Language != French {
		return local.Format("2 January 2006")
	}
	months := []string{
		"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
		"décembre",
	}
	day := strconv.Itoa(local.Day())
	if local.Day() == 1 {
		day = "1er"
	}
	return day + " " + months[local.Month()-1] + " " + strconv.Itoa(local.Year())
}

// until counts the days by the calendar.
func (w Words) until(at time.Time) string {
	date := func(t time.Time) time.Time {
		year, month, day := t.In(w.Location).Date()
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	switch n := int(date(at).Sub(date(w.Now)) / (24 * time.Hour)); {
	case n == 0:
		return w.phrase("today")
	case n == 1:
		return w.phrase("day")
	case n > 0:
		return w.phrase("days", n)
	case n == -1:
		return w.phrase("ago")
	default:
		return w.phrase("agos", -n)
	}
}

// lines say one item: the sentence, what happened, what to do, and whose it is.
func (w Words) lines(item Item) []string {
	c := item.Case
	lines := []string{w.Sentence(c)}
	if c.Lead > 0 && c.EndsAt.Add(-c.Lead).After(w.Now) {
		lines = append(lines, w.phrase("safe", w.Day(c.EndsAt.Add(-c.Lead))))
	}
	lines = append(lines, w.Todo(c))
	if c.Owner != "" {
		lines = append(lines, w.phrase("owner", c.Owner))
	}
	if len(c.Deputies) > 0 && item.Event.What == cases.Escalated {
		lines = append(lines, w.phrase("deputies", strings.Join(c.Deputies, ", ")))
	}
	return lines
}

// group is what is one thing to do: its first case is told, the others are counted.
type group struct {
	first  Item
	others int
}

// most is how many groups a message tells; the others are counted.
const most = 30

func groupsOf(items []Item) (groups []group, left int) {
	at := map[string]int{}
	for _, item := range items {
		key := string(item.Case.Kind) + "\n" + item.Case.Todo
		if i, there := at[key]; there {
			groups[i].others++
			continue
		}
		at[key] = len(groups)
		groups = append(groups, group{first: item})
	}
	if len(groups) > most {
		for _, g := range groups[most:] {
			left += 1 + g.others
		}
		groups = groups[:most]
	}
	return groups, left
}

func (m Message) words() Words {
	return Words{Language: m.Channel.Language, Location: m.Location, Now: m.At}
}

// subject is a message in one line.
func (m Message) subject() string {
	w := m.words()
	urgent, escalated := 0, 0
	for _, item := range m.Items {
		if item.Case.Urgent {
			urgent++
		}
		if item.Event.What == cases.Escalated {
			escalated++
		}
	}
	switch {
	case m.Test:
		return w.phrase("subject_test")
	case escalated > 0:
		return w.phrase("subject_escalated", escalated)
	case urgent > 0:
		return w.phrase("subject_urgent", urgent, len(m.Items))
	}
	return w.phrase("subject", len(m.Items))
}

// paragraph is one thing to do.
type paragraph struct {
	Title string // what happened
	Lines []string
	URL   string
}

// paragraphs are a message in parts. The last one is of what is left.
func (m Message) paragraphs() []paragraph {
	w := m.words()
	if m.Test {
		return []paragraph{{Lines: []string{w.phrase("test", m.Channel.Name)}, URL: m.PageURL}}
	}
	groups, left := groupsOf(m.Items)
	all := make([]paragraph, 0, len(groups)+1)
	for _, g := range groups {
		p := paragraph{
			Title: w.What(g.first.Event.What),
			Lines: w.lines(g.first),
			URL:   m.PageURL + "/" + g.first.Case.ID,
		}
		if g.first.Case.Urgent {
			p.Title = w.phrase("urgent") + " · " + p.Title
		}
		if g.others > 0 {
			p.Lines = append(p.Lines, w.phrase("more", g.others))
		}
		all = append(all, p)
	}
	last := paragraph{URL: m.PageURL}
	if m.Left+left > 0 {
		last.Lines = []string{w.phrase("left", m.Left+left)}
	}
	return append(all, last)
}

// text is a message as plain text.
func (m Message) text() string {
	var b strings.Builder
	for _, p := range m.paragraphs() {
		if p.Title != "" {
			b.WriteString("[" + p.Title + "]\n")
		}
		for _, line := range p.Lines {
			b.WriteString(line + "\n")
		}
		b.WriteString(p.URL + "\n\n")
	}
	return b.String()
}
