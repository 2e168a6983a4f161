package tensor

// Relative errors of fields, as losses.

import (
	"fmt"
	"math"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
	"mgtool/tensor/internal/fuse"
)

// RelativeError is the mean over N fields of H×W points with C values of
//
//	L = 1/N Σ_n ‖y_n − t_n‖ / ‖t_n‖,   ∂L/∂y_n = M (y_n − t_n) / (N ‖y_n − t_n‖ ‖t_n‖),
//
// with ‖d‖² = ⟨d, M d⟩. M = 1 for the norm of L². For that of H¹, M is 1 + k₁² + k₂² on the Fourier
// mode (k₁, k₂) of a field, where a frequency of [CutFrequency] or more counts as 0 (He, Liu, Xu,
// MgNO, ICLR 2024, section 5; the cut is that of their code). M is a sum of two convolutions,
// one along each axis, so it takes a product with one matrix for each.
//
// An error of 0 has the gradient 0. A field t of zeros makes L infinite or NaN.
type RelativeError struct {
	N, H, W, C int

	order int
	up    []float32 // k₁² as a matrix (H, H), Slack behind it
	along []float32 // k₂², (W, W), packed in panels of columns
}

// CutFrequency is from which frequency on the norm of H¹ takes no derivative into account.
const CutFrequency = 20

// NewRelativeError takes the norm of L² for order 0 and of H¹ for order 1.
func NewRelativeError(n, h, w, c, order int) (*RelativeError, error) {
	if err := (Shape{n, h, w, c}).valid(); err != nil {
		return nil, err
	}
	if order != 0 && order != 1 {
		return nil, fmt.Errorf("tensor: relative error in H^%d; want 0 or 1", order)
	}
	e := &RelativeError{N: n, H: h, W: w, C: c, order: order}
	if order == 0 {
		return e, nil
	}
	e.up = make([]float32, h*h+simd.Slack)
	for i := range h {
		for j := range h {
			e.up[i*h+j] = derivative(h, i-j)
		}
	}
	k := simd.Best()
	for first := 0; first < w; first += k.Columns {
		count := min(k.Columns, w-first)
		panel := make([]float32, w*k.Panel(count))
		for i := range w {
			for j := range count {
				panel[i*k.Panel(count)+j] = derivative(w, i-first-j)
			}
		}
		e.along = append(e.along, panel...)
	}
	return e, nil
}

// derivative is the convolution kernel at a distance d of the periodic −∂²/∂x² on n points of a
// period of 2π, of the frequencies below CutFrequency: 1/n Σ_k k² cos(2πkd/n).
func derivative(n, d int) float32 {
	sum := 0.0
	for k := 1; k < CutFrequency && k <= n/2; k++ {
		term := 2 * float64(k*k) * math.Cos(2*math.Pi*float64(k*d%n)/float64(n))
		if 2*k == n {
			term /= 2 // k and −k are one
		}
		sum += term
	}
	return float32(sum / float64(n))
}

// size is the number of values of a field.
func (e *RelativeError) size() int { return e.H * e.W * e.C }

// apply sets md to M d for one field. scratch has 2·H·W floats.
func (e *RelativeError) apply(t *simd.Tile, md, d, scratch []float32) {
	copy(md, d)
	if e.order == 0 {
		return
	}
	k := simd.Best()
	row := e.W * e.C
	// Along the height a row of the field is one of the matrix.
	for o := 0; o < row; o += k.Columns {
		k.ProductTrans(t, md[o:], e.up, d[o:], e.H, e.H, min(k.Columns, row-o), e.H, row, row)
	}
	plane, product := scratch[:e.H*e.W], scratch[e.H*e.W:]
	for c := range e.C {
		for i := range plane {
			plane[i] = d[i*e.C+c]
		}
		at := 0
		for o := 0; o < e.W; o += k.Columns {
			n := min(k.Columns, e.W-o)
			k.Product(t, product[o:], plane, e.along[at:], e.H, e.W, n, e.W, e.W)
			at += e.W * k.Panel(n)
		}
		for i, v := range product[:len(plane)] {
			md[i*e.C+c] += v
		}
	}
}

// each calls body for every field with y − t, M (y − t), and the norms of y − t and of t.
func (e *RelativeError) each(y, targets []float32, body func(n int, md []float32, error, norm float64)) {
	checkLen("relative error", "y", y, e.N*e.size())
	checkLen("relative error", "targets", targets, e.N*e.size())
	parallel.For(e.N, 1, func(lo, hi int) {
		size := e.size()
		buf := fuse.Borrow(2*size + 2*e.H*e.W)
		defer buf.Release()
		d, md, scratch := buf.Data[:size], buf.Data[size:2*size], buf.Data[2*size:2*size+2*e.H*e.W]
		for n := lo; n < hi; n++ {
			target := targets[n*size : (n+1)*size]
			e.apply(&buf.Tile, md, target, scratch)
			norm := root(md, target)
			for i, v := range y[n*size : (n+1)*size] {
				d[i] = v - target[i]
			}
			e.apply(&buf.Tile, md, d, scratch)
			body(n, md, root(md, d), norm)
		}
	})
}

// root is √⟨x, y⟩, with the sum in float64; one below zero is rounding.
func root(x, y []float32) float64 {
	sum := 0.0
	for i, v := range x {
		sum += float64(v) * float64(y[i])
	}
	if sum < 0 {
		return 0
	}
	return math.Sqrt(sum)
}

// Each sets errors (N) to ‖y_n − t_n‖ / ‖t_n‖.
func (e *RelativeError) Each(errors []float64, y, targets []float32) {
	e.each(y, targets, func(n int, _ []float32, error, norm float64) { errors[n] = error / norm })
}

// Forward returns L.
func (e *RelativeError) Forward(y, targets []float32) float32 {
	buf := fuse.Borrow(e.N)
	defer buf.Release()
	e.each(y, targets, func(n int, _ []float32, error, norm float64) { buf.Data[n] = float32(error / norm) })
	sum := 0.0
	for _, v := range buf.Data[:e.N] {
		sum += float64(v)
	}
	return float32(sum / float64(e.N))
}

// Backward sets dy to the gradient of dl·L by y.
func (e *RelativeError) Backward(dy, y, targets []float32, dl float32) {
	checkLen("relative error backward", "dy", dy, e.N*e.size())
	e.each(y, targets, func(n int, md []float32, error, norm float64) {
		scale := float32(0)
		if error != 0 { // NaN stays
			scale = float32(float64(dl) / (float64(e.N) * error * norm))
		}
		for i, v := range md {
			dy[n*len(md)+i] = scale * v
		}
	})
}
