package nearest

import (
	"strings"
	"testing"
)

func TestWord(t *testing.T) {
	known := []string{"channels", "classes", "smoothings", "stem", "stem-stride", "lr", "r"}
	for typed, want := range map[string]string{
		"chanels":                 "channels",
		"channles":                "channels",
		"channel":                 "channels",
		"Channels":                "channels",
		"class":                   "classes",
		"smooth":                  "smoothings",
		"stems":                   "stem",
		"setm":                    "stem",
		"rl":                      "lr",
		"":                        "",
		"x":                       "", // nothing in common with r
		"pad":                     "",
		"optimizer":               "",
		strings.Repeat("ch", 100): "",
	} {
		if got := Word(typed, known); got != want {
			t.Errorf("%.20q is nearest to %q, want %q", typed, got, want)
		}
	}
	if got := Word("x", nil); got != "" {
		t.Errorf("nearest of none is %q", got)
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"größe", "grösse", 2}} {
		if got := edits([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("%q to %q takes %d edits, want %d", c.a, c.b, got, c.want)
		}
	}
}
