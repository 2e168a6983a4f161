package graph

import (
	"strings"
	"testing"

	"mgtool/tensor"
)

// ring couples each of n places with the next and, by another value, with one n/3 further on.
func ring(t *testing.T, n int) *tensor.Sparse {
	t.Helper()
	start, column, value := []int32{0}, []int32{}, []float32{}
	for i := range n {
		column = append(column, int32((i+1)%n), int32((i+n/3)%n))
		value = append(value, .5, -1-float32(i)/float32(n))
		start = append(start, int32(len(column)))
	}
	a, err := tensor.NewSparse(n, n, start, column, value)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Gradients of sparse products and of dropout, whose mask stays in a step, by finite
// differences.
func TestSparseGradients(t *testing.T) {
	const n = 9
	a, step := ring(t, n), uint64(3)
	d := &Dropped{tensor.Dropout{Rate: .3, Key: 1}, &step}
	x, w := leaf(1, 2, 1, n, 5), leaf(2, n, 3)
	gelu, _ := tensor.LookupActivation("gelu") // gradients that differ from place to place
	project := func(b *Builder, y *Node) *Node { return project(b, b.Activation(gelu, y, nil)) }
	for name, define := range map[string]func(b *Builder) *Node{
		"product":                  func(b *Builder) *Node { return b.SparseProduct(a, b.Param("x", []int{2, 1, n, 5}, x), nil) },
		"product, entries dropped": func(b *Builder) *Node { return b.SparseProduct(a, b.Param("x", []int{2, 1, n, 5}, x), d) },
		"dropout":                  func(b *Builder) *Node { return b.Dropout(b.Param("x", []int{2, 1, n, 5}, x), d) },
	} {
		t.Run(name, func(t *testing.T) {
			check(t, map[string][]float32{"x": x}, func(b *Builder) *Node { return project(b, define(b)) })
		})
	}
	for name, drop := range map[string]*Dropped{"linear": nil, "linear, features dropped": d} {
		t.Run(name, func(t *testing.T) {
			check(t, map[string][]float32{"w": w}, func(b *Builder) *Node {
				return project(b, b.SparseLinear(a, b.Param("w", []int{n, 3}, w), drop))
			})
		})
	}
}

// A step has a mask of its own, and an evaluation, which has no step, none.
func TestDroppedStep(t *testing.T) {
	step := uint64(0)
	d := &Dropped{tensor.Dropout{Rate: .5}, &step}
	x := leaf(1, 1, 1, 20, 2)
	p := mustBuild(t, func(b *Builder) *Node {
		return b.Dropout(b.Scale(b.Input("x", []int{1, 1, 20, 2}, x), 2), d)
	})
	run := func() string {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		var zeros strings.Builder
		for _, v := range p.Value() {
			if v == 0 {
				zeros.WriteByte('0')
			} else {
				zeros.WriteByte('1')
			}
		}
		return zeros.String()
	}
	first := run()
	step = 1
	if second := run(); first == second || run() != second {
		t.Errorf("masks %s and %s; want two, the second twice", first, second)
	}
	d.Step = nil
	p = mustBuild(t, func(b *Builder) *Node {
		return b.Dropout(b.Scale(b.Input("x", []int{1, 1, 20, 2}, x), 2), d)
	})
	if all := run(); strings.Contains(all, "0") {
		t.Errorf("an evaluation drops: %s", all)
	}
}

func TestSparseErrors(t *testing.T) {
	a := ring(t, 6)
	for want, define := range map[string]func(b *Builder) *Node{
		"(N, 1, 6, C)": func(b *Builder) *Node { return b.SparseProduct(a, b.Input("x", []int{1, 1, 5, 2}, leaf(1, 10)), nil) },
		"(6, C)":       func(b *Builder) *Node { return b.SparseLinear(a, b.Input("w", []int{5, 2}, leaf(1, 10)), nil) },
		"rate 1": func(b *Builder) *Node {
			return b.Dropout(b.Input("x", []int{1, 1, 5, 2}, leaf(1, 10)), &Dropped{Dropout: tensor.Dropout{Rate: 1}})
		},
	} {
		if _, err := Build(define); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one about %q", err, want)
		}
	}
}
