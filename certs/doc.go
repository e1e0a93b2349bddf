// Package certs reads certificates and keys in any form people have them, says
// what they are under eIDAS and PSD2, and judges them.
//
// The way through it is [Read] (one file to its contents), [Assemble] (many
// contents to leaf, key and chain), [Judge] and [JudgePair] (what is wrong, by
// which clause), [Diff] (what a renewal changes) and [CreateRequest] (a
// request a qualified issuer accepts). The package is pure: no clock, no
// network, no files; time is an argument.
package certs
