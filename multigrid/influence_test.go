package multigrid

import (
	"context"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"mgtool/pde"
	"mgtool/pde/stencil"
)

// roughFaces has random coefficients of faces, from 1 to 1000.
func roughFaces(t *testing.T, grid pde.Grid) stencil.Operator {
	random := rand.New(rand.NewPCG(1, 2))
	values := map[[4]int]float64{}
	return fluxOperator(t, grid, func(d int, x [3]int) float64 {
		at := [4]int{d, x[0], x[1], x[2]}
		if _, ok := values[at]; !ok {
			values[at] = math.Pow(1000, random.Float64())
		}
		return values[at]
	}, 0)
}

// equal makes all couplings the same, so that P is bilinear.
type equal struct{}

func (equal) Weigh(_ [3]*[27][]float64, _ int, alongX, alongY bool, rows [][27]float64) {
	for k := range rows {
		equally(alongX, alongY, &rows[k])
	}
}

func equally(alongX, alongY bool, s *[27]float64) {
	total, list := 0.0, []int{12, 14}
	if alongY {
		list = []int{10, 16}
	}
	if alongX && alongY {
		list = []int{10, 12, 14, 16}
	}
	for o, v := range s {
		if o != 13 {
			total += v
			s[o] = 0
		}
	}
	for _, o := range list {
		s[o] = total / float64(len(list))
	}
}

func TestInfluenceMakesP(t *testing.T) {
	grid, err := pde.Unit(2, 32)
	if err != nil {
		t.Fatal(err)
	}
	f, err := newBlackBox(roughFaces(t, grid), Settings{Components: Components{Smoother: RedBlack{Omega: 1}}}, BlackBox{Influence: equal{}})
	if err != nil {
		t.Fatal(err)
	}
	for o, w := range f.levels[0].w {
		if w == nil {
			continue
		}
		at := stencil.Offset(o)
		want := math.Pow(.5, math.Abs(float64(at[0]))+math.Abs(float64(at[1])))
		for j := 2; j < w.Inner(1); j++ { // away from sides, where rows have larger sums
			for i := 2; i < w.Inner(0); i++ {
				if got := w.At(i, j, 0); math.Abs(got-want) > 1e-12 {
					t.Fatalf("weight at offset %v of (%d, %d) is %g; want %g", at, i, j, got, want)
				}
			}
		}
	}
}

// looker checks the rows that it is shown against the operator, and changes nothing.
type looker struct {
	t      *testing.T
	b      *box
	seen   *atomic.Int64
	finest int
}

func (l looker) Weigh(rows [3]*[27][]float64, first int, alongX, alongY bool, s [][27]float64) {
	if len(rows[1][13]) != l.finest+2 {
		return // of a coarser level
	}
	for k := range s {
		l.seen.Add(1)
		l.look(rows, first+2*k, alongX, alongY)
	}
}

func (l looker) look(rows [3]*[27][]float64, i int, alongX, alongY bool) {
	// The row is told by its coefficients: all differ.
	b := l.b
	for j := 1; j <= b.n[1]; j++ {
		if b.a[13].At(i, j, 0) != rows[1][13][i] {
			continue
		}
		if alongX != (i%2 == 1) || alongY != (j%2 == 1) {
			l.t.Errorf("point (%d, %d) is between coarse points along x %v, along y %v", i, j, alongX, alongY)
		}
		for dy := -1; dy <= 1; dy++ {
			for _, o := range b.support {
				want, d := 0.0, stencil.Offset(o)
				if y, ok := b.within(1, j+dy); ok {
					_, inside := b.within(1, y+d[1])
					if x := i + d[0]; inside && x >= 1 && x <= b.n[0] {
						want = b.a[o].At(i, y, 0)
					}
				}
				if got := rows[1+dy][o][i]; got != want {
					l.t.Errorf("coefficient %v of (%d, %d): %g; want %g", d, i, j+dy, got, want)
				}
			}
		}
		return
	}
	l.t.Errorf("a row that the operator does not have, at %d", i)
}

func TestInfluenceSeesRows(t *testing.T) {
	for _, axes := range [][]int{nil, {1}} {
		grid, err := pde.Unit(2, 24)
		if err != nil {
			t.Fatal(err)
		}
		if grid, err = grid.PeriodicAlong(axes...); err != nil {
			t.Fatal(err)
		}
		a := roughFaces(t, grid)
		plain := DefaultSettings()
		plain.Coarsening, plain.RelTol, plain.MaxCycles, plain.Krylov = BlackBox{}, 0, 3, None
		seen := plain
		var count atomic.Int64
		seen.Coarsening = BlackBox{Influence: looker{t, boxOf(a), &count, grid.Inner(0)}}
		var fields [2]*pde.Field[float64]
		for i, s := range []Settings{plain, seen} {
			solver, err := NewSolver(a, s)
			if err != nil {
				t.Fatal(err)
			}
			fields[i] = pde.NewField[float64](grid)
			fields[i].Randomize(1)
			if _, err := solver.Solve(context.Background(), fields[i], pde.NewField[float64](grid)); err != nil {
				t.Fatal(err)
			}
		}
		if count.Load() == 0 {
			t.Error("no point was shown")
		}
		for at, v := range fields[0].Data() {
			if v != fields[1].Data()[at] {
				t.Fatal("an influence that changes nothing changes the solution")
			}
		}
	}
}

func TestInfluenceInThreeDimensions(t *testing.T) {
	grid, err := pde.Unit(3, 8)
	if err != nil {
		t.Fatal(err)
	}
	s := DefaultSettings()
	s.Coarsening = BlackBox{Influence: equal{}}
	if _, err := NewSolver(stencil.Laplacian(grid), s); err == nil {
		t.Error("no error; want one")
	}
}
