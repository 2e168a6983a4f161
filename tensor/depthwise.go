package tensor

// Convolution of every channel alone.

import (
	"fmt"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
)

// Depthwise convolves every channel of feature maps with a K×K kernel of its own,
// with stride 1 and zeros around the image, which keeps its size,
//
//	y[n,i,j,c] = Σ_{a,b < K} x[n, i+a−K/2, j+b−K/2, c] · w[a,b,c],
//
// as a stencil acts on a grid. Make one with [NewDepthwise].
type Depthwise struct {
	Shape Shape // of x and of y
	K     int

	cut    cut
	taps   []tap
	zeros  []float32 // a row of channels
	weight int       // floats of w
}

// tap is a value of the kernel: where it lies from the pixel, and where in w.
type tap struct{ row, column, at int }

// NewDepthwise checks the sizes; k is odd.
func NewDepthwise(s Shape, k int) (*Depthwise, error) {
	if err := s.valid(); err != nil {
		return nil, err
	}
	if k < 1 || k%2 == 0 {
		return nil, fmt.Errorf("tensor: depthwise kernel of %d×%d; want an odd size", k, k)
	}
	d := &Depthwise{Shape: s, K: k, zeros: make([]float32, s.C), weight: k * k * s.C}
	for a := range k {
		for b := range k {
			d.taps = append(d.taps, tap{a - k/2, b - k/2, (a*k + b) * s.C})
		}
	}
	d.cut = newCut(s.N, s.H, s.W*s.C, unitFloats)
	return d, nil
}

// MACs is the number of multiply-adds, also of each gradient.
func (d *Depthwise) MACs() int64 {
	return int64(d.Shape.N) * int64(d.Shape.H) * int64(d.Shape.W) * int64(d.weight)
}

// Forward sets y from x and the weights w, of shape (K, K, 1, C).
func (d *Depthwise) Forward(y, x, w []float32) { d.run("forward", y, x, w, 1) }

// BackwardInput sets dx from dy: the adjoint, whose kernel is turned by 180°.
func (d *Depthwise) BackwardInput(dx, dy, w []float32) { d.run("backward", dx, dy, w, -1) }

// run sets y to Σ of the taps of x, as they lie or, for sign −1, opposite.
func (d *Depthwise) run(what string, y, x, w []float32, sign int) {
	d.check(what, "y", y, "x", x, w)
	k := simd.Best()
	parallel.Each(d.cut.units(), func(_, unit int) {
		f := simd.Affine{X0: d.zeros, C: d.zeros}
		d.rows(unit, func(at int) { clear(y[at : at+d.Shape.W*d.Shape.C]) }, func(t tap, to, from, n int) {
			f.A = w[t.at : t.at+d.Shape.C]
			k.AddAffine(y[to:to+n], y[to:to+n], x[from:from+n], &f)
		}, sign)
	})
}

// BackwardWeight sets dw (K, K, 1, C) from dy and x.
func (d *Depthwise) BackwardWeight(dw, dy, x []float32) {
	d.check("backward weight", "dy", dy, "x", x, dw)
	k, channels := simd.Best(), d.Shape.C
	blocks := min(d.cut.units(), weightBlocks)
	sums := borrow(blocks * d.weight)
	defer sums.release()
	parallel.Each(blocks, func(_, block int) {
		sum := sums.data[block*d.weight:][:d.weight]
		clear(sum)
		row := borrow(2 * channels)
		defer row.release()
		plain, product := row.data[:channels], row.data[channels:2*channels]
		identity := simd.Affine{X0: d.zeros, A: d.zeros, C: d.zeros}
		for unit := block * d.cut.units() / blocks; unit < (block+1)*d.cut.units()/blocks; unit++ {
			d.rows(unit, func(int) {}, func(t tap, to, from, n int) {
				k.GradSums(plain, product, dy[to:to+n], x[from:from+n], &identity)
				k.Add(sum[t.at:t.at+channels], sum[t.at:t.at+channels], product)
			}, 1)
		}
	})
	sumParts(dw, sums.data, blocks)
}

// rows calls begin for every row of the images of a unit, with where it lies, and
// then body for every tap that reaches into the image from there: n values from
// to on meet those from from on.
func (d *Depthwise) rows(unit int, begin func(at int), body func(t tap, to, from, n int), sign int) {
	s := d.Shape
	n0, n1, r0, r1 := d.cut.unit(unit)
	for n := n0; n < n1; n++ {
		for r := r0; r < r1; r++ {
			at := (n*s.H + r) * s.W * s.C
			begin(at)
			for _, t := range d.taps {
				row, column := r+sign*t.row, sign*t.column
				first, last := max(0, -column), min(s.W, s.W-column)
				if row < 0 || row >= s.H || first >= last {
					continue
				}
				body(t, at+first*s.C, ((n*s.H+row)*s.W+first+column)*s.C, (last-first)*s.C)
			}
		}
	}
}

// check panics if a slice has not the length of its shape.
func (d *Depthwise) check(what, first string, y []float32, second string, x, w []float32) {
	checkLen("depthwise "+what, first, y, d.Shape.Len())
	checkLen("depthwise "+what, second, x, d.Shape.Len())
	checkLen("depthwise "+what, "w", w, d.weight)
}
