package cycle

import (
	"fmt"
	"strings"
	"testing"
)

// A watched walk is the same walk, and every state that the Method returns is seen
// once, with the level that it is of.
func TestWatch(t *testing.T) {
	for _, c := range []struct {
		name  string
		cycle Cycle
		want  string
	}{
		{"V", Cycle{Gamma: 1}, "down0 start1 down1 start2 bottom2 up1 up0"},
		{"down only", Cycle{DownOnly: true}, "down0 start1 down1 start2 bottom2"},
		{"full", Cycle{Full: true}, "down0 start1 down1 start2 bottom2 first guess1 down1 start2 bottom2 up1 " +
			"first guess0 down0 start1 down1 start2 bottom2 up1 up0"},
	} {
		var seen []string
		plain, under := &trace{levels: 3}, &trace{levels: 3}
		want := Run[int](plain, c.cycle, 0)
		got := Run(Watch(Method[int](under), func(level int, leg Point, s int) {
			if s != level { // the state of a trace is its level
				t.Errorf("%s: level %d (%s) with the state of level %d", c.name, level, leg, s)
			}
			seen = append(seen, fmt.Sprintf("%s%d", leg, level))
		}), c.cycle, 0)
		if got != want || strings.Join(plain.log, " ") != strings.Join(under.log, " ") {
			t.Errorf("%s: watched it ends in %d by %v, else in %d by %v", c.name, got, under.log, want, plain.log)
		}
		if got := strings.Join(seen, " "); got != c.want {
			t.Errorf("%s:\n saw %s\nwant %s", c.name, got, c.want)
		}
	}
}

// ExampleWatch prints u and r of a V-cycle on the real line, A = 2 on both levels.
func ExampleWatch() {
	times := func(a float64) Map[float64] { return func(v float64) float64 { return a * v } }
	m, _ := NewReference([]Operators[float64]{
		{A: []Map[float64]{times(2)}, B: []Map[float64]{times(0.25)}, R: times(1), P: times(1)},
		{A: []Map[float64]{times(2)}, Solve: times(0.5)},
	}, 0, func(x, y float64) float64 { return x + y }, func(x, y float64) float64 { return x - y })
	see := func(level int, leg Point, s State[float64]) { fmt.Println(level, leg, s.U, s.R) }
	Run(Watch[State[float64]](m, see), Cycle{Pre: []int{1}, Gamma: 1}, State[float64]{R: 6})
	// Output:
	// 0 down 1.5 3
	// 1 start 0 3
	// 1 bottom 1.5 3
	// 0 up 3 0
}
