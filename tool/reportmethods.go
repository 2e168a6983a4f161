package tool

// The methods of a page: learned ones, and classical ones beside them.

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"mgtool/bridge/report"
	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde"
	"mgtool/pde/stencil"
	methodfiles "mgtool/testdata/methods"
)

// reportClassical are the classical methods beside each learned one, with its steps.
var reportClassical = []string{"jacobi(0.8)/galerkin", "rbgs", "rbsor"}

// candidate is a method to be measured.
type candidate struct {
	row      report.Method
	file     *method.Method // nil of a classical one
	settings func(a stencil.Operator) (multigrid.Settings, error)
}

// candidates are the learned methods by their cycles, after the classical ones with the same
// cycle.
func (c CompareReport) candidates() ([]candidate, error) {
	var learned []candidate
	add := func(m *method.Method, source string) error {
		if m.Dim != 2 {
			return Usagef("--method %s is for %d dimensions; want 2", source, m.Dim)
		}
		row := report.Method{Name: m.Name, Learned: true, Source: source, Cycle: shapeOf(m), Numbers: numbersIn(m)}
		if row.Name == "" {
			row.Name = filepath.Base(source)
		}
		learned = append(learned, candidate{row, m, m.Settings})
		return nil
	}
	if len(c.Methods) == 0 {
		entries, err := methodfiles.Files.ReadDir(".")
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			f, err := methodfiles.Files.Open(e.Name())
			if err != nil {
				return nil, err
			}
			m, err := method.Decode(f)
			if err := errors.Join(err, f.Close()); err != nil {
				return nil, fmt.Errorf("%s: %w", e.Name(), err)
			}
			if err := add(m, e.Name()+" of the program"); err != nil {
				return nil, err
			}
		}
	}
	for _, path := range c.Methods {
		m, err := method.Read(path)
		if err != nil {
			return nil, Usagef("--method: %w", err)
		}
		if err := add(m, path); err != nil {
			return nil, err
		}
	}
	a, err := laplacian(c.N)
	if err != nil {
		return nil, err
	}
	for i := range learned { // before any work
		m := &learned[i]
		s, err := m.file.Settings(a)
		switch {
		case err != nil:
			return nil, Usagef("--method %s: %w", m.row.Source, err)
		case multigrid.Minimises(s.Smoother):
			return nil, Usagef("--method %s has a step that minimises the residual, so that its cycle has neither eigenvalues nor a factor for each wave; want one that is linear", m.row.Source)
		}
		if off := m.file.Made(a); off > madeFor {
			m.row.Note = fmt.Sprintf("made for another operator, over their diagonals the two differ by up to %.2g", off)
		}
	}
	slices.SortStableFunc(learned, func(a, b candidate) int { return cmp.Compare(a.row.Cycle, b.row.Cycle) })
	var list []candidate
	for i, l := range learned {
		if i == 0 || learned[i-1].row.Cycle != l.row.Cycle {
			more, err := classicalOf(l.file, l.row.Cycle, a)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
		list = append(list, l)
	}
	return list, nil
}

// classicalOf are the classical methods with the cycle of m.
func classicalOf(m *method.Method, cycle string, a stencil.Operator) (list []candidate, err error) {
	pre, post := stepsOf(m)
	for _, name := range reportClassical {
		of := func(a stencil.Operator) (multigrid.Settings, error) {
			chosen, err := Statement{Dim: 2}.methodNamed(name, map[int]string{1: "v", 2: "w"}[m.Gamma], pre, post, a)
			return chosen.Settings, err
		}
		s, err := of(a)
		if err != nil {
			return nil, err
		}
		row := report.Method{Name: fmt.Sprint(s.Smoother), Cycle: cycle, Source: name}
		switch s := s.Smoother.(type) {
		case multigrid.Jacobi:
			row.Name = fmt.Sprintf("Jacobi, ω = %.3g, Galerkin", s.Omega)
		case multigrid.RedBlack:
			row.Name = "red-black Gauss–Seidel"
			if s.Omega != 1 {
				row.Name = fmt.Sprintf("red-black SOR, ω = %.3g", s.Omega)
			}
		}
		list = append(list, candidate{row: row, settings: of})
	}
	return list, nil
}

// stepsOf are the smoothing steps on the finest level.
func stepsOf(m *method.Method) (pre, post int) {
	if m.Network != nil {
		return m.Network.Pre, m.Network.Post
	}
	return len(m.Levels[0].Pre), len(m.Levels[0].Post)
}

// shapeOf is as in V(1,1).
func shapeOf(m *method.Method) string {
	pre, post := stepsOf(m)
	return fmt.Sprintf("%s(%d,%d)", map[int]string{1: "V", 2: "W"}[m.Gamma], pre, post)
}

// numbersIn counts the different numbers of a method: those of each kernel, weights of steps, and
// all of a network.
func numbersIn(m *method.Method) (count int) {
	of := func(s *method.Stencil) {
		if s == nil {
			return
		}
		seen := map[float64]bool{}
		for _, w := range s.Weights {
			if w != 0 && !seen[w] {
				seen[w] = true
				count++
			}
		}
	}
	for _, l := range m.Levels {
		for _, s := range slices.Concat(l.Pre, l.Post) {
			of(s.Stencil)
			count += len(s.Colours)
			for _, k := range s.Minimise {
				of(k)
			}
			if s.Jacobi != 0 {
				count++
			}
		}
		of(l.Restriction.Stencil)
		of(l.Prolongation.Stencil)
		of(l.Coarse.Stencil)
	}
	if m.Network != nil {
		for _, part := range m.Network.Parts {
			for _, layer := range part {
				count += len(layer.Bias)
				for _, row := range layer.Weights {
					count += len(row)
				}
			}
		}
	}
	return count
}

// laplacian is −Δ of five points on n² cells.
func laplacian(n int) (a stencil.Operator, err error) {
	grid, err := pde.Unit(2, n)
	if err != nil {
		return a, err
	}
	return stencil.Laplacian(grid), nil
}
