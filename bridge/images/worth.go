package images

// What each change is worth: contrasts of the table.

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"mgtool/bridge/specification"
	"mgtool/internal/effects"
)

// Change is what a change brings: the difference of mean accuracies, in points, with half of
// its 95% interval, NaN where no row has two runs, and the ratio of parameters.
type Change struct {
	About        string
	Points, Half float64
	Parameters   float64 // with over without, less 1
	Runs         int     // the runs it rests on
}

// contrast compares rows with and without a change.
type contrast struct {
	about         string
	with, without []Row
}

// contrasts are those of a table, in order.
func contrasts() (list []contrast) {
	label := map[string]string{"Pi": "Π"}
	of := func(block string, s specification.Specification) Row { return Row{block, s} }
	for _, block := range []string{"mixed", "alone"} {
		rows, _ := Factorial([]string{block})
		for _, op := range factors {
			c := contrast{about: fmt.Sprintf("%s learned, not fixed (%s)", cmp.Or(label[op], op), block)}
			for _, r := range rows {
				if r.Specification.Of(op).Learned() {
					c.with = append(c.with, r)
				} else {
					c.without = append(c.without, r)
				}
			}
			list = append(list, c)
		}
	}
	var mixed, alone []Row
	for _, s := range combinations(states(specification.Anew, "mixing")) {
		mixed, alone = append(mixed, of("mixed", s)), append(alone, of("alone", with(s, []string{"mixing"}, specification.Fixed)))
	}
	list = append(list, contrast{"channels mixed, not each alone", mixed, alone})

	given := with(states(specification.Anew, "mixing"), factors, specification.Fixed)
	free := with(given, factors, specification.Anew)
	list = append(list, contrast{"multigrid's stencils, not random ones: all", []Row{of("mixed", given)}, []Row{of("random", with(given, factors, specification.Random))}})
	for _, op := range factors {
		list = append(list, contrast{"multigrid's stencil, not a random one: " + cmp.Or(label[op], op), []Row{of("mixed", given)}, []Row{of("random", with(given, []string{op}, specification.Random))}})
	}
	all := []Row{of("mixed", free)}
	return append(list,
		contrast{"A, B learned from multigrid's, not from random ones", []Row{of("start", with(free, []string{"A", "B"}, specification.Started))}, all},
		contrast{"A, B, R, Π learned from multigrid's, not from random ones", []Row{of("start", with(free, factors, specification.Started))}, all},
		contrast{"σ learned, not ReLU", []Row{of("rest", with(free, []string{"sigma"}, specification.Anew))}, all},
		contrast{"σ learned from ReLU, not ReLU", []Row{of("rest", with(free, []string{"sigma"}, specification.Started))}, all},
		contrast{"norm learned, not fixed", all, []Row{of("rest", with(free, []string{"norm"}, specification.Fixed))}},
		contrast{"mixing learned from the identity, not from random", []Row{of("rest", with(given, []string{"mixing"}, specification.Started))}, []Row{of("mixed", given)}},
	)
}

// Worth says what the changes bring whose rows all have a result. The deviation of a run is
// pooled over all rows of the blocks that a change compares; runs that failed are left out.
func Worth(results []Result) []Change {
	accuracy, parameters := map[string][]float64{}, map[string]float64{}
	blocks := map[string][]string{} // the rows with a result
	for _, r := range results {
		name := r.Row.Name()
		if r.Failed != "" || math.IsNaN(r.TestAccuracy) {
			continue
		}
		if accuracy[name] == nil {
			blocks[r.Row.Block] = append(blocks[r.Row.Block], name)
		}
		accuracy[name] = append(accuracy[name], r.TestAccuracy)
		parameters[name] = float64(r.Parameters)
	}
	var list []Change
	for _, c := range contrasts() {
		both := slices.Concat(c.with, c.without)
		if slices.ContainsFunc(both, func(r Row) bool { return accuracy[r.Name()] == nil }) {
			continue
		}
		var pool [][]float64
		var seen []string
		for _, r := range both {
			if !slices.Contains(seen, r.Block) {
				seen = append(seen, r.Block)
				for _, name := range blocks[r.Block] {
					pool = append(pool, accuracy[name])
				}
			}
		}
		change := Change{About: c.about}
		pick := func(rows []Row) (cells [][]float64, mean float64) {
			for _, r := range rows {
				cells = append(cells, accuracy[r.Name()])
				change.Runs += len(accuracy[r.Name()])
				mean += parameters[r.Name()] / float64(len(rows))
			}
			return cells, mean
		}
		with, more := pick(c.with)
		without, fewer := pick(c.without)
		deviation, freedom := effects.Pooled(pool)
		d, half := effects.Difference(with, without, deviation, freedom)
		change.Points, change.Half, change.Parameters = 100*d, 100*half, more/fewer-1
		list = append(list, change)
	}
	return list
}
