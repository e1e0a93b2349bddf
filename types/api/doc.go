// Package api has the JSON of Sealkeeper's /v1 as Go types, shared by the service, package
// client and the command line. web/api/openapi.yaml describes the same JSON for other
// languages; a test compares the two.
//
// Times are in UTC, hashes are lower-case hex, and ids are opaque. A list in an answer is never
// null. Fields of a request with omitempty or omitzero are optional.
package api
