package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// listAsked is a list, with the orders that it may have and filters that most installations would be asked for.
type listAsked struct {
	name, path     string
	sorts, filters []string
}

var listsAsked = []listAsked{
	{"certificates", "/v1/certificates",
		[]string{"-created_at", "created_at", "not_after", "-not_after", "name", "-name"},
		[]string{"", "state=stored", "state=retired", "ended=true", "kind=qwac", "organization=PSDFR-ACPR-12345",
			"organization=PSDFR-ACPR-10007", "finding=error", "finding=none", "ends_in_days=30", "ends_in_days=700",
			"q=group77", "q=cert", "q=certificate+group7", "q=00000"}},
	{"registrations", "/v1/registrations", []string{"created_at", "-created_at"},
		[]string{"", "environment=sandbox", "environment=live", "archived=true", "certificate=c0000001",
			"application=app77", "institution=soc-gen-personal-sandbox", "organization=ORGANIZATION",
			"task=certificate_expiring", "q=copy", "q=copy+77"}},
	{"consents", "/v1/consents", []string{"-created_at", "created_at", "expires_at"},
		[]string{"", "registration_id=reg77", "customer=customer77", "expiring_days=10", "expiring_days=170"}},
	{"audit", "/v1/audit", []string{"-at", "at"},
		[]string{"", "object=c0000777", "person=person7", "action=cert.sign", "outcome=denied", "fold=machines",
			"from=YESTERDAY", "until=YESTERDAY"}},
	{"organizations", "/v1/organizations", []string{"name"}, []string{"", "q=tes"}},
	{"applications", "/v1/applications", []string{"name", "created_at"}, []string{"", "q=copy", "q=copy+77"}},
	{"search", "/v1/search", []string{""}, []string{"q=cert", "q=copy+77", "q=group77"}},
}

// behind is how far behind its beginning a list is read on its deep page, at most.
const behind = 20_000

// sweep asks for each list in each order, by each of its filters: the first page, and a deep one.
func (r reader) sweep(name string, certificates int) []figure {
	var figures []figure
	values := strings.NewReplacer("ORGANIZATION", r.organization(), "YESTERDAY",
		time.Now().AddDate(0, 0, -1).Format(time.DateOnly))
	for _, list := range listsAsked {
		var slowest float64
		for _, filter := range list.filters {
			filter = values.Replace(filter)
			for _, sort := range list.sorts {
				path := list.path + "?" + strings.Trim(filter+"&sort="+sort, "&")
				pages := map[string]string{"first": path}
				if sort == "" { // what has no order has one page
					pages["first"] = list.path + "?" + filter
				} else {
					pages["deep"] = r.deep(path, min(behind, certificates/20))
				}
				for what, at := range pages {
					p50, p99, size := r.times(at, sweepAsked)
					if p99 > 25 {
						fmt.Printf("# %s: %s %s page: p50 %.1f ms, p99 %.1f ms, %d kB\n", name, path, what, p50, p99,
							size>>10)
					}
					slowest = max(slowest, p99)
				}
			}
		}
		figures = append(figures, below(fmt.Sprintf("large_%d_%s_every_%s_p99", certificates, name, list.name), slowest,
			"ms", 50))
	}
	return figures
}

// organization is the one whose registrations there are.
func (r reader) organization() string {
	body, _ := r.get("/v1/organizations")
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := json.Unmarshal(body, &page); err != nil || len(page.Items) == 0 {
		loud{r.b}.Fatal(string(body), err)
	}
	return page.Items[0].ID
}
