package tool

// A method in a word.

import (
	"path/filepath"
	"strconv"
	"strings"

	"mgtool/pde/stencil"
)

// methodNamed finds the settings of a method for the operator: auto, a file (.json), or a smoother
// with a weight and a coarsening, as in jacobi(0.8)/galerkin, in this cycle with so many steps.
// They are of cycles alone.
func (s Statement) methodNamed(name, shape string, pre, post int, a stencil.Operator) (Chosen, error) {
	m := DefaultSolve()
	m.Statement = s
	m.Krylov, m.RelTol, m.Measured = "none", 0, true
	text := strings.TrimSpace(name)
	switch {
	case text == "auto":
	case strings.EqualFold(filepath.Ext(text), ".json"):
		m.Name = text
	default:
		m.Cycle, m.Pre, m.Post = shape, pre, post
		smoother, coarsening, given := strings.Cut(text, "/")
		if given {
			m.Coarsening = coarsening
		}
		m.Smoother = smoother
		if head, weight, ok := strings.Cut(smoother, "("); ok {
			omega, err := strconv.ParseFloat(strings.TrimSuffix(weight, ")"), 64)
			if err != nil || omega == 0 || !strings.HasSuffix(weight, ")") {
				return Chosen{}, Usagef("--method %s; want a weight as in jacobi(0.8)", cutTo(name, 60))
			}
			m.Smoother, m.Omega = head, omega
		}
	}
	chosen, err := m.choose(a, true)
	if err != nil && m.Name == "auto" { // a file is named already
		err = Usagef("--method %s: %w", cutTo(name, 60), err)
	}
	return chosen, err
}
