package web

import (
	"strings"

	"github.com/labstack/echo/v4"
)

// contentSecurityPolicy allows what we serve ourselves and nothing else.
var contentSecurityPolicy = strings.Join([]string{
	"default-src 'none'",                 // what is not named below does not load
	"script-src 'self'",                  // no inline script: injected markup cannot run
	"style-src 'self'",                   // nor can it restyle a page to deceive
	"img-src 'self'",                     // no tracking, no data: images
	"font-src 'self'",                    //
	"connect-src 'self'",                 // a script could send nothing elsewhere
	"form-action 'self'",                 // nor could a form
	"base-uri 'none'",                    // relative links stay ours
	"frame-ancestors 'none'",             // nobody frames the console to steal clicks
	"require-trusted-types-for 'script'", // our scripts make no markup of text,
	"trusted-types 'none'",               // and nothing lets them
}, "; ")

// secured are headers of every answer. Their values are shared by all of them.
var secured = [...]struct {
	name   string
	values []string
}{
	{"Content-Security-Policy", []string{contentSecurityPolicy}},
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"Referrer-Policy", []string{"no-referrer"}},                                   // secrets are in URLs of sign-in
	{"Cross-Origin-Opener-Policy", []string{"same-origin"}},                        // no handle on our window
	{"Cross-Origin-Resource-Policy", []string{"same-origin"}},                      // nobody embeds what we serve
	{"Strict-Transport-Security", []string{"max-age=31536000; includeSubDomains"}}, // not over plain HTTP
	{"Cache-Control", []string{"no-store"}},                                        // static files set their own
}

// securityHeaders sets on every answer what keeps a browser from being turned against us.
func securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		for _, h := range secured {
			header[h.name] = h.values
		}
		return next(c)
	}
}
