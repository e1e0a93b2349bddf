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

// securityHeaders sets on every answer what keeps a browser from being turned against us.
func securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		// sign-in links and OAuth codes are in URLs
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")                        // no handle on our window
		h.Set("Cross-Origin-Resource-Policy", "same-origin")                      // nobody embeds what we serve
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains") // not over plain HTTP
		h.Set("Cache-Control", "no-store")                                        // static files set their own
		return next(c)
	}
}
