package wording

import "strings"

// products are how browsers and systems call themselves in their User-Agent (RFC 9110, section 10.1.5), those
// first that call themselves like others too.
var (
	browsers = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Macintosh", "macOS"},
		{"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

// Device is a browser and its system in words, by what the browser calls itself.
func (t *Translator) Device(agent string) string {
	browser, system := named(agent, browsers), named(agent, systems)
	if browser == "" || system == "" {
		return t.Say("device.unknown").Text
	}
	return t.Say("device.on", browser, system).Text
}

func named(agent string, names [][2]string) string {
	for _, n := range names {
		if strings.Contains(agent, n[0]) {
			return n[1]
		}
	}
	return ""
}
