package main

// What may be written to a terminal.

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// printable is a text in which what a terminal would obey or not show, such as the
// escape and the line feed of a hostile file name, stands as Go writes it in a string.
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
