// Package rules judges certificates under eIDAS and PSD2.
//
// [Judge] and [JudgePair] say what is wrong, and by which clause; [JudgeCSRKey]
// asks it of a key before a certificate is ordered. [Diff] says what a renewal
// changes, [Ahead] which rules are to come. Time is an argument.
package rules
