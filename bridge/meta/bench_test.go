package meta

import (
	"testing"

	"mgtool/multigrid"
	"mgtool/multigrid/method"
)

// BenchmarkSetup makes solvers for log-normal coefficients on 256² cells: black-box multigrid, with
// P by a network; the levels of a method file with P from the rows of A, with smoothers by a
// network.
func BenchmarkSetup(b *testing.B) {
	a, err := member(uncorrelated, 256)
	if err != nil {
		b.Fatal(err)
	}
	network := func(path string) func() (multigrid.Settings, error) {
		m, err := method.Read("../../testdata/methods/" + path)
		if err != nil {
			b.Fatal(err)
		}
		return func() (multigrid.Settings, error) { return m.Settings(a) }
	}
	for _, c := range []struct {
		name     string
		settings func() (multigrid.Settings, error)
	}{
		{"blackbox", func() (multigrid.Settings, error) {
			s := multigrid.DefaultSettings()
			s.Coarsening = multigrid.BlackBox{}
			return s, nil
		}},
		{"influence", network("lognormal-network.json")},
		{"levels", func() (multigrid.Settings, error) { return gaussSeidel(1, 1, method.BlackBox).Settings(a) }},
		{"smoothers", network("smoothers-network.json")},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				s, err := c.settings()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := multigrid.NewSolver(a, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
