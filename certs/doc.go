// Package certs reads certificates and keys in the forms in which people have
// them, and says what they are under eIDAS and PSD2.
//
// [Read] turns a file into its contents, and [Assemble] several contents into
// leaf, key and chain. [CreateCSR] makes a CSR that a qualified issuer accepts.
// What is wrong with a certificate is said by package rules. The package has no
// clock, network or files; time is an argument.
package certs
