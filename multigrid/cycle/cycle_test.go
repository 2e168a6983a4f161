package cycle

import (
	"fmt"
	"strings"
	"testing"
)

// trace is a Method that writes down what a cycle does to it.
type trace struct {
	levels int
	log    []string
}

func (m *trace) note(format string, a ...any) { m.log = append(m.log, fmt.Sprintf(format, a...)) }

func (m *trace) Levels() int { return m.levels }
func (m *trace) Down(level, pre int, s int) (int, int) {
	m.note("d%d:%d", level, pre)
	return level, level + 1
}
func (m *trace) Bottom(level, pre, s int) int { m.note("b%d:%d", level, pre); return level }
func (m *trace) Up(level, post, fine, coarse int) int {
	m.note("u%d:%d", level, post)
	return level
}
func (m *trace) Interpolate(level, fine, coarse int) int { m.note("i%d", level); return level }

// The order of the steps of every kind of cycle, written out by hand.
func TestSchedule(t *testing.T) {
	pre, post := []int{1, 2}, []int{3}
	for _, c := range []struct {
		name   string
		cycle  Cycle
		levels int
		want   string
	}{
		{"V", Cycle{Pre: pre, Post: post, Gamma: 1}, 3, "d0:1 d1:2 b2:2 u1:3 u0:3"},
		{"gamma 0 is V", Cycle{Pre: pre, Post: post}, 3, "d0:1 d1:2 b2:2 u1:3 u0:3"},
		{"W", Cycle{Pre: pre, Post: post, Gamma: 2}, 4,
			"d0:1 d1:2 d2:2 b3:2 u2:3 d2:2 b3:2 u2:3 u1:3 d1:2 d2:2 b3:2 u2:3 d2:2 b3:2 u2:3 u1:3 u0:3"},
		{"F", Cycle{Pre: pre, Post: post, F: true}, 4,
			"d0:1 d1:2 d2:2 b3:2 u2:3 d2:2 b3:2 u2:3 u1:3 d1:2 d2:2 b3:2 u2:3 u1:3 u0:3"},
		{"full", Cycle{Pre: pre, Post: post, Full: true}, 3,
			"d0:0 d1:0 b2:2 i1 d1:2 b2:2 u1:3 i0 d0:1 d1:2 b2:2 u1:3 u0:3"},
		{"down only", Cycle{Pre: pre, DownOnly: true}, 3, "d0:1 d1:2 b2:2"},
		{"one level", Cycle{Pre: pre, Post: post, Gamma: 2}, 1, "b0:1"},
		{"no steps", Cycle{Gamma: 1}, 2, "d0:0 b1:0 u0:0"},
	} {
		m := &trace{levels: c.levels}
		last := Run(m, c.cycle, 0)
		if got := strings.Join(m.log, " "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if want := 0; c.cycle.DownOnly {
			if last != c.levels-1 {
				t.Errorf("%s: ends on level %d, want the coarsest", c.name, last)
			}
		} else if last != want {
			t.Errorf("%s: ends on level %d, want %d", c.name, last, want)
		}
	}
}

// ExampleRun runs one V-cycle on numbers: the vector space is the real line,
// A = 2 on both levels, B = 1/4 and a coarse solve that is exact.
func ExampleRun() {
	times := func(a float64) Map[float64] { return func(v float64) float64 { return a * v } }
	ops := []Operators[float64]{
		{A: []Map[float64]{times(2)}, B: []Map[float64]{times(0.25)}, R: times(1), P: times(1)},
		{A: []Map[float64]{times(2)}, Solve: times(0.5)},
	}
	m, _ := NewReference(ops, 0,
		func(x, y float64) float64 { return x + y },
		func(x, y float64) float64 { return x - y })
	g := 6.0
	s := Run(m, Cycle{Pre: []int{1}, Gamma: 1}, State[float64]{R: g})
	fmt.Println("u =", s.U, "r =", s.R)
	// Output: u = 3 r = 0
}

// Steps take their own operators, activations act where they should, and the
// bottom leaves the residual alone after its last step: a walk by hand.
func TestReferenceFormula(t *testing.T) {
	times := func(a float64) Map[float64] { return func(v float64) float64 { return a * v } }
	plus := func(a float64) Map[float64] { return func(v float64) float64 { return v + a } }
	list := func(m ...Map[float64]) []Map[float64] { return m }
	ops := []Operators[float64]{
		{
			A: list(times(2), times(3)), B: list(times(.25), times(.5)),
			Sigma1: list(plus(1)), Sigma2: list(plus(10), plus(20)),
			R: times(.5), Pi: times(2), P: times(4), SigmaR: plus(100), SigmaPi: plus(1000),
		},
		{A: list(times(1)), B: list(times(2))},
	}
	m, err := NewReference(ops, 0,
		func(x, y float64) float64 { return x + y }, func(x, y float64) float64 { return x - y })
	if err != nil {
		t.Fatal(err)
	}
	// u = 0, r = 8.
	// step 0: d = .25·(8+1)+10 = 12.25; u = 12.25; r = 8−24.5 = −16.5
	// step 1: d = .5·(−16.5+1)+20 = 12.25; u = 24.5; r = −16.5−36.75 = −53.25
	// down:   r' = −26.625+100 = 73.375; u'₀ = 49+1000 = 1049
	// bottom: d = 2·73.375 = 146.75; u' = 1195.75; r' stays
	// up:     d = 4·146.75 = 587; u = 611.5; step 2 takes A₀: r = −53.25−1174 = −1227.25
	// step 2: d = .25·(−1226.25)+10 = −296.5625; u = 314.9375; r = −1227.25+593.125 = −634.125
	s := Run(m, Cycle{Pre: []int{2, 1}, Post: []int{1}}, State[float64]{R: 8})
	if s.U != 314.9375 || s.R != -634.125 {
		t.Errorf("V: u = %g, r = %g; want 314.9375, −634.125", s.U, s.R)
	}
	s = Run(m, Cycle{Pre: []int{2, 1}, DownOnly: true}, State[float64]{R: 8})
	if s.U != 1195.75 || s.R != 73.375 || s.U0 != 1049 {
		t.Errorf("down only: u = %g, r = %g, u₀ = %g; want 1195.75, 73.375, 1049", s.U, s.R, s.U0)
	}
}

func TestParseCycle(t *testing.T) {
	if _, err := ParseCycle("z", 1, 1); err == nil || !strings.Contains(err.Error(), `"z"`) {
		t.Errorf("cycle z: %v, want an error that names it", err)
	}
	if _, err := ParseCycle("v", -1, 1); err == nil {
		t.Error("−1 steps accepted")
	}
}

func TestNewReferenceErrors(t *testing.T) {
	id := []Map[float64]{func(v float64) float64 { return v }}
	for name, ops := range map[string][]Operators[float64]{
		"no level": nil,
		"no A":     {{B: id}},
		"no B":     {{A: id}},
		"no R":     {{A: id, B: id}, {A: id, B: id}},
	} {
		if _, err := NewReference(ops, 0, nil, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
