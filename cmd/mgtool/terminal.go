package main

// Text that is safe to print on a terminal.

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// printable replaces control characters and other unprintable characters, such as an
// escape or a line feed in a hostile file name, by their Go escape sequences.
func printable(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if strconv.IsPrint(r) && (r != utf8.RuneError || n > 1) {
			b.WriteString(text[:n])
		} else {
			quoted := strconv.Quote(text[:n])
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[n:]
	}
	return b.String()
}
