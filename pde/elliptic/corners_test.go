package elliptic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"mgtool/pde"
)

// tensorsByChance are definite tensors for the cells of a grid, with jumps of up to 10⁴.
func tensorsByChance(rng *rand.Rand, cells int) (xx, yy, xy []float64) {
	for range cells {
		strong, weak, angle := math.Pow(10, 2*rng.Float64()), math.Pow(10, -2*rng.Float64()), 7*rng.Float64()
		c, s := math.Cos(angle), math.Sin(angle)
		xx = append(xx, strong*c*c+weak*s*s)
		yy = append(yy, strong*s*s+weak*c*c)
		xy = append(xy, (strong-weak)*c*s)
	}
	return xx, yy, xy
}

// quarter adds to a matrix the energy in a quarter of a cell, in which the gradient is that
// of the plane through three points: u at the centre, λ in the middles of the faces across
// x and y, whose numbers at gives.
func quarter(m [][]float64, at [3]int, a [2][2]float64, dx, dy float64, right, upper int) {
	gx, gy := float64(2*right-1)*2/dx, float64(2*upper-1)*2/dy
	gradient := [2][3]float64{{-gx, gx, 0}, {-gy, 0, gy}}
	for p := range 3 {
		for q := range 3 {
			for d := range 2 {
				for f := range 2 {
					m[at[p]][at[q]] += dx * dy / 4 * gradient[d][p] * a[d][f] * gradient[f][q]
				}
			}
		}
	}
}

func square(n int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
	}
	return m
}

// eliminate solves m v = r.
func eliminate(m [][]float64, r []float64) []float64 {
	for p := range m {
		for q := range m {
			if f := m[q][p] / m[p][p]; q != p && f != 0 {
				for o := range m {
					m[q][o] -= f * m[p][o]
				}
				r[q] -= f * r[p]
			}
		}
	}
	for p := range m {
		r[p] /= m[p][p]
	}
	return r
}

// stiffness is τ of the four cells around a corner: their a and widths, in the order of
// the quarters. The energies of u = ±1 are made with a_xy and without.
func stiffness(a [4][2][2]float64, dx, dy [4]float64) float64 {
	var energy [2]float64
	for n := range energy {
		m, r := square(8), make([]float64, 8) // u, then λ
		for q := range 4 {
			a := a[q]
			if n == 1 {
				a[0][1], a[1][0] = 0, 0
			}
			right, upper := q&1, q>>1
			quarter(m, [3]int{q, 4 + upper, 6 + right}, a, dx[q], dy[q], 1-right, 1-upper)
		}
		whole := square(8)
		for p := range m {
			copy(whole[p], m[p])
		}
		for q := range 4 {
			clear(m[q])
			m[q][q], r[q] = 1, [4]float64{1, -1, -1, 1}[q]
		}
		v := eliminate(m, r)
		for p := range v {
			for q := range v {
				energy[n] += whole[p][q] * v[p] * v[q]
			}
		}
	}
	return max(0, energy[1]-energy[0]) / 16
}

// The system is that of the least energy: of all unknowns and of the values in the middles
// of half faces together, and of the twists. Here the values are eliminated from one dense
// matrix.
func TestCornersAgainstDense(t *testing.T) {
	for _, which := range []string{"dirichlet", "neumann", "robin", "periodic", "mixed", "masked"} {
		t.Run(which, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(len(which)), 3))
			nx, ny := 4, 3
			e := Equation{Grid: newGrid(t, []int{nx, ny}, []float64{1, .6})}
			e.Grid.Cells = true
			e.Grid.Stretch = &pde.Coordinates{geometric(nx, 3), geometric(ny, .4)}
			xx, yy, xy := tensorsByChance(rng, nx*ny)
			e.Diffusion = Tensor{XX: Array(xx), YY: Array(yy), XY: Array(xy)}
			side := func(kind pde.Boundary, alpha float64) Condition {
				return Condition{Kind: kind, Value: Constant(rng.NormFloat64()), Alpha: Constant(alpha)}
			}
			robin := side(pde.Neumann, 1.7)
			given := Condition{Value: Constant(rng.NormFloat64())}
			for d := range 2 {
				e.Boundary[d] = map[string][2]Condition{
					"dirichlet": {given, given}, "neumann": {side(pde.Neumann, 0), given}, "robin": {robin, robin},
					"periodic": periodic(), "mixed": {robin, given}, "masked": {given, robin},
				}[which]
			}
			if which == "periodic" {
				e.Reaction = Constant(.3)
			}
			state := make([]State, nx*ny)
			if which == "masked" {
				state[1], state[6], state[11] = Absent, Fixed, Absent
				e.Mask = &Mask{State: state, Value: Constant(1.3)}
			}
			e.Source = Constant(.7)
			s := discretize(t, e)
			x, y := e.Grid.Stretch[0], e.Grid.Stretch[1]

			// A dense energy ½ vᵀ m v − rᵀ v of the u of the cells and the λ of half faces.
			index := map[string]int{}
			number := func(name string) int {
				if _, ok := index[name]; !ok {
					index[name] = len(index)
				}
				return index[name]
			}
			cell := func(i, j int) int { return number(fmt.Sprintf("u %d %d", i, j)) }
			for j := range ny {
				for i := range nx {
					cell(i, j)
				}
			}
			const most = 200
			m, r, known, isKnown := square(most), make([]float64, most), make([]float64, most), make([]bool, most)
			tensor := func(n int) [2][2]float64 { return [2][2]float64{{xx[n], xy[n]}, {xy[n], yy[n]}} }
			width := func(n int) (dx, dy float64) { return x[n%nx+1] - x[n%nx], y[n/nx+1] - y[n/nx] }
			for j := range ny {
				for i := range nx {
					n := j*nx + i
					dx, dy := width(n)
					if e.Reaction.given {
						m[n][n] += .3 * dx * dy
					}
					r[n] += .7 * dx * dy
					if state[n] == Fixed {
						isKnown[n], known[n] = true, 1.3
					}
					if state[n] == Absent {
						continue
					}
					for q := range 4 {
						right, upper := q&1, q>>1
						fi, fj := i+right, j+upper // the faces' numbers
						if which == "periodic" {
							fi, fj = fi%nx, fj%ny
						}
						// The corner tells which half of a face.
						lx := number(fmt.Sprintf("across x, face %d of row %d, half %d", fi, j, upper))
						ly := number(fmt.Sprintf("across y, face %d of column %d, half %d", fj, i, right))
						quarter(m, [3]int{n, lx, ly}, tensor(n), dx, dy, right, upper)
						for d, l := range [2]int{lx, ly} {
							if on := [2]int{fi, fj}[d]; which == "periodic" || on != 0 && on != [2]int{nx, ny}[d] {
								continue
							}
							end := [2]int{right, upper}[d]
							condition := e.Boundary[d][end]
							if condition.Kind == pde.Dirichlet {
								isKnown[l], known[l] = true, condition.Value.constant
								continue
							}
							conducts, err := s.assembly.sideConductance(d, end, [3]int{i + 1, j + 1, 0}) // a is continued to the side
							if err != nil {
								t.Fatal(err)
							}
							conducts *= s.assembly.axes[1-d].h / 2
							m[l][l] += conducts * condition.Alpha.constant
							r[l] += conducts * condition.Value.constant
						}
					}
				}
			}
			for j := range ny {
				for i := range nx {
					around := [4]int{j*nx + i, j*nx + (i+1)%nx, (j+1)%ny*nx + i, (j+1)%ny*nx + (i+1)%nx}
					whole := which == "periodic" || i+1 < nx && j+1 < ny
					var a [4][2][2]float64
					var dx, dy [4]float64
					for q, n := range around {
						whole = whole && state[n] != Absent
						a[q] = tensor(n)
						dx[q], dy[q] = width(n)
					}
					if !whole {
						continue
					}
					tau := stiffness(a, dx, dy)
					for p, from := range around {
						for q, to := range around {
							m[from][to] += tau * float64(1-2*((p^p>>1^q^q>>1)&1))
						}
					}
				}
			}
			total := len(index)
			m, r = m[:total], r[:total]
			for n := range m {
				m[n] = m[n][:total]
				if n < nx*ny && state[n] == Absent || isKnown[n] {
					clear(m[n])
					m[n][n], r[n] = 1, known[n]
				}
			}
			want := eliminate(m, r)
			direct(t, s, false)
			for n := range nx * ny {
				if got, want := s.U.At(n%nx+1, n/nx+1, 0), want[n]; !(math.Abs(got-want) <= 1e-10*(1+math.Abs(want))) {
					t.Errorf("u of cell %d is %.12g; want %.12g", n, got, want)
				}
			}
		})
	}
}

// For constant a the rows away from the sides are those of nine points that textbooks have.
func TestCornersOfConstants(t *testing.T) {
	const xx, yy, xy, hx, hy = 2.0, 3.0, -1.1, .25, .2
	e := Equation{Grid: newGrid(t, []int{4, 5}, []float64{4 * hx, 5 * hy}), Diffusion: Tensor{XX: Constant(xx), YY: Constant(yy), XY: Constant(xy)}}
	e.Grid.Cells = true
	m, err := discretize(t, e).A.Matrix()
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]float64{
		0: 2*xx/(hx*hx) + 2*yy/(hy*hy), 1: -xx / (hx * hx), -1: -xx / (hx * hx), 4: -yy / (hy * hy), -4: -yy / (hy * hy),
		5: -xy / (2 * hx * hy), -5: -xy / (2 * hx * hy), 3: xy / (2 * hx * hy), -3: xy / (2 * hx * hy),
	}
	const row = 4*2 + 1
	m.DoNonZero(func(i, j int, v float64) {
		if i == row {
			near(t, fmt.Sprintf("entry %d", j-row), v, want[j-row], 1e-14)
			delete(want, j-row)
		}
	})
	if len(want) > 0 {
		t.Errorf("entries %v are 0", want)
	}
}

// Without a_xy the corners make the operator that faces make.
func TestCornersWithoutCross(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	e := Equation{Grid: newGrid(t, []int{5, 4}, []float64{1, 1}), Reaction: Constant(.5), Source: Constant(1)}
	e.Grid.Cells = true
	xx, yy, _ := tensorsByChance(rng, 20)
	e.Diffusion = Tensor{XX: Array(xx), YY: Array(yy)}
	e.Boundary = [3][2]Condition{periodic(), {{Value: Constant(2)}, {Kind: pde.Neumann, Value: Constant(-1)}}}
	faces := discretize(t, e)
	e.Diffusion.XY = Constant(0)
	corners := discretize(t, e)
	direct(t, faces, false)
	direct(t, corners, false)
	got, want := corners.U.Interior(), faces.U.Interior()
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= 1e-12*(1+math.Abs(want[i]))) {
			t.Errorf("u %d is %g; by faces %g", i, got[i], want[i])
		}
	}
}

// Where a jumps across a line of the grid, u that is linear on either side is found
// exactly, with its flux: ∂u/∂y and the flux a_xx ∂u/∂x + a_xy ∂u/∂y are continuous.
func TestCornersOfLayers(t *testing.T) {
	left, right := [3]float64{1, 2, .9}, [3]float64{300, 50, -100} // a_xx, a_yy, a_xy
	const uy = .8
	flux := left[0]*1.1 + left[2]*uy
	slope := [2]float64{1.1, (flux - right[2]*uy) / right[0]}
	exact := func(x, y, _ float64) float64 {
		if x < .5 {
			return slope[0]*(x-.5) + uy*y
		}
		return slope[1]*(x-.5) + uy*y
	}
	of := func(n int) Coefficient {
		return Function(func(x, _, _ float64) float64 {
			if x < .5 {
				return left[n]
			}
			return right[n]
		})
	}
	e := Equation{Grid: newGrid(t, []int{6, 5}, []float64{1, 1}), Diffusion: Tensor{XX: of(0), YY: of(1), XY: of(2)}}
	e.Grid.Cells = true
	e.Boundary[0][0] = dirichlet(exact)
	e.Boundary[0][1] = neumann(func(_, _, _ float64) float64 { return flux / right[0] })
	for end := range 2 {
		e.Boundary[1][end] = dirichlet(exact)
	}
	s := discretize(t, e)
	direct(t, s, false)
	if largest, _ := worst(s, exact, false); !(largest <= 1e-13) {
		t.Errorf("u is wrong by %g; want rounding", largest)
	}
	q, err := s.Flux(s.U)
	if err != nil {
		t.Fatal(err)
	}
	for j := 1; j <= 5; j++ {
		for i := 1; i <= 7; i++ {
			if got := q[0].At(i, j, 0); !(math.Abs(got+flux) <= 1e-11) {
				t.Errorf("flux through face %d, %d is %g; want %g", i, j, got, -flux)
			}
		}
	}
}
