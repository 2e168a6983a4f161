package graph

import (
	"fmt"
	"slices"

	"mgtool/tensor"
)

// Bias is x + beta, one value per channel: x (N, H, W, C), beta (C). It is a batch norm
// with γ = 1, mean 0 and variance 1, so it and the activation after it become part of
// the convolution before it.
func (b *Builder) Bias(x, beta *Node) *Node {
	if b.err != nil {
		return nil
	}
	bn, err := tensor.NewBatchNorm(beta.Shape().TotalSize())
	if err != nil {
		b.fail("bias", err)
		return nil
	}
	bn.Eps = 0
	ones := b.Input(fmt.Sprintf("ones%d", b.count), []int{bn.C}, slices.Repeat([]float32{1}, bn.C))
	y := b.BatchNorm(x, ones, beta, bn, false)
	if y != nil {
		y.Op().(*op).work.(sigma).bias = true
	}
	return y
}
