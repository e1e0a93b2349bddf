// Package certs reads certificates and keys in the forms in which people have
// them, says what they are under eIDAS and PSD2, and judges them.
//
// [Read] turns a file into its contents, and [Assemble] several contents into
// leaf, key and chain. [Judge] and [JudgePair] say what is wrong, and by which
// clause. [Diff] says what a renewal changes. [CreateCSR] makes a CSR that a
// qualified issuer accepts. The package has no clock, network or files; time is
// an argument.
package certs
