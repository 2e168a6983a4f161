package graph

import (
	"testing"

	"mgtool/tensor"
)

func BenchmarkDenseBlockBack(b *testing.B) {
	s := tensor.Shape{N: 16, H: 32, W: 32, C: 24}
	p, err := Build(func(g *Builder) *Node {
		x := g.Param("x", []int{s.N, s.H, s.W, s.C}, leaf(1, s.N, s.H, s.W, s.C))
		var layers []DenseLayer
		c := s.C
		for l := range 6 {
			bn1, _ := tensor.NewBatchNorm(c)
			bn2, _ := tensor.NewBatchNorm(48)
			n := string(rune('a' + l))
			layers = append(layers, DenseLayer{
				g.Param("g1"+n, []int{c}, leaf(1, c)), g.Param("b1"+n, []int{c}, leaf(2, c)), g.Param("w1"+n, []int{1, 1, c, 48}, leaf(3, c*48)),
				g.Param("g2"+n, []int{48}, leaf(4, 48)), g.Param("b2"+n, []int{48}, leaf(5, 48)), g.Param("w2"+n, []int{3, 3, 48, 12}, leaf(6, 9*48*12)), bn1, bn2})
			c += 12
		}
		a, _ := tensor.LookupActivation("relu")
		y := g.DenseBlock(g.Scale(x, 1), layers, a, true)
		return g.LogSumSquares(y)
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p.Run()
	}
}
