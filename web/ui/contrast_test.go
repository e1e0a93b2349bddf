package ui_test

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

var token = regexp.MustCompile(`--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)

// TestColoursHaveContrast holds the style sheet's pairs to WCAG 2.2: 4.5 for
// text (1.4.3), 3 for the outlines of fields (1.4.11).
func TestColoursHaveContrast(t *testing.T) {
	colours := map[string][2]string{}
	for _, m := range token.FindAllStringSubmatch(read(t, "static/app.css")["static/app.css"], -1) {
		colours[m[1]] = [2]string{m[2], m[3]}
	}
	tests := []struct {
		front   string
		ratio   float64
		grounds []string
	}{
		{"ink", 4.5, []string{"ground", "surface", "sunken"}},
		{"muted", 4.5, []string{"ground", "surface", "sunken"}},
		{"accent", 4.5, []string{"ground", "surface", "sunken"}},
		{"accent-deep", 4.5, []string{"ground", "surface", "accent-wash"}},
		{"on-accent", 4.5, []string{"accent", "accent-deep"}},
		{"error", 4.5, []string{"surface", "sunken", "error-wash"}},
		{"warning", 4.5, []string{"surface", "sunken", "warning-wash"}},
		{"notice", 4.5, []string{"surface", "sunken", "notice-wash"}},
		{"line-strong", 3, []string{"surface", "ground"}},
	}
	for _, test := range tests {
		for _, ground := range test.grounds {
			for i, scheme := range []string{"light", "dark"} {
				if got := contrast(t, colours[test.front][i], colours[ground][i]); got < test.ratio {
					t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", scheme, test.front, ground, got,
						test.ratio)
				}
			}
		}
	}
}

// contrast is the ratio of relative luminances, as WCAG defines both.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	if colour == "" {
		t.Fatal("the style sheet lacks a colour of this test")
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		channel, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		check(t, err)
		c := float64(channel) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
