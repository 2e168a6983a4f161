package tensor

// Convolution of each channel with a kernel of its own.

import (
	"fmt"

	"mgtool/internal/parallel"
	"mgtool/internal/simd"
	"mgtool/tensor/internal/fuse"
)

// Depthwise convolves each channel of feature maps with a kernel of its own, as a
// stencil acts on a grid, with stride 1 and zeros around the image, whose size stays
// the same,
//
//	y[n,i,j,c] = Σ_{a < Size[0], b < Size[1]} x[n, i+a−Size[0]/2, j+b−Size[1]/2, c] · w[a,b,c].
type Depthwise struct {
	Shape Shape  // of x and of y
	Size  [2]int // height and width of the kernel

	cut    fuse.Cut
	taps   []tap
	zeros  []float32 // a row of channels
	weight int       // floats of w
}

// tap is a value of the kernel: where it lies from the pixel, and where in w.
type tap struct{ row, column, at int }

// NewDepthwise returns the convolution with k×k kernels, or an error unless k is odd.
func NewDepthwise(s Shape, k int) (*Depthwise, error) { return NewDepthwiseWindow(s, [2]int{k, k}) }

// NewDepthwiseWindow returns the convolution with kernels of the given height and
// width, or an error unless both are odd.
func NewDepthwiseWindow(s Shape, size [2]int) (*Depthwise, error) {
	if err := s.valid(); err != nil {
		return nil, err
	}
	h, w := size[0], size[1]
	if min(h, w) < 1 || h%2 == 0 || w%2 == 0 {
		return nil, fmt.Errorf("tensor: depthwise kernel of %d×%d; want odd sizes", h, w)
	}
	d := &Depthwise{Shape: s, Size: size, zeros: make([]float32, s.C), weight: h * w * s.C}
	for a := range h {
		for b := range w {
			d.taps = append(d.taps, tap{a - h/2, b - w/2, (a*w + b) * s.C})
		}
	}
	d.cut = fuse.NewCut(s.N, s.H, s.W*s.C, fuse.UnitFloats)
	return d, nil
}

// MACs returns the multiply-adds of Forward and of each gradient.
func (d *Depthwise) MACs() int64 {
	return int64(d.Shape.N) * int64(d.Shape.H) * int64(d.Shape.W) * int64(d.weight)
}

// Forward sets y from x and the weights w, of shape (Size[0], Size[1], 1, C).
func (d *Depthwise) Forward(y, x, w []float32) { d.run("forward", y, x, w, 1) }

// BackwardInput sets dx from dy by the adjoint, whose kernel is rotated by 180°.
func (d *Depthwise) BackwardInput(dx, dy, w []float32) { d.run("backward", dx, dy, w, -1) }

// run sets y to the sum over the taps of x, with their offsets times sign.
func (d *Depthwise) run(what string, y, x, w []float32, sign int) {
	d.check(what, "y", y, "x", x, w)
	k := simd.Best()
	parallel.Each(d.cut.Units(), func(_, unit int) {
		f := simd.Affine{X0: d.zeros, C: d.zeros}
		d.rows(unit, func(at int) { clear(y[at : at+d.Shape.W*d.Shape.C]) }, func(t tap, to, from, n int) {
			f.A = w[t.at : t.at+d.Shape.C]
			k.AddAffine(y[to:to+n], y[to:to+n], x[from:from+n], &f)
		}, sign)
	})
}

// BackwardWeight sets dw, of the shape of w, from dy and x.
func (d *Depthwise) BackwardWeight(dw, dy, x []float32) {
	d.check("backward weight", "dy", dy, "x", x, dw)
	k, channels := simd.Best(), d.Shape.C
	blocks := min(d.cut.Units(), fuse.WeightBlocks)
	sums := fuse.Borrow(blocks * d.weight)
	defer sums.Release()
	parallel.Each(blocks, func(_, block int) {
		sum := sums.Data[block*d.weight:][:d.weight]
		clear(sum)
		row := fuse.Borrow(2 * channels)
		defer row.Release()
		plain, product := row.Data[:channels], row.Data[channels:2*channels]
		identity := simd.Affine{X0: d.zeros, A: d.zeros, C: d.zeros}
		for unit := block * d.cut.Units() / blocks; unit < (block+1)*d.cut.Units()/blocks; unit++ {
			d.rows(unit, func(int) {}, func(t tap, to, from, n int) {
				k.GradSums(plain, product, dy[to:to+n], x[from:from+n], &identity)
				k.Add(sum[t.at:t.at+channels], sum[t.at:t.at+channels], product)
			}, 1)
		}
	})
	fuse.SumParts(dw, sums.Data, blocks)
}

// rows calls begin with the position of every row in the images of a unit, and then
// body for every tap that reaches into the image from that row: it takes n values from
// position from on to position to on.
func (d *Depthwise) rows(unit int, begin func(at int), body func(t tap, to, from, n int), sign int) {
	s := d.Shape
	n0, n1, r0, r1 := d.cut.Unit(unit)
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

// check panics if the length of a slice does not match its shape.
func (d *Depthwise) check(what, first string, y []float32, second string, x, w []float32) {
	checkLen("depthwise "+what, first, y, d.Shape.Len())
	checkLen("depthwise "+what, second, x, d.Shape.Len())
	checkLen("depthwise "+what, "w", w, d.weight)
}
