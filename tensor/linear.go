package tensor

// The linear layer of a classifier, whose products are those of a 1×1 convolution of
// images of one pixel.

import "mgtool/tensor/internal/fuse"

// Linear is y = x·W + b with x (N, In), W (In, Out), b (Out) and y (N, Out).
type Linear struct{ N, In, Out int }

func (l Linear) passes() fuse.Passes {
	return fuse.NewPointwise(fuse.Shape{N: l.N, H: 1, W: 1, C: l.In}, l.Out).Passes()
}

// Forward sets y (N, Out) from x (N, In), w (In, Out) and b (Out).
func (l Linear) Forward(y, x, w, b []float32) {
	checkLen("linear forward", "y", y, l.N*l.Out)
	checkLen("linear forward", "x", x, l.N*l.In)
	checkLen("linear forward", "w", w, l.In*l.Out)
	checkLen("linear forward", "b", b, l.Out)
	l.passes().Forward.Apply(y, x, w)
	for ; len(y) > 0; y = y[l.Out:] {
		for o, v := range b {
			y[o] += v
		}
	}
}

// BackwardInput sets dx (N, In) = dy·Wᵀ.
func (l Linear) BackwardInput(dx, dy, w []float32) {
	checkLen("linear backward input", "dx", dx, l.N*l.In)
	checkLen("linear backward input", "dy", dy, l.N*l.Out)
	checkLen("linear backward input", "w", w, l.In*l.Out)
	l.passes().Input.Apply(dx, dy, w)
}

// BackwardWeight sets dw (In, Out) = xᵀ·dy.
func (l Linear) BackwardWeight(dw, dy, x []float32) {
	checkLen("linear backward weight", "dw", dw, l.In*l.Out)
	checkLen("linear backward weight", "dy", dy, l.N*l.Out)
	checkLen("linear backward weight", "x", x, l.N*l.In)
	l.passes().Weight.Apply(dw, dy, x)
}

// BackwardBias sets db (Out) to the sum of the rows of dy (N, Out), in float64.
func (l Linear) BackwardBias(db, dy []float32) {
	checkLen("linear backward bias", "db", db, l.Out)
	checkLen("linear backward bias", "dy", dy, l.N*l.Out)
	for o := range db {
		sum := 0.0
		for i := o; i < len(dy); i += l.Out {
			sum += float64(dy[i])
		}
		db[o] = float32(sum)
	}
}
