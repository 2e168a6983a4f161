package bridge

import (
	"fmt"
	"testing"

	"mgtool/bridge/specification"
	"mgtool/pde/family"
	"mgtool/pde/stencil"
)

// Where coefficients jump, smoothers that are learned with P from the rows of A have a smaller true
// factor than the classical cycle that they start from, also on squares that training has not seen
// and on a finer grid: stencils against Jacobi, weights of colours against Gauss–Seidel.
func TestLearnedForJumps(t *testing.T) {
	board := func(seed, n int) stencil.Operator {
		p, err := family.Parse(fmt.Sprintf("checkerboard(cells=8,contrast=1000,seed=%d)", seed))
		if err != nil {
			t.Fatal(err)
		}
		a, err := p.Operator(unit(t, 2, n))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, c := range []struct {
		kind      string
		n         int     // in training; weights of colours need two levels
		most, all float64 // of the classical factor, in the mean and on each problem
	}{{specification.Stencil, 16, .75, .9}, {specification.Colours, 32, .85, .95}} {
		s := specification.Specification{Share: "levels", Operators: map[string]specification.Switch{
			"A": {From: "galerkin"}, "B": {Kind: c.kind, State: specification.Started, Apart: true, Symmetry: "full"}, "R": {From: "transpose"}, "P": {From: "blackbox"},
		}}
		fixed := s
		fixed.Operators = map[string]specification.Switch{"A": s.Operators["A"], "B": {Kind: c.kind}, "R": s.Operators["R"], "P": s.Operators["P"]}
		classical, learned := made(t, fixed, board(1, c.n)), made(t, s, board(1, c.n), board(2, c.n))
		training := DefaultTraining()
		training.Rounds, training.Steps, training.Batch = 2, 8, 4
		if err := learned.Train(t.Context(), training); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		unseen := []stencil.Operator{board(101, 32), board(102, 64)}
		for i, a := range unseen {
			before, after := trueFactor(t, classical, a), trueFactor(t, learned, a)
			sum += after / before / float64(len(unseen))
			t.Logf("%s, problem %d: factor %.4f, classical %.4f", c.kind, i, after, before)
			if !(after <= c.all*before) {
				t.Errorf("%s, problem %d: factor %.4f; the classical cycle has %.4f", c.kind, i, after, before)
			}
		}
		if !(sum <= c.most) {
			t.Errorf("%s: the factor is %.2f of the classical one in the mean; want at most %.2f", c.kind, sum, c.most)
		}
	}
}
