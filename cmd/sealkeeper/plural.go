package main

import "fmt"

// counted says a number and what it counts: "1 key", "2 keys".
func counted[N int | int64](n N, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
