package tensor

// Convolution: the smoother and the operator of MgNet (stride 1), its
// restriction (stride 2), and the only operation whose cost matters.

import (
	"fmt"

	"mgtool/internal/parallel"
)

// Conv is a 2-D convolution with a K×K kernel, without bias,
//
//	y[n,i,j,o] = Σ_{s,t,c} w[s,t,c,o] · x[n, i·Stride+s−Pad, j·Stride+t−Pad, c]
//
// where x is zero off the image. The weights have shape (K, K, In.C, Out.C). As
// in every deep learning library the kernel is not mirrored. The fields are set
// by [NewConv] and must not be changed. A Conv holds no state: several
// goroutines may use one.
type Conv struct {
	In, Out        Shape
	K, Stride, Pad int
}

// NewConv returns the convolution from in to feature maps with the given number
// of channels, of height (in.H+2·pad−kernel)/stride+1, rounded down, and the
// same for the width. It is an error if a size is below 1, if pad is not in
// [0, kernel), or if the kernel is larger than the padded image.
func NewConv(in Shape, channels, kernel, stride, pad int) (*Conv, error) {
	if err := in.valid(); err != nil {
		return nil, err
	}
	switch {
	case channels < 1:
		return nil, fmt.Errorf("tensor: conv: %d output channels, want at least 1", channels)
	case kernel < 1:
		return nil, fmt.Errorf("tensor: conv: kernel size %d, want at least 1", kernel)
	case stride < 1:
		return nil, fmt.Errorf("tensor: conv: stride %d, want at least 1", stride)
	case pad < 0 || pad >= kernel:
		return nil, fmt.Errorf("tensor: conv: padding %d, want 0 to %d for kernel size %d", pad, kernel-1, kernel)
	case in.H+2*pad < kernel || in.W+2*pad < kernel:
		return nil, fmt.Errorf("tensor: conv: kernel size %d is larger than the %d×%d image with padding %d", kernel, in.H, in.W, pad)
	}
	out := Shape{in.N, (in.H+2*pad-kernel)/stride + 1, (in.W+2*pad-kernel)/stride + 1, channels}
	return &Conv{In: in, Out: out, K: kernel, Stride: stride, Pad: pad}, nil
}

// WeightLen returns the number of weights, K·K·In.C·Out.C.
func (c *Conv) WeightLen() int { return c.depth() * c.Out.C }

// MACs returns the multiply-adds of one Forward over the whole batch. The zeros
// off the image count like pixels, as is the custom.
func (c *Conv) MACs() int64 { return int64(c.Out.pixels()) * int64(c.WeightLen()) }

// Forward sets y (shape Out) to the convolution of x (shape In) with the weights w.
func (c *Conv) Forward(y, x, w []float32) {
	checkLen("conv forward", "y", y, c.Out.Len())
	checkLen("conv forward", "x", x, c.In.Len())
	checkLen("conv forward", "w", w, c.WeightLen())
	c.forward(y, x, w)
}

// BackwardInput sets dx (shape In) from dy (shape Out) and the weights w:
//
//	dx[n,r,q,c] = Σ w[s,t,c,o] · dy[n,i,j,o]   over i·Stride+s−Pad = r, j·Stride+t−Pad = q, all o.
func (c *Conv) BackwardInput(dx, dy, w []float32) {
	checkLen("conv backward input", "dx", dx, c.In.Len())
	checkLen("conv backward input", "dy", dy, c.Out.Len())
	checkLen("conv backward input", "w", w, c.WeightLen())
	c.backwardInput(dx, dy, w)
}

// BackwardWeight sets dw (as long as the weights) from dy (shape Out) and x (shape In):
//
//	dw[s,t,c,o] = Σ_{n,i,j} dy[n,i,j,o] · x[n, i·Stride+s−Pad, j·Stride+t−Pad, c].
func (c *Conv) BackwardWeight(dw, dy, x []float32) {
	checkLen("conv backward weight", "dw", dw, c.WeightLen())
	checkLen("conv backward weight", "dy", dy, c.Out.Len())
	checkLen("conv backward weight", "x", x, c.In.Len())
	c.backwardWeight(dw, dy, x)
}

// The methods below do the work, without checks. From one channel to one, that of
// direct.go takes over.

// forward is y = P·W, a tile of output pixels at a time.
func (c *Conv) forward(y, x, w []float32) {
	if c.direct() {
		c.directForward(y, x, w)
		return
	}
	c.tiles(func(buf []float32, lo, hi int) {
		p := c.gather(buf, x, lo, hi)
		mul(y[lo*c.Out.C:hi*c.Out.C], p, w, hi-lo, c.depth(), c.Out.C)
	})
}

// tiles calls body for tiles [lo, hi) that cover the output pixels, several at a
// time, with room for a tile of the patch matrix.
func (c *Conv) tiles(body func(buf []float32, lo, hi int)) {
	tile, pixels := c.tile(), c.Out.pixels()
	parallel.For((pixels+tile-1)/tile, 1, func(first, last int) {
		buf := borrow(tile * c.depth())
		defer buf.release()
		for lo := first * tile; lo < min(last*tile, pixels); lo += tile {
			body(buf.data, lo, min(lo+tile, pixels))
		}
	})
}

// backwardInput is dP = dy·Wᵀ, scattered to dx. Patches overlap, so the work is
// cut by what it writes: into groups of whole images or, where an image is
// large, into bands of its rows. The output rows whose patches reach over the
// edge of a band are computed for both bands. The cut depends on shapes only.
func (c *Conv) backwardInput(dx, dy, w []float32) {
	if c.direct() {
		c.directBackwardInput(dx, dy, w)
		return
	}
	if c.pointwise() {
		c.tiles(func(_ []float32, lo, hi int) {
			mulTransB(dx[lo*c.In.C:hi*c.In.C], dy[lo*c.Out.C:hi*c.Out.C], w, hi-lo, c.Out.C, c.In.C)
		})
		return
	}
	// A band of some thousand pixels, of many more rows than the kernel has.
	const bandPixels, bandKernels = 4096, 8
	rows := min(c.In.H, max(bandPixels/c.In.W, bandKernels*max(c.K, c.Stride)))
	bands := (c.In.H + rows - 1) / rows
	images := 1
	if bands == 1 {
		images = max(1, c.tile()/(c.Out.H*c.Out.W))
	}
	groups := (c.In.N + images - 1) / images
	parallel.For(groups*bands, 1, func(first, last int) {
		buf := borrow(c.tile() * c.depth())
		defer buf.release()
		for u := first; u < last; u++ {
			n := u / bands * images
			r := u % bands * rows
			c.backwardBand(buf.data, dx, dy, w, n, min(n+images, c.In.N), r, min(r+rows, c.In.H))
		}
	})
}

// backwardBand sets rows [r0, r1) of images [n0, n1) of dx; several images only
// if the rows are all.
func (c *Conv) backwardBand(buf, dx, dy, w []float32, n0, n1, r0, r1 int) {
	width := c.In.W * c.In.C
	clear(dx[(n0*c.In.H+r0)*width : ((n1-1)*c.In.H+r1)*width])
	i0, i1 := c.reaching(r0, r1)
	end := ((n1-1)*c.Out.H + i1) * c.Out.W
	tile, depth := c.tile(), c.depth()
	for lo := (n0*c.Out.H + i0) * c.Out.W; lo < end; lo += tile {
		hi := min(lo+tile, end)
		mulTransB(buf, dy[lo*c.Out.C:hi*c.Out.C], w, hi-lo, c.Out.C, depth)
		c.scatter(dx, buf, lo, hi, r0, r1)
	}
}

// reaching returns the output rows [i0, i1) that read any of rows [r0, r1).
// Output row i reads rows i·Stride−Pad to i·Stride−Pad+K−1: the first that
// reaches r0 and one past the last that starts before r1.
func (c *Conv) reaching(r0, r1 int) (i0, i1 int) {
	return max(0, (r0+c.Pad-c.K+c.Stride)/c.Stride), min(c.Out.H, (r1-1+c.Pad)/c.Stride+1)
}

// backwardWeight is dW = Pᵀ·dy. The output pixels are cut into at most 16
// blocks, as many for any number of cores; each has its own dW, and these are
// added in order.
func (c *Conv) backwardWeight(dw, dy, x []float32) {
	const most, leastPixels = 16, 128
	pixels, tile, size := c.Out.pixels(), c.tile(), len(dw)
	blocks := min(most, max(1, pixels/leastPixels))
	parts := borrow(blocks * size)
	defer parts.release()
	if c.direct() {
		parallel.Blocks(directBands(c.In.N, c.Out.H), blocks, func(block, first, last int) {
			c.directBackwardWeight(parts.data[block*size:][:size], dy, x, first, last)
		})
	} else {
		parallel.Blocks(pixels, blocks, func(block, first, last int) {
			part := parts.data[block*size : (block+1)*size]
			clear(part)
			buf := borrow(tile * c.depth())
			defer buf.release()
			for lo := first; lo < last; lo += tile {
				hi := min(lo+tile, last)
				p := c.gather(buf.data, x, lo, hi)
				addTransA(part, p, dy[lo*c.Out.C:hi*c.Out.C], hi-lo, c.depth(), c.Out.C)
			}
		})
	}
	parallel.For(size, 1<<12, func(lo, hi int) {
		sum := dw[lo:hi]
		copy(sum, parts.data[lo:hi])
		for b := 1; b < blocks; b++ {
			for i, v := range parts.data[b*size+lo : b*size+hi] {
				sum[i] += v
			}
		}
	})
}
