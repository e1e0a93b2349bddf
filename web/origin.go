package web

import (
	"net"
	"net/netip"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/origin"
)

// clientAddress is who sent a request: the other end of the connection or, where that is one of our own proxies,
// whom the proxies name in X-Forwarded-For. What anybody else says there is not believed.
func clientAddress(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trusted := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		p = p.Masked()
		trusted = append(trusted, echo.TrustIPRange(&net.IPNet{
			IP:   p.Addr().AsSlice(),
			Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(trusted...)
}

// original gives every request an id, and says with it where it comes from.
func original(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := origin.Begin(c.Request().Context(), c.RealIP())
		c.SetRequest(c.Request().WithContext(ctx))
		c.Response().Header().Set(echo.HeaderXRequestID, origin.Of(ctx).Request)
		return next(c)
	}
}
