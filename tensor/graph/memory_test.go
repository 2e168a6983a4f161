package graph

import (
	"fmt"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"mgtool/tensor"
)

// No two places that are needed at a time overlap, and a plan is not smaller than
// what is needed at the busiest time, nor larger than all of it together.
func TestArrange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []*place
		for range rapid.IntRange(1, 30).Draw(t, "places") {
			first := rapid.IntRange(0, 20).Draw(t, "first")
			list = append(list, &place{first: first, last: first + rapid.IntRange(0, 8).Draw(t, "time"), size: align * rapid.IntRange(1, 9).Draw(t, "size")})
		}
		total, all := arrange(list), 0
		for now := range 30 {
			needed := 0
			for _, x := range list {
				if x.first <= now && now <= x.last {
					needed += x.size
				}
			}
			if total < needed {
				t.Errorf("%d floats for the %d needed at %d", total, needed, now)
			}
		}
		for i, x := range list {
			all += x.size
			if x.at < 0 || x.at+x.size > total {
				t.Errorf("[%d, %d) is not in the %d floats", x.at, x.at+x.size, total)
			}
			for _, y := range list[:i] {
				if x.first <= y.last && y.first <= x.last && x.at < y.at+y.size && y.at < x.at+x.size {
					t.Errorf("%+v and %+v overlap", *x, *y)
				}
			}
		}
		if total > all {
			t.Errorf("%d floats for %d in all", total, all)
		}
	})
	// A chain, each made of the one before, takes two.
	var chain []*place
	for i := range 10 {
		chain = append(chain, &place{first: i, last: i + 1, size: align})
	}
	if total := arrange(chain); total != 2*align {
		t.Errorf("a chain takes %d floats, want %d", total, 2*align)
	}
}

// small is a network of two smoothing steps on one grid, with its loss.
func small(t *testing.T) *Program {
	t.Helper()
	x, w, a := leaf(1, 4, 8, 8, 8), leaf(2, 3, 3, 8, 8), leaf(3, 3, 3, 8, 8)
	p, err := Build(func(b *Builder) *Node {
		count := 0
		sigma := func(x *Node) *Node {
			count++
			bn, _ := tensor.NewBatchNorm(8)
			return b.ReLU(b.BatchNorm(x, b.Param(fmt.Sprint("γ", count), []int{8}, leaf(5, 8)), b.Param(fmt.Sprint("β", count), []int{8}, leaf(6, 8)), bn, true))
		}
		wn, an := b.Param("w", []int{3, 3, 8, 8}, w), b.Param("a", []int{3, 3, 8, 8}, a)
		r := b.Input("x", []int{4, 8, 8, 8}, x)
		var u *Node
		for range 2 {
			d := sigma(b.Conv(sigma(r), wn, 1, 1))
			u, r = b.Add(u, d), b.Sub(r, b.Conv(d, an, 1, 1))
		}
		return project(b, b.Add(u, r))
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The bytes of an operation count an array once, also where both terms are made of it.
func TestBytesCountOnce(t *testing.T) {
	x := leaf(1, 2, 4, 4, 8)
	p, err := Build(func(b *Builder) *Node {
		n := b.Input("x", []int{2, 4, 4, 8}, x)
		return b.Add(n, n)
	})
	if err != nil {
		t.Fatal(err)
	}
	if o := p.Operations(); len(o) != 1 || o[0].Bytes != int64(2*4*len(x)) {
		t.Errorf("%+v; want one operation that reads x and writes as much", o)
	}
}

// What is left in memory by a run does not show in the next.
func TestRunTwice(t *testing.T) {
	p := small(t)
	var first string
	for k := range 3 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(p.Value(), p.Gradient("w"), p.Gradient("a"), p.Gradient("γ1")); k == 0 {
			first = got
		} else if got != first {
			t.Fatalf("run %d differs from the first", k+1)
		}
	}
}

// A run allocates the closures of its loops, some 10 kB here, and nothing of the
// size of its values, of which each is 8 kB and the program has dozens.
func TestRunAllocatesLittle(t *testing.T) {
	p := small(t)
	for range 3 {
		p.Run()
	}
	const runs = 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		p.Run()
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / runs; each > 32<<10 {
		t.Errorf("a run allocates %d bytes, want at most 32 kB", each)
	}
}
