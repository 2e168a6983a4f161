package meta

// The two-grid factor of a constant operator, and its gradient in the kernels.

import (
	"math"

	"mgtool/multigrid/method"
)

// twoGrid is an operator over its diagonal, with its symbols on a grid of low frequencies.
//
// With R a multiple of Pᵀ, the Galerkin coarse operator and kernels that are the same turned by
// 180°, all symbols are real, and a two-grid cycle maps the four harmonics of a low frequency by
//
//	S_post (I − p pᵀ A/(pᵀ A p)) S_pre,   A, S diagonal,   S = Π_k (1 − b_k a).
//
// It is similar to Q S Q, S = S_pre S_post, with the projection Q = I − v vᵀ/|v|², v = A^½ p:
// the factor depends on S alone, not on what of it comes before. An eigenvalue λ of Q S Q with
// the unit eigenvector w, Q w = w, has the derivatives
//
//	∂λ/∂S_i = w_i²,     ∂λ/∂v_i = −2 (vᵀ S w)/|v|² w_i.
type twoGrid struct {
	a     [][4]float64    // the symbol of A, of the harmonics
	basis [][4][5]float64 // those of the weights of a Symmetric: 1, 2 cos x, 2 cos y, 2 cos(x+y), 2 cos(x−y)
}

// newTwoGrid takes count × count/2 low frequencies, those of φ and −φ being the same, shifted
// by parts dx, dy ∈ (0, 1) of their distance.
func newTwoGrid(a method.Symmetric, count int, dx, dy float64) *twoGrid {
	t := &twoGrid{}
	for j := range count / 2 {
		for i := range count {
			x := math.Pi * ((float64(i)+dx)/float64(count) - .5)
			y := math.Pi * (float64(j) + dy) / float64(count)
			var symbol [4]float64
			var basis [4][5]float64
			for h := range 4 {
				x, y := x+math.Pi*float64(h&1), y+math.Pi*float64(h>>1)
				basis[h] = [5]float64{1, 2 * math.Cos(x), 2 * math.Cos(y), 2 * math.Cos(x+y), 2 * math.Cos(x-y)}
				for q, c := range basis[h] {
					symbol[h] += a[q] * c
				}
				symbol[h] = max(symbol[h], 0) // rounding
			}
			t.a, t.basis = append(t.a, symbol), append(t.basis, basis)
		}
	}
	return t
}

// at is the cycle at frequency f: its factor, and what adds weight times the derivatives of that
// to a gradient, in the order of [method.EmittedBy].
func (t *twoGrid) at(f int, e method.Emitted) (factor float64, slope func(weight float64, gradient []float64)) {
	a, basis := &t.a[f], &t.basis[f]
	var s, v, p [4]float64
	one := make([][4]float64, len(e.Stencils)) // 1 − b_k a
	vv := 0.0
	for h := range 4 {
		s[h] = 1
		for k, b := range e.Stencils {
			sum := 0.0
			for q, c := range basis[h] {
				sum += b[q] * c
			}
			one[k][h] = 1 - sum*a[h]
			s[h] *= one[k][h]
		}
		c := &basis[h]
		p[h] = 1 + .5*c[1] + .5*c[2] + e.Diagonal*c[3] + (.5-e.Diagonal)*c[4]
		v[h] = math.Sqrt(a[h]) * p[h]
		vv += v[h] * v[h]
	}
	if !(vv > 0) {
		vv = 1
	}
	var x [4][4]float64 // Q S Q = S − (z vᵀ + v zᵀ)/vv + (vᵀz) v vᵀ/vv², z = S v
	vsv := 0.0
	for h := range 4 {
		vsv += v[h] * s[h] * v[h]
	}
	for i := range 4 {
		for j := range 4 {
			x[i][j] = -(s[i]+s[j])*v[i]*v[j]/vv + vsv/vv*v[i]*v[j]/vv
			if i == j {
				x[i][i] += s[i]
			}
		}
	}
	values, vectors := eigen(x)
	largest := 0
	for i, l := range values {
		if math.Abs(l) > math.Abs(values[largest]) {
			largest = i
		}
	}
	lambda := values[largest]
	return math.Abs(lambda), func(weight float64, gradient []float64) {
		if lambda < 0 {
			weight = -weight
		}
		var w [4]float64
		vsw := 0.0
		for h := range 4 {
			w[h] = vectors[h][largest]
			vsw += v[h] * s[h] * w[h]
		}
		for h := range 4 {
			for k := range e.Stencils {
				ds := -a[h]
				for l := range e.Stencils {
					if l != k {
						ds *= one[l][h]
					}
				}
				ds *= weight * w[h] * w[h]
				for q, c := range basis[h] {
					gradient[5*k+q] += ds * c
				}
			}
			dv := -2 * vsw / vv * w[h] * weight
			gradient[len(gradient)-1] += dv * math.Sqrt(a[h]) * (basis[h][3] - basis[h][4])
		}
	}
}

// eigen are the eigenvalues of a symmetric matrix and its eigenvectors, in columns, by Jacobi's
// rotations.
func eigen(a [4][4]float64) (values [4]float64, v [4][4]float64) {
	size := 0.0
	for i := range 4 {
		v[i][i] = 1
		for j := range 4 {
			size += a[i][j] * a[i][j]
		}
	}
	for range 12 {
		off := 0.0
		for i := range 4 {
			for j := range i {
				off += a[i][j] * a[i][j]
			}
		}
		if !(off > 1e-26*size) {
			break
		}
		for i := range 4 {
			for j := i + 1; j < 4; j++ {
				if a[i][j] == 0 {
					continue
				}
				tau := (a[j][j] - a[i][i]) / (2 * a[i][j])
				t := 1 / (math.Abs(tau) + math.Hypot(1, tau))
				if tau < 0 {
					t = -t
				}
				c := 1 / math.Hypot(1, t)
				s := t * c
				for k := range 4 {
					a[k][i], a[k][j] = c*a[k][i]-s*a[k][j], s*a[k][i]+c*a[k][j]
				}
				for k := range 4 {
					a[i][k], a[j][k] = c*a[i][k]-s*a[j][k], s*a[i][k]+c*a[j][k]
				}
				for k := range 4 {
					v[k][i], v[k][j] = c*v[k][i]-s*v[k][j], s*v[k][i]+c*v[k][j]
				}
			}
		}
	}
	for i := range values {
		values[i] = a[i][i]
	}
	return values, v
}

// sharpness is β of the loss: a frequency counts e times less for each 1/β by which the
// logarithm of its cycles is smaller.
const sharpness = 20

// mostStencils is how many a level smooths with before or after the correction.
const mostStencils = 8

// stiffness is the weight of the excess in what is minimised.
const stiffness = 30

// objective is loss + stiffness·excess, with the digits that the loss stands for; it adds the
// gradient.
func (t *twoGrid) objective(e method.Emitted, pre int, gradient []float64) lesson {
	loss := t.loss(e, 1, gradient)
	return lesson{loss + stiffness*t.excess(e, pre, stiffness, gradient), digitsOf(loss)}
}

// loss is log T, T a smooth maximum over the frequencies of the cycles that a reduction by e
// takes,
//
//	T = (mean_φ (−1/log ρ(φ))^β)^{1/β},
//
// with the tangent of −log(−log ρ) where ρ is nearly 1 or more. It adds weight times its
// gradient.
func (t *twoGrid) loss(e method.Emitted, weight float64, gradient []float64) float64 {
	const near, least = 1e-4, 1e-3 // of −log ρ, of ρ
	logs, derivatives := make([]float64, len(t.a)), make([]float64, len(t.a))
	slopes := make([]func(float64, []float64), len(t.a))
	most := math.Inf(-1)
	for f := range t.a {
		rho, slope := t.at(f, e)
		d := -math.Log(max(rho, least))
		switch {
		case d <= near:
			logs[f], derivatives[f] = -math.Log(near)+(near-d)/near, 1/(rho*near)
		case rho > least:
			logs[f], derivatives[f] = -math.Log(d), 1/(rho*d)
		default:
			logs[f] = -math.Log(d)
		}
		slopes[f] = slope
		most = max(most, logs[f])
	}
	sum := 0.0
	for _, l := range logs {
		sum += math.Exp(sharpness * (l - most))
	}
	for f, l := range logs {
		if part := math.Exp(sharpness*(l-most)) / sum; gradient != nil && part > 1e-8 {
			slopes[f](weight*part*derivatives[f], gradient)
		}
	}
	return most + math.Log(sum/float64(len(logs)))/sharpness
}

// excess is the mean over all waves of max(0, |S| − 1)², of S_pre and of S_post, and adds weight
// times its gradient. Two grids do not mind that smoothing amplifies an error which the exact
// coarse correction then removes; the inexact one of more grids does, and so do boundaries.
func (t *twoGrid) excess(e method.Emitted, pre int, weight float64, gradient []float64) (sum float64) {
	for _, part := range [2][2]int{{0, pre}, {pre, len(e.Stencils)}} {
		for f := range t.a {
			for h, a := range t.a[f] {
				s := 1.0
				var one [2 * mostStencils]float64
				for k := part[0]; k < part[1]; k++ {
					hat := 0.0
					for q, c := range t.basis[f][h] {
						hat += e.Stencils[k][q] * c
					}
					one[k] = 1 - hat*a
					s *= one[k]
				}
				over := math.Abs(s) - 1
				if !(over > 0) {
					continue
				}
				scale := 1 / float64(4*len(t.a))
				sum += over * over * scale
				if gradient == nil {
					continue
				}
				for k := part[0]; k < part[1]; k++ {
					ds := -2 * math.Copysign(over, s) * scale * weight * a
					for l := part[0]; l < part[1]; l++ {
						if l != k {
							ds *= one[l]
						}
					}
					for q, c := range t.basis[f][h] {
						gradient[5*k+q] += ds * c
					}
				}
			}
		}
	}
	return sum
}

// factor is the largest factor of the frequencies.
func (t *twoGrid) factor(e method.Emitted) (rho float64) {
	for f := range t.a {
		here, _ := t.at(f, e)
		rho = max(rho, here)
	}
	return rho
}
