package lfa

// Relaxation of lines and planes.

import (
	"fmt"
	"strings"

	"mgtool/multigrid"
	"mgtool/pde/stencil"
)

// Lines is zebra relaxation: the values of a line, or of a plane, are solved for together,
// first on those with an even sum of the indices across them, then on the others. A step
// does so for each entry in turn.
type Lines []Axes

// Axes are those that a line or plane extends along.
type Axes [3]bool

// NewSmoother finds a smoother for grids of dim dimensions by its name: linex, liney and
// linez, planexy, planexz and planeyz, line and plane for all of these in turn, or one of
// [multigrid.NewSmoother].
func NewSmoother(name string, dim int, omega float64) (Smoother, error) {
	kind, letters, ok := "", "", false
	for _, kind = range []string{"line", "plane"} {
		if letters, ok = strings.CutPrefix(name, kind); ok {
			break
		}
	}
	if !ok {
		return multigrid.NewSmoother(name, dim, omega)
	}
	var lines Lines
	var names []string
	for _, one := range map[string][]string{"line": {"x", "y", "z"}, "plane": {"xy", "xz", "yz"}}[kind] {
		var along Axes
		last := 0
		for _, c := range one {
			last = int(c - 'x')
			along[last] = true
		}
		if dim > len(one) && last < dim {
			if names = append(names, kind+one); letters == "" || letters == one {
				lines = append(lines, along)
			}
		}
	}
	switch {
	case len(lines) == 0:
		return nil, fmt.Errorf("lfa: smoother %q in dimension %d; known there: %s", name, dim, strings.Join(names, ", "))
	case omega != 0 && omega != 1:
		return nil, fmt.Errorf("lfa: smoother %s has no weight; got omega %g, want 1", name, omega)
	}
	return lines, nil
}

// Validate implements [Smoother].
func (s Lines) Validate() error {
	if len(s) == 0 {
		return fmt.Errorf("lfa: no lines; want one direction or more")
	}
	return nil
}

func (s Lines) String() string {
	var names []string
	for _, along := range s {
		name := ""
		for d, has := range along {
			if has {
				name += string("xyz"[d])
			}
		}
		names = append(names, name)
	}
	return "lines " + strings.Join(names, ", ")
}

// zebra is the two sweeps of a direction.
func (along Axes) zebra(a stencil.Kernel, dim int) []sweep {
	var across [3]bool
	for d := range dim {
		across[d] = !along[d]
	}
	return zebra(part(a, func(o [3]int) bool {
		for d, at := range o {
			if at != 0 && !along[d] {
				return false
			}
		}
		return true
	}), 1, across)
}
