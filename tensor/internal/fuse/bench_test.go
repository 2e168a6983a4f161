package fuse

import (
	"fmt"
	"testing"

	"mgtool/tensor/gradtest"
)

// Two floating-point operations a multiply-add, borders counted as full. The
// inputs have no zeros, which the products may skip.
func BenchmarkConv(b *testing.B) {
	for _, c := range []*Conv{
		mustConv(b, Shape{32, 32, 32, 64}, 64, 3, 1, 1),
		mustConv(b, Shape{32, 32, 32, 64}, 64, 3, 2, 1),
		mustConv(b, Shape{32, 15, 15, 64}, 256, 3, 2, 1),
		mustConv(b, Shape{32, 8, 8, 256}, 256, 3, 2, 1),
		mustConv(b, Shape{512, 8, 8, 256}, 256, 3, 2, 1),
		mustConv(b, Shape{256, 15, 15, 64}, 256, 3, 2, 1),
		mustConv(b, Shape{32, 32, 32, 3}, 64, 3, 1, 1),
		mustConv(b, Shape{32, 16, 16, 128}, 128, 3, 1, 1),
		mustConv(b, Shape{32, 8, 8, 256}, 256, 3, 1, 1),
		mustConv(b, Shape{32, 4, 4, 256}, 256, 3, 1, 1),
		mustConv(b, Shape{32, 32, 32, 64}, 64, 1, 1, 0),
		mustConv(b, Shape{50, 28, 28, 16}, 16, 3, 1, 1),
		mustConv(b, Shape{32, 32, 32, 8}, 8, 3, 1, 1),
		mustConv(b, Shape{16, 63, 63, 1}, 8, 3, 1, 1),
		mustConv(b, Shape{16, 63, 63, 8}, 1, 3, 1, 1),
		mustConv(b, Shape{16, 63, 63, 1}, 1, 3, 1, 1),
		mustConv(b, Shape{16, 63, 63, 1}, 1, 3, 2, 0),
	} {
		x, w, dy := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.WeightLen(), 2), gradtest.Random(c.Out.Len(), 3)
		y, dx, dw := gradtest.NaNs(len(dy)), gradtest.NaNs(len(x)), gradtest.NaNs(len(w))
		for _, pass := range []struct {
			name string
			run  func()
		}{
			{"forward", func() { c.Forward(y, x, w) }},
			{"input", func() { c.BackwardInput(dx, dy, w) }},
			{"weight", func() { c.BackwardWeight(dw, dy, x) }},
		} {
			b.Run(fmt.Sprintf("%dx%dx%dx%d-%d,k%ds%d/%s", c.In.N, c.In.H, c.In.W, c.In.C, c.Out.C, c.Size[0], c.Stride[0], pass.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					pass.run()
				}
				b.ReportMetric(2*float64(c.MACs())*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

// The convolution of MgNet's first level by every way and implementation.
func BenchmarkWays(b *testing.B) {
	c := mustConv(b, Shape{128, 32, 32, 64}, 64, 3, 1, 1)
	x, w, dy := gradtest.Random(c.In.Len(), 1), gradtest.Random(c.WeightLen(), 2), gradtest.Random(c.Out.Len(), 3)
	y, dx, dw := gradtest.NaNs(len(dy)), gradtest.NaNs(len(x)), gradtest.NaNs(len(w))
	ways(c, func(name string, c *Conv) {
		for _, pass := range []struct {
			name string
			run  func()
		}{
			{"forward", func() { c.Forward(y, x, w) }},
			{"input", func() { c.BackwardInput(dx, dy, w) }},
			{"weight", func() { c.BackwardWeight(dw, dy, x) }},
		} {
			b.Run(name+"/"+pass.name, func(b *testing.B) {
				for b.Loop() {
					pass.run()
				}
				b.ReportMetric(2*float64(c.MACs())*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	})
}
