package multigrid

// Planes.

import (
	"math"
	"math/rand/v2"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

var boxPlanes = Components{Smoother: Planes{}, Coarsening: BlackBox{}}

// Where the planes across an axis do not see each other and are small, relaxing them solves.
func TestPlanesAreExact(t *testing.T) {
	for sides, cells := range map[[2]pde.Boundary]int{ // cells, of 16 points a plane
		{}: 5, {pde.Periodic, pde.Periodic}: 4, {pde.Neumann, pde.Dirichlet}: 4, {pde.Neumann, pde.Neumann}: 3,
	} {
		for across := range 3 {
			for _, count := range []int{2, 8, 9} { // 1 unknown, even and odd numbers
				n := []int{cells, cells, cells}
				n[across] = count
				grid := mustGrid(t, n, []float64{.5, .25, 1})
				grid.Sides = [3][2]pde.Boundary{sides, sides, sides}
				a := fluxOperator(t, grid, func(e int, x [3]int) float64 {
					if e != across {
						return 1 + float64((x[0]*7+x[1]*3+x[2])%5)
					}
					return 0
				}, .1)
				b := boxOf(a)
				b.symmetrize()
				b.makeScratch()
				if err := b.relaxPlanes(across); err != nil {
					t.Fatal(err)
				}
				b.u, b.g = pde.NewField[float64](grid), pde.NewField[float64](grid)
				b.u.Randomize(3)
				b.g.Randomize(4)
				b.fill(b.u)
				for _, stage := range b.stages {
					stage.do()
					b.fill(b.u)
				}
				r := pde.NewField[float64](grid)
				if err := a.Residual(r, b.u, b.g); err != nil {
					t.Fatal(err)
				}
				if worst := norm(r); !(worst < 1e-10*norm(b.u)) {
					t.Errorf("sides %v, %d planes across axis %d: a residual of %g is left", sides, grid.Inner(across), across, worst)
				}
			}
		}
	}
}

// A_p e is A e on the planes of a class, for an e that is 0 on the others.
func TestPlanesOfBox(t *testing.T) {
	for seed := range 20 {
		rng := rand.New(rand.NewPCG(uint64(seed), 3))
		a, what := randomOperator(t, rng)
		b := boxOf(a)
		if b.dim != 3 {
			continue
		}
		b.symmetrize()
		b.makeScratch()
		for across := range 3 {
			for _, c := range b.classes(across) {
				if c.count == 0 {
					continue
				}
				p := b.planesOf(across, c)
				p.makeScratch()
				p.u.Randomize(uint64(seed))
				b.u, b.g = pde.NewField[float64](b.grid), pde.NewField[float64](b.grid)
				at := func(i, j, k int) (int, int, int) {
					j, k = b.planeRow(across, c, j, k)
					if across == 0 {
						i = c.first + (i-1)*c.step
					}
					return i, j, k
				}
				for row := range p.rows() {
					j, k := p.rowAt(row)
					for i := 1; i <= p.n[0]; i++ {
						x, y, z := at(i, j, k)
						b.u.Set(x, y, z, p.u.At(i, j, k))
					}
				}
				b.fill(b.u)
				for i := range p.u.Data() { // its ghosts were random
					p.u.Data()[i] = 0
				}
				for row := range p.rows() {
					j, k := p.rowAt(row)
					for i := 1; i <= p.n[0]; i++ {
						p.u.Set(i, j, k, b.u.At(at(i, j, k)))
					}
				}
				p.fill(p.u)
				for row := range p.rows() {
					j, k := p.rowAt(row)
					_, jb, kb := at(1, j, k)
					got, want := p.scratch[0].row[0], b.scratch[0].row[0]
					p.residualRow(&p.scratch[0], got, 1, p.n[0], j, k)
					b.residualRow(&b.scratch[0], want, 1, b.n[0], jb, kb)
					for i := 1; i <= p.n[0]; i++ {
						x, _, _ := at(i, j, k)
						if size := b.a[13].At(x, jb, kb); math.Abs(got[i]-want[x]) > 1e-13*size {
							t.Fatalf("%d: %s, planes across %d: A_p e is %g at %d, %d, %d; want %g", seed, what, across, -got[i], i, j, k, -want[x])
						}
						if p.weight(i, j, k) != b.weight(x, jb, kb) {
							t.Fatalf("%d: %s, planes across %d: the weight of %d, %d, %d is %g; want %g", seed, what, across, i, j, k, p.weight(i, j, k), b.weight(x, jb, kb))
						}
					}
				}
			}
		}
	}
}

func stretchedCube(t testing.TB, n int, along [3]bool, ratio float64) stencil.Operator {
	grid := cube(t, n)
	width := func(d, i int) float64 {
		if !along[d] {
			return 1
		}
		return math.Log(ratio) / (ratio - 1) * math.Pow(ratio, float64(i)/float64(n))
	}
	return fluxOperator(t, grid, func(d int, x [3]int) float64 {
		v := 1.0
		for e := range 3 {
			if e == d {
				v /= width(e, x[e])
			} else {
				v *= (width(e, x[e]) + width(e, x[e]-1)) / 2
			}
		}
		return v
	}, 0)
}

// Planes are chosen for large grids that are stretched along two axes or more: where it
// takes one axis only, or cells grow little, lines do as well.
func TestChosenPlanes(t *testing.T) {
	for _, c := range []struct {
		along [3]bool
		ratio float64
		want  bool
	}{
		{[3]bool{true, true, true}, 100, true},
		{[3]bool{false, true, true}, 100, true},
		{[3]bool{false, true, false}, 100, false},
		{[3]bool{true, true, true}, 4, false},
	} {
		l := lookAt(stretchedCube(t, 24, c.along, c.ratio))
		if got := l.stretched(); got != c.want {
			t.Errorf("stretched along %v by %g: %v, want %v: %+v", c.along, c.ratio, got, c.want, l)
		}
	}
	jumps := lookAt(jumping(t, cube(t, 16), inclusions(.3, 1e6)))
	if jumps.stretched() {
		t.Errorf("jumps are no stretching: %+v", jumps)
	}
	for n, want := range map[int]string{24: "line", 104: "plane"} {
		if n > 24 && testing.Short() {
			continue
		}
		s, why := Choose(stretchedCube(t, n, [3]bool{true, true, true}, 100))
		if got := s.Smoother.String(); got != want || s.Krylov != CG {
			t.Errorf("n = %d: %s, want %s: %s", n, got, want, why)
		}
	}
}

// Steps of conjugate gradients with planes do not grow with a stretched grid; those with
// lines do.
func TestPlanesOfStretchedGrids(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var planes, lines []int
	for _, n := range []int{24, 48} {
		a := stretchedCube(t, n, [3]bool{true, true, true}, 100)
		planes = append(planes, cgSteps(t, a, boxPlanes, 1, 1, 1))
		lines = append(lines, cgSteps(t, a, boxLines, 1, 1, 1))
	}
	t.Logf("planes %v, lines %v", planes, lines)
	if planes[1] > 7 || lines[1] < 2*planes[1] {
		t.Errorf("%v steps with planes, %v with lines; want at most 7, and twice as many", planes, lines)
	}
}
