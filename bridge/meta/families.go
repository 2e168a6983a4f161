package meta

// The families of problems that are trained on and measured with.

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"

	"mgtool/pde"
	"mgtool/pde/family"
	"mgtool/pde/stencil"
)

// Rotated draws rotated anisotropic diffusion: ε from 1e-3 to 1, by its logarithm, and θ from 0°
// to 180°.
func Rotated(random *rand.Rand) (stencil.Kernel, error) {
	return rotated(math.Pow(10, -3*random.Float64()), 180*random.Float64())
}

// rotated is the kernel of a member of the family rotated, θ in degrees, for cells of width 1.
func rotated(eps, theta float64) (k stencil.Kernel, err error) {
	p, err := family.Parse(fmt.Sprintf("rotated(eps=%g,theta=%g)", eps, theta))
	if err != nil {
		return k, err
	}
	grid, err := pde.NewGrid([]int{4, 4}, []float64{1, 1})
	if err != nil {
		return k, err
	}
	a, err := p.Operator(grid)
	if err != nil {
		return k, err
	}
	k, ok := a.Kernel()
	if !ok {
		return k, fmt.Errorf("meta: %s has no constant kernel", p.Name)
	}
	return k, nil
}

// LogNormal draws log-normal coefficients on n × n cells: half of the draws each cell for itself,
// σ = 1, as Greenfeld et al. do (ICML 2019), half with a correlation length of two to eight cells
// and σ from ½ to 2; two thirds by bilinear finite elements, one third by fluxes through faces.
func LogNormal(random *rand.Rand, n int) (stencil.Operator, error) {
	name, sigma, length := "lognormal-elements", 1.0, 0.0
	if random.IntN(3) == 0 {
		name = "lognormal"
	}
	if random.IntN(2) == 0 {
		sigma, length = .5+1.5*random.Float64(), max((2+6*random.Float64())/float64(n), shortestWave)
	}
	return member(fmt.Sprintf("%s(sigma=%g,length=%g,seed=%d)", name, sigma, max(length, 0), random.Uint32()), n)
}

// Variable draws operators whose coefficients vary, a third each of [LogNormal], [Boards] and
// [Fields].
func Variable(random *rand.Rand, n int) (stencil.Operator, error) {
	return [...]Problems{LogNormal, Boards, Fields}[random.IntN(3)](random, n)
}

// Boards draws squares at random, 2 to n/2 along an axis, of which some conduct up to 10⁴ times as
// well as the others.
func Boards(random *rand.Rand, n int) (stencil.Operator, error) {
	squares := 1 << (1 + random.IntN(bits.Len(uint(n))-2))
	return member(fmt.Sprintf("checkerboard(cells=%d,contrast=%g,seed=%d)", squares, math.Pow(10, 4*random.Float64()), 1+random.Uint32()>>1), n)
}

// Fields draws anisotropic diffusion in a direction that turns, ε from 1e-2 to 1 by its logarithm,
// with a correlation length of 4 cells to the whole side.
func Fields(random *rand.Rand, n int) (stencil.Operator, error) {
	eps := math.Pow(10, -2*random.Float64())
	length := max(math.Pow(4/float64(n), random.Float64()), shortestWave)
	return member(fmt.Sprintf("rotated-field(eps=%g,length=%g,seed=%d)", eps, length, random.Uint32()), n)
}

// shortestWave is the least correlation length that package family takes.
const shortestWave = .02

// member is the operator of a problem on n × n cells of the unit square.
func member(name string, n int) (stencil.Operator, error) {
	p, err := family.Parse(name)
	if err != nil {
		return stencil.Operator{}, err
	}
	grid, err := pde.Unit(2, n)
	if err != nil {
		return stencil.Operator{}, err
	}
	return p.Operator(grid)
}
