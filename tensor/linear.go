package tensor

// The linear layer of a classifier. Its products are those of a convolution of
// 1×1 images with a 1×1 kernel.

// Linear is y = x·W + b with x (N, In), W (In, Out), b (Out) and y (N, Out).
type Linear struct{ N, In, Out int }

func (l Linear) conv() *Conv {
	return (&Conv{In: Shape{l.N, 1, 1, l.In}, Out: Shape{l.N, 1, 1, l.Out}, K: 1, Stride: 1}).plan()
}

// Forward sets y (N, Out) from x (N, In), w (In, Out) and b (Out).
func (l Linear) Forward(y, x, w, b []float32) {
	checkLen("linear forward", "y", y, l.N*l.Out)
	checkLen("linear forward", "x", x, l.N*l.In)
	checkLen("linear forward", "w", w, l.In*l.Out)
	checkLen("linear forward", "b", b, l.Out)
	runOnce(l.conv().forward, y, x, w)
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
	runOnce(l.conv().input, dx, dy, w)
}

// BackwardWeight sets dw (In, Out) = xᵀ·dy.
func (l Linear) BackwardWeight(dw, dy, x []float32) {
	checkLen("linear backward weight", "dw", dw, l.In*l.Out)
	checkLen("linear backward weight", "dy", dy, l.N*l.Out)
	checkLen("linear backward weight", "x", x, l.N*l.In)
	l.conv().weight.run(dw, Source{X: dy}, Source{X: x})
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
