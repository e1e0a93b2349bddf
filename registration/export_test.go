package registration

// Sniff says what a file is, for the fuzz test.
var Sniff = sniff

// HoldsKey reports whether a private key can be read in a file.
var HoldsKey = holdsKey
