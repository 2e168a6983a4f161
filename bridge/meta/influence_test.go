package meta

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

// uncorrelated has coefficients exp(N(0,1)), each cell by itself, by finite elements.
const uncorrelated = "lognormal-elements(sigma=1,length=0,seed=5)"

func TestScoreGradient(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	a, err := member(uncorrelated, 8)
	if err != nil {
		t.Fatal(err)
	}
	p, err := patchOf(a)
	if err != nil {
		t.Fatal(err)
	}
	in := newInterpolation(p)
	for i := range in.scores {
		in.scores[i] = .3 * random.NormFloat64()
	}
	start := make([]float64, (p.n+2)*(p.n+2))
	for j := 1; j <= p.n; j++ {
		for i := 1; i <= p.n; i++ {
			start[j*(p.n+2)+i] = random.NormFloat64()
		}
	}
	log := func(gradient []float64) float64 {
		in.weigh()
		two, err := newTwoGrids(in)
		if err != nil {
			t.Fatal(err)
		}
		return math.Log(two.cycle(append([]float64(nil), start...), 1, gradient))
	}
	gradient := make([]float64, len(in.scores))
	log(gradient)
	for i := range in.scores {
		const h = 1e-5
		at := in.scores[i]
		in.scores[i] = at + h
		up := log(nil)
		in.scores[i] = at - h
		down := log(nil)
		in.scores[i] = at
		if want := (up - down) / (2 * h); math.Abs(gradient[i]-want) > 1e-7+1e-5*math.Abs(want) {
			t.Errorf("score %d: gradient %g, difference %g", i, gradient[i], want)
		}
	}
}

// TestInfluenceTrains: seconds of training reduce the two-grid factor on problems that it has not
// seen, of their own size and of four times as many unknowns.
func TestInfluenceTrains(t *testing.T) {
	n, err := Influence(context.Background(), LogNormal, Options{Seed: 1, Steps: 40, Batch: 4, Hidden: 8, Rate: 2e-2})
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range []int{16, 32} {
		before, after := 0.0, 0.0
		const problems = 8
		for _, name := range UnseenLogNormal(problems, false) {
			for on := range 2 {
				a, err := member(name, cells)
				if err != nil {
					t.Fatal(err)
				}
				p, err := patchOf(a)
				if err != nil {
					t.Fatal(err)
				}
				in := newInterpolation(p)
				for k := range in.points {
					x := &in.points[k]
					if on == 0 {
						continue
					}
					part, outputs := n.Parts["edge"], 1
					if len(x.neighbours) == 8 {
						part, outputs = n.Parts["corner"], 2
					}
					for q := 0; q < len(x.neighbours); q += outputs {
						copy(in.scores[x.first+q:], part.Evaluate(in.features(x, x.neighbours[q])))
					}
				}
				in.weigh()
				two, err := newTwoGrids(in)
				if err != nil {
					t.Fatal(err)
				}
				loss := two.loss(rand.New(rand.NewPCG(1, 9)), 0, nil) / problems
				if on == 0 {
					before += loss
				} else {
					after += loss
				}
			}
		}
		t.Logf("%d cells: mean log λ %.3f, of black box %.3f", cells, after, before)
		if !(after < before-.02) {
			t.Errorf("%d cells: mean log λ %.4f, of black box %.4f; want it 0.02 lower", cells, after, before)
		}
	}
}

func TestInfluenceSameSeedSameBits(t *testing.T) {
	o := Options{Seed: 1, Steps: 2, Batch: 2, Hidden: 4}
	one, err := Influence(context.Background(), LogNormal, o)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Influence(context.Background(), LogNormal, o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(one, two) {
		t.Error("two trainings of the same seed differ")
	}
}

// TestPatchRefuses: operators that a patch cannot hold.
func TestPatchRefuses(t *testing.T) {
	a, err := member(uncorrelated, 7)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := patchOf(a); err == nil {
		t.Error("7 cells a side: no error")
	}
}
