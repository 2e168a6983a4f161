package graph

import (
	"strings"
	"testing"
)

// Forecasts of windows that are brought to a common level and back, by finite differences.
func TestSeriesGradients(t *testing.T) {
	x := leaf(1, 2, 3, 1, 8)
	for i := range x {
		x[i] += float32(i / 8)
	}
	w, beta := leaf(2, 1, 1, 8, 4), leaf(3, 4)
	for name, forecast := range map[string]func(b *Builder, x *Node, to func(*Node) *Node) *Node{
		"last": func(b *Builder, x *Node, to func(*Node) *Node) *Node {
			return b.InstanceRestore(to(b.InstanceNorm(x, ByLast)), x, ByLast)
		},
		"mean": func(b *Builder, x *Node, to func(*Node) *Node) *Node {
			return b.InstanceRestore(to(b.InstanceNorm(x, ByMean)), x, ByMean)
		},
		"trend": func(b *Builder, x *Node, to func(*Node) *Node) *Node {
			return to(b.Sub(x, b.MovingAverage(x, 3)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			targets := leaf(4, 2, 3, 1, 4)
			check(t, map[string][]float32{"w": w, "beta": beta}, func(b *Builder) *Node {
				kernel, shift := b.Param("w", []int{1, 1, 8, 4}, w), b.Param("beta", []int{4}, beta)
				y := forecast(b, b.Input("x", []int{2, 3, 1, 8}, x), func(x *Node) *Node {
					return b.Bias(b.Conv(x, kernel, 1, 0), shift)
				})
				return b.SquaredError(y, targets)
			})
		})
	}
}

// |y − t| where no difference crosses the kink.
func TestAbsoluteErrorGradient(t *testing.T) {
	y, targets := leaf(1, 4, 3), make([]float32, 12)
	for i := range targets {
		targets[i] = y[i] + float32(1-i%2*2)
	}
	check(t, map[string][]float32{"y": y}, func(b *Builder) *Node {
		return b.AbsoluteError(b.Scale(b.Param("y", []int{4, 3}, y), 1), targets)
	})
}

func TestSeriesErrors(t *testing.T) {
	x, p := leaf(1, 1, 2, 1, 4), leaf(2, 1, 2, 1, 4)
	for want, define := range map[string]func(b *Builder, x, p *Node) *Node{
		"depend on parameters":        func(b *Builder, _, p *Node) *Node { return b.InstanceNorm(p, ByLast) },
		`level "first"; want "last"`:  func(b *Builder, x, _ *Node) *Node { return b.InstanceNorm(x, "first") },
		"width 4; want an odd number": func(b *Builder, x, _ *Node) *Node { return b.MovingAverage(x, 4) },
		"want as many places": func(b *Builder, x, p *Node) *Node {
			return b.InstanceRestore(b.Conv(p, b.Input("k", []int{2, 1, 4, 4}, make([]float32, 32)), 1, 0), x, ByLast)
		},
		"for 3 targets; want as many": func(b *Builder, x, _ *Node) *Node { return b.AbsoluteError(x, make([]float32, 3)) },
		"moving average: input has shape (8": func(b *Builder, _, _ *Node) *Node {
			return b.MovingAverage(b.Input("v", []int{8}, make([]float32, 8)), 3)
		},
	} {
		_, err := Build(func(b *Builder) *Node {
			return define(b, b.Input("x", []int{1, 2, 1, 4}, x), b.Param("p", []int{1, 2, 1, 4}, p))
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %q", err, want)
		}
	}
}
