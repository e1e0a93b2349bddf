// Package api has the JSON of Sealkeeper's /v1 as Go types, once for everybody: the
// service answers with them, and package client and the command line read them.
// web/api/openapi.yaml says the same for other languages, and a test holds the two together.
//
// Times are in UTC, hashes are lower-case hex, an id is whatever text the service gave. A list in an
// answer is never null. Fields of a request with omitempty or omitzero may be left out.
package api
