package tool

import (
	"strings"
	"testing"
	"unicode"

	"mgtool/pde"
)

func TestParseRules(t *testing.T) {
	got, err := parseRules(" x:periodic, y-:neumann=0,y+ : dirichlet = max(x, sin(pi*x)) ,z:robin=1;min(x,y)", 3)
	if err != nil {
		t.Fatal(err)
	}
	robin := rule{true, pde.Neumann, "1", "min(x,y)"}
	want := rules{
		{{true, pde.Periodic, "", ""}, {true, pde.Periodic, "", ""}},
		{{true, pde.Neumann, "", "0"}, {true, pde.Dirichlet, "", "max(x, sin(pi*x))"}},
		{robin, robin},
	}
	if got != want {
		t.Errorf("%+v; want %+v", got, want)
	}
	if got, err := parseRules("", 1); err != nil || got != (rules{}) {
		t.Errorf("%+v, %v; want no rules", got, err)
	}
	if got, err := parseRules("x+:dirichlet=u.npz:left", 1); err != nil || got[0][1].value != "u.npz:left" || got[0][0].given {
		t.Errorf("%+v, %v", got, err)
	}
}

// A mistake is an error that names the side and what would be right.
func TestParseRulesErrors(t *testing.T) {
	for text, want := range map[string]string{
		"x":                            `"x" is no rule; want SIDE:KIND`,
		"x:":                           `side x: kind ""; want dirichlet`,
		":neumann":                     `side ""; want x, x- or x+, y, y- or y+ in dimension 2`,
		"z:neumann":                    `side "z"; want x, x- or x+, y, y- or y+ in dimension 2`,
		"xy:neumann":                   `side "xy"`,
		"x--:neumann":                  `side "x--"`,
		"x:open":                       `side x: kind "open"; want dirichlet, neumann, robin or periodic`,
		"x:neumann=":                   "side x: neumann without a value",
		"x:periodic=1":                 "side x: periodic takes no value",
		"x-:periodic":                  "side x-: periodic is for an axis; want x:periodic",
		"x:robin=1":                    "robin=1; want robin=α;g",
		"x:robin":                      "robin=; want robin=α;g",
		"x:robin=1;2;3":                "want robin=α;g",
		"x:neumann,x-:dirichlet":       "side x- has two rules",
		"x:neumann=(1":                 "a parenthesis without its other one",
		"x:neumann=)1(":                "a parenthesis without its other one",
		"x:neumann,":                   "is no rule",
		"x:neumann=0 y:neumann=" + "0": "", // one value, which the expressions refuse
	} {
		_, err := parseRules(text, 2)
		if want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want an error with %s", text, err, want)
		}
	}
}

// Rules that are accepted name each side at most once, both of a periodic axis, and say
// the same when they are written again.
func FuzzParseRules(f *testing.F) {
	for _, text := range []string{"x:periodic,y-:neumann=0,y+:dirichlet=sin(pi*x),z:robin=1;0", "x:robin=;", "x-:dirichlet=max(1,2)", ":", "x:neumann=((", "ü:neumann", "x\x00:neumann"} {
		f.Add(text, 3)
	}
	f.Fuzz(func(t *testing.T, text string, dim int) {
		dim = 1 + (dim&3)%3
		got, err := parseRules(text, dim)
		if err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }) && !strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%q: an error of several lines: %q", text, err)
			}
			return
		}
		again := ""
		for d := range got {
			for end, r := range got[d] {
				if !r.given {
					continue
				}
				if d >= dim || r.kind == pde.Periodic && !got[d][1-end].given {
					t.Fatalf("%q: %+v", text, got)
				}
				if r.kind == pde.Periodic {
					if end == 0 {
						again += "," + "xyz"[d:d+1] + ":periodic"
					}
					continue
				}
				again += "," + "xyz"[d:d+1] + []string{"-", "+"}[end] + ":"
				switch {
				case r.alpha != "":
					again += "robin=" + r.alpha + ";" + r.value
				case r.kind == pde.Neumann:
					again += "neumann"
				default:
					again += "dirichlet"
				}
				if r.alpha == "" && r.value != "" {
					again += "=" + r.value
				}
			}
		}
		if same, err := parseRules(strings.TrimPrefix(again, ","), dim); err != nil || same != got {
			t.Errorf("%q is %+v; written as %q it is %+v, %v", text, got, again, same, err)
		}
	})
}
