package bridge

// What values a kernel may take: those of a start, plus changes that keep its symmetry and
// its conditions.

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"

	"mgtool/bridge/affine"
	"mgtool/bridge/specification"
	"mgtool/multigrid/method"
)

// space is what a kernel may be, see package affine.
type space struct{ affine.Space }

// random draws z so that the kernel is random, of about the norm of the start, but for its
// conditions. A single weight stays within 0.4 and 1.6 times the start.
func (s *space) random(rng *rand.Rand, z []float64) {
	if len(s.Start) == 1 {
		z[0] = s.Start[0] * (1.2*rng.Float64() - .6) * s.Basis[0][0]
		return
	}
	size := floats.Norm(s.Start, 2) / math.Sqrt(float64(max(1, len(z))))
	for k, b := range s.Basis {
		z[k] = size*rng.NormFloat64() - floats.Dot(b, s.Start)
	}
}

// newSpace is that of all kernels of a symmetry that have the same products with the
// conditions as the start, which is made symmetric first.
func newSpace(start []float64, dim, width int, symmetry string, conditions [][]float64) *space {
	images := symmetric(dim, width, symmetry)
	var keep, directions [][]float64
	for _, c := range conditions {
		keep = append(keep, average(c, images))
	}
	for o := range start {
		unit := make([]float64, len(start))
		unit[o] = 1
		directions = append(directions, average(unit, images))
	}
	return &space{affine.New(average(start, images), directions, keep)}
}

// ofOperator is the symmetry of the kernels of constant operators, the largest that all have:
// what is learned for them need have no other. Variable coefficients have none.
func (c *Cycle) ofOperator() string {
	common := len(specification.Symmetries) - 1
	for _, a := range c.problems {
		k, constant := a.Kernel()
		if !constant {
			return "none"
		}
		kernel := method.FromKernel(c.dim, k).Weights
		for ; common > 0; common-- {
			mean := average(kernel, symmetric(c.dim, 3, specification.Symmetries[common]))
			if floats.Distance(mean, kernel, 2) <= 1e-12*floats.Norm(kernel, 2) {
				break
			}
		}
	}
	return specification.Symmetries[common]
}

// symmetric lists the permutations of entries that leave a kernel of this symmetry as it is.
func symmetric(dim, width int, symmetry string) (images [][]int) {
	order := [][]int{{0, 1, 2}}
	if symmetry == "full" {
		order = [][]int{{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}}
	}
	for _, axes := range order {
		if slices.ContainsFunc(axes[:dim], func(a int) bool { return a >= dim }) {
			continue
		}
		for flips := range 1 << dim {
			if symmetry == "none" && flips != 0 || symmetry == "point" && flips != 0 && flips != 1<<dim-1 {
				continue
			}
			images = append(images, image(dim, width, axes, flips))
		}
	}
	return images
}

// image is where each entry goes when axes change places and some are reflected.
func image(dim, width int, axes []int, flips int) []int {
	stride := []int{1, width, width * width}
	size := stride[dim-1] * width
	list := make([]int, size)
	for o := range list {
		for d := range dim {
			i := o / stride[d] % width
			if flips>>d&1 == 1 {
				i = width - 1 - i
			}
			list[o] += i * stride[axes[d]]
		}
	}
	return list
}

// average is the mean of all images of a kernel, which is symmetric.
func average(kernel []float64, images [][]int) []float64 {
	sum := make([]float64, len(kernel))
	for _, image := range images {
		for o, to := range image {
			sum[to] += kernel[o] / float64(len(images))
		}
	}
	return sum
}

// conditions are linear functionals of a kernel, 3 wide, that training keeps. A kernel
// learned on a small grid works on a large one only if it is right for smooth functions, of
// which a small grid has few: P must preserve constants and linear functions, R their means,
// and a coarse A must stay consistent with the differential operator. These are
//
//	P    Σ k_o and Σ k_o o_a over the offsets to each of the 2^d kinds of fine vertices
//	R    Σ k_o and Σ k_o o_a over all
//	A    the moments Σ k_o, Σ k_o o_a and Σ k_o o_a o_b
//
// with offsets o in {−1, 0, 1}^d.
func conditions(op string, dim int) (list [][]float64) {
	points := 1
	for range dim {
		points *= 3
	}
	functional := func(of func(o []float64) float64) {
		f := make([]float64, points)
		for i := range f {
			o := make([]float64, dim)
			for d, rest := 0, i; d < dim; d, rest = d+1, rest/3 {
				o[d] = float64(rest%3 - 1)
			}
			f[i] = of(o)
		}
		list = append(list, f)
	}
	one := func([]float64) float64 { return 1 }
	in := func(o []float64, parity int) float64 { // is 1 for offsets to one kind of vertices
		for d, v := range o {
			if (v != 0) != (parity>>d&1 == 1) {
				return 0
			}
		}
		return 1
	}
	switch op {
	case "P":
		for parity := range 1 << dim {
			functional(func(o []float64) float64 {
				return in(o, parity)
			})
			for a := range dim {
				functional(func(o []float64) float64 { return o[a] * in(o, parity) })
			}
		}
	case "R":
		functional(one)
		for a := range dim {
			functional(func(o []float64) float64 { return o[a] })
		}
	case "A":
		functional(one)
		for a := range dim {
			functional(func(o []float64) float64 { return o[a] })
			for b := range a + 1 {
				functional(func(o []float64) float64 { return o[a] * o[b] })
			}
		}
	}
	return list
}
