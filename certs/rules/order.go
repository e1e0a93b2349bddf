package rules

import (
	"strconv"
	"time"
	_ "time/tzdata" // the day on which a rule begins must not depend on what the machine has installed

	"github.com/sealkeeper/sealkeeper/certs"
)

// orderRules are about a key for which a certificate is to be ordered.
var orderRules = []Info{
	{
		Code:     "order_rsa_too_short",
		Severity: SeverityError,
		Clause:   sunsetClause,
		Basis:    pkilint,
		Message: "RSA keys of %s bits are too short for a new certificate: since 1 January 2027 none is " +
			"issued for fewer " +
			"than 3000.",
		Remedy: "Choose RSA of 3072 bits or ECDSA P-256.",
	},
	{
		Code:     "order_rsa_too_short",
		Severity: SeverityWarning,
		Clause:   sunsetClause,
		Basis:    pkilint,
		Message: "RSA keys of %s bits serve for certificates that are issued by 31 December 2026 and end by " +
			"31 December " +
			"2028, and never for a renewal.",
		Remedy: "Choose RSA of 3072 bits or ECDSA P-256.",
	},
}

// brussels is whose calendar the days of EU rules are read from, where something is done here and now.
var brussels = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Brussels")
	if err != nil {
		panic(err) // time/tzdata has it
	}
	return zone
}()

// JudgeCSRKey says what is wrong with ordering a certificate for a key at a time: an error from the day on which
// issuers must refuse it, by the calendar in Brussels, and a warning before.
func JudgeCSRKey(key certs.PublicKeyInfo, at time.Time) []Finding {
	if !retired(key) {
		return []Finding{}
	}
	r := orderRules[1]
	if dated(RSAOrder).HoldsOn(at, brussels) {
		r = orderRules[0]
	}
	return []Finding{finding(r.Code, r.Severity, r.Clause, r.Message, r.Remedy, args{strconv.Itoa(key.Bits)})}
}
