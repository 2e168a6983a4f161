package images

// The rows of the table, block by block.

import (
	"fmt"
	"slices"
	"strings"
)

// Row is a classifier of the table.
type Row struct {
	Block    string   `json:"block"`
	Switches Switches `json:"switches"`
}

// Name tells the rows of a table apart.
func (r Row) Name() string { return r.Block + ": " + r.Switches.String() }

// factors are the operators of the factorial, in the order of the table.
var factors = []string{"A", "B", "R", "Pi"}

// blocks are those of [Factorial].
var blocks = []struct {
	name, about string
	rows        func() []Switches
}{
	{"mixed", "all combinations of A, B, R, Π; a fixed stencil has a learned 1×1 mixing behind it",
		func() []Switches { return combinations(Switches{Mixing: Learned}) }},
	{"alone", "the same without mixing: each channel on its own, but for the stem and the head",
		func() []Switches { return combinations(Switches{Mixing: Fixed}) }},
	{"random", "the control of mixed: stencils fixed at random in place of multigrid's, one operator or all",
		func() []Switches {
			base := Switches{A: Fixed, B: Fixed, R: Fixed, Pi: Fixed, Mixing: Learned}
			list := []Switches{with(base, factors, Random)}
			for _, op := range factors {
				list = append(list, with(base, []string{op}, Random))
			}
			return list
		}},
	{"start", "operators learned from multigrid's stencils, the rest learned from random kernels",
		func() []Switches {
			base := Switches{A: Learned, B: Learned, R: Learned, Pi: Learned, Mixing: Learned}
			return []Switches{with(base, []string{"A", "B"}, Begun), with(base, factors, Begun)}
		}},
	{"rest", "σ and the norm of MgNet, and mixing from the identity with all stencils fixed",
		func() []Switches {
			base := Switches{A: Learned, B: Learned, R: Learned, Pi: Learned, Mixing: Learned}
			given := with(base, factors, Fixed)
			return []Switches{with(base, []string{"sigma"}, Learned), with(base, []string{"sigma"}, Begun), with(base, []string{"norm"}, Fixed), with(given, []string{"mixing"}, Begun)}
		}},
}

// with sets some parts.
func with(s Switches, names []string, value Switch) Switches {
	for _, p := range s.parts() {
		if slices.Contains(names, p.name) {
			*p.value = value
		}
	}
	return s
}

// combinations are the 16 of the factors, fixed or learned.
func combinations(s Switches) (list []Switches) {
	for bits := range 1 << len(factors) {
		row := with(s, factors, Fixed)
		for k, op := range factors {
			if bits>>k&1 == 1 {
				row = with(row, []string{op}, Learned)
			}
		}
		list = append(list, row)
	}
	return list
}

// Blocks names the blocks of [Factorial], with a line on each.
func Blocks() (names, about []string) {
	for _, b := range blocks {
		names, about = append(names, b.name), append(about, b.about)
	}
	return names, about
}

// Factorial lists the rows of some blocks.
func Factorial(names []string) ([]Row, error) {
	known, _ := Blocks()
	var list []Row
	for i, name := range names {
		k := slices.Index(known, name)
		if k < 0 {
			return nil, fmt.Errorf("images: block %q; known: %s", name, strings.Join(known, ", "))
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("images: block %q twice; want it once", name)
		}
		for _, s := range blocks[k].rows() {
			list = append(list, Row{name, s})
		}
	}
	return list, nil
}
