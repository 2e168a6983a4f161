package lfa

// Relaxation of planes.

import (
	"fmt"
	"strings"

	"mgtool/multigrid"
)

// Planes is zebra relaxation of planes in three dimensions: the values of every second one
// are solved for together, then those of the others. A step does so for each entry, the axis
// across the planes, in turn.
type Planes []int

// planeNames are the names of planes by the axis across them.
var planeNames = [3]string{"planeyz", "planexz", "planexy"}

// NewSmoother finds a smoother for grids of dim dimensions by its name: planexy, planexz,
// planeyz, plane for all three in turn, or one of [multigrid.NewSmoother].
func NewSmoother(name string, dim int, omega float64) (Smoother, error) {
	if !strings.HasPrefix(name, "plane") {
		return multigrid.NewSmoother(name, dim, omega)
	}
	var planes Planes
	for across, known := range planeNames {
		if name == known || name == "plane" {
			planes = append(planes, across)
		}
	}
	switch {
	case planes == nil || dim != 3:
		return nil, fmt.Errorf("lfa: smoother %q in dimension %d; want plane, planexy, planexz or planeyz in three dimensions", name, dim)
	case omega != 0 && omega != 1:
		return nil, fmt.Errorf("lfa: smoother %s has no weight; got omega %g, want 1", name, omega)
	}
	return planes, nil
}

// Validate implements [Smoother].
func (s Planes) Validate() error {
	for _, across := range s {
		if across < 0 || across > 2 {
			return fmt.Errorf("lfa: planes across axis %d; want 0 to 2", across)
		}
	}
	if len(s) == 0 {
		return fmt.Errorf("lfa: no planes; want one direction or more")
	}
	return nil
}

func (s Planes) String() string {
	var names []string
	for _, across := range s {
		names = append(names, planeNames[across])
	}
	return strings.Join(names, ", ")
}
