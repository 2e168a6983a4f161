// Package nearest finds the known word that a mistyped one was probably meant to be.
package nearest

import "strings"

// longest is the length in runes above which a word is not compared.
const longest = 64

// Word returns the known word nearest to the typed one, the first if there are several,
// or "" if none is near. A near word differs by at most one edit per three letters, at
// least one and not all: a missing, extra or different letter, or two letters exchanged. Failing
// that, it begins with the typed word of three or more letters.
func Word(typed string, known []string) string {
	best, least := "", 1+max(1, len([]rune(typed))/3)
	if len([]rune(typed)) > longest {
		return ""
	}
	for _, word := range known {
		if d := edits([]rune(typed), []rune(word)); d < least && d < len([]rune(typed)) {
			best, least = word, d
		}
	}
	if best == "" && len(typed) > 2 {
		for _, word := range known {
			if strings.HasPrefix(word, typed) {
				return word
			}
		}
	}
	return best
}

// edits returns the optimal string alignment distance of a and b; entry (i, j) of its
// table is the distance of their first i and j letters.
func edits(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range b {
		d[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			other := 1
			if a[i] == b[j] {
				other = 0
			}
			d[i+1][j+1] = min(d[i][j+1]+1, d[i+1][j]+1, d[i][j]+other)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d[i+1][j+1] = min(d[i+1][j+1], d[i-1][j-1]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
