package images

// The rows of the table, block by block.

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgtool/bridge/specification"
)

// Row is a classifier of the table.
type Row struct {
	Block         string
	Specification specification.Specification
}

// Name tells the rows of a table apart.
func (r Row) Name() string { return r.Block + ": " + r.Specification.String() }

// Title is what a table calls the row within its block.
func (r Row) Title() string {
	if r.Specification.Name != "" {
		return r.Specification.Name
	}
	return r.Specification.String()
}

// same reports that two rows are one.
func (r Row) same(s Row) bool { return r.Name() == s.Name() }

// factors are the operators of the factorial, in the order of the table.
var factors = []string{"A", "B", "R", "Pi"}

// blocks are those of [Factorial].
var blocks = []struct {
	name, about string
	rows        func() []specification.Specification
}{
	{"mixed", "all combinations of A, B, R, Π; a fixed stencil has a learned 1×1 mixing behind it",
		func() []specification.Specification { return combinations(states(specification.Anew, "mixing")) }},
	{"alone", "the same without mixing: each channel on its own, but for the stem and the head",
		func() []specification.Specification { return combinations(states(specification.Fixed, "mixing")) }},
	{"random", "the control of mixed: stencils fixed at random in place of multigrid's, one operator or all",
		func() []specification.Specification {
			base := with(states(specification.Anew, "mixing"), factors, specification.Fixed)
			list := []specification.Specification{with(base, factors, specification.Random)}
			for _, op := range factors {
				list = append(list, with(base, []string{op}, specification.Random))
			}
			return list
		}},
	{"start", "operators learned from multigrid's stencils, the rest learned from random kernels",
		func() []specification.Specification {
			base := with(states(specification.Anew, "mixing"), factors, specification.Anew)
			return []specification.Specification{with(base, []string{"A", "B"}, specification.Started), with(base, factors, specification.Started)}
		}},
	{"rest", "σ and the norm of MgNet, and mixing from the identity with all stencils fixed",
		func() []specification.Specification {
			base := with(states(specification.Anew, "mixing"), factors, specification.Anew)
			given := with(base, factors, specification.Fixed)
			return []specification.Specification{with(base, []string{"sigma"}, specification.Anew), with(base, []string{"sigma"}, specification.Started), with(base, []string{"norm"}, specification.Fixed), with(given, []string{"mixing"}, specification.Started)}
		}},
}

// states are some parts in a state; the others are learned, but σ.
func states(value specification.State, names ...string) specification.Specification {
	return with(specification.Specification{Others: specification.Anew}, names, value)
}

// with sets some parts.
func with(s specification.Specification, names []string, value specification.State) specification.Specification {
	set := maps.Clone(s.Operators)
	if set == nil {
		set = map[string]specification.Switch{}
	}
	for _, name := range names {
		w := set[name]
		w.State = value
		set[name] = w
	}
	s.Operators = set
	return s
}

// combinations are the 16 of the factors, fixed or learned.
func combinations(s specification.Specification) (list []specification.Specification) {
	for bits := range 1 << len(factors) {
		row := with(s, factors, specification.Fixed)
		for k, op := range factors {
			if bits>>k&1 == 1 {
				row = with(row, []string{op}, specification.Anew)
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
