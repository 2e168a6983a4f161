package stencil

import (
	"testing"

	"mgtool/pde"
)

// A shifted operator is A x + s x, in every form, and on the grids that it is discretised
// on anew.
func TestShift(t *testing.T) {
	must := must(t)
	g := grid(t, []int{8, 6})
	without := someFields(g, 2)
	without[centre] = nil
	nine, err := Discretize("mehrstellen", g)
	if err != nil {
		t.Fatal(err)
	}
	const s = 3.5
	for name, a := range map[string]Operator{
		"star":                must(Diffusion(g, [3]float64{1, 2}, 3)),
		"kernel":              must(Constant(g, someKernel(2, 1))),
		"varying":             must(Varying(g, someFields(g, 2))),
		"without a diagonal":  must(Varying(g, without)),
		"mehrstellen, coarse": must(nine.A.Rediscretize(coarsened(g, 4, 3))),
	} {
		b := must(a.Shift(s))
		on, _ := a.Grids()
		if name == "mehrstellen, coarse" {
			b = must(must(nine.A.Shift(s)).Rediscretize(on))
		}
		x, y, z := pde.NewField[float64](on), pde.NewField[float64](on), pde.NewField[float64](on)
		x.Randomize(1)
		if err := a.Apply(y, x); err != nil {
			t.Fatal(err)
		}
		if err := b.Apply(z, x); err != nil {
			t.Fatal(err)
		}
		want, at := y.Interior(), x.Interior()
		for i, v := range z.Interior() {
			if d := v - want[i] - s*at[i]; d > 1e-11 || d < -1e-11 {
				t.Fatalf("%s: value %d is off by %g", name, i, d)
			}
		}
	}
	if _, _, ok := must(Laplacian(g).Shift(1)).Diffusion(); !ok {
		t.Error("a shifted star is no star: the fast kernels do not serve it")
	}
	if _, err := must(Linear(g, coarsened(g, 4, 3))).Shift(1); err == nil {
		t.Error("a shifted transfer passes")
	}
}
