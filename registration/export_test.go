package registration

// Sniff says what a file is, for the fuzz test.
var Sniff = sniff
