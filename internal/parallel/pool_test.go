package parallel

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// withThreads calls f with each of these GOMAXPROCS, which it restores.
func withThreads(t *testing.T, threads []int, f func(t *testing.T, threads int)) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, n := range threads {
		runtime.GOMAXPROCS(n)
		t.Run(fmt.Sprintf("threads=%d", n), func(t *testing.T) { f(t, n) })
	}
}

// Each computes every unit once, and no two at a time with the same worker. The
// thread count goes up and down, so helpers are added and left out.
func TestEach(t *testing.T) {
	withThreads(t, []int{2, 64, 1, 7, 2, 64}, func(t *testing.T, threads int) {
		if Workers() != threads {
			t.Fatalf("Workers() = %d, want %d", Workers(), threads)
		}
		for _, n := range []int{0, 1, 2, 3, 63, 500} {
			seen := make([]atomic.Int32, n)
			taken := make([]atomic.Bool, threads)
			Each(n, func(worker, unit int) {
				if !taken[worker].CompareAndSwap(false, true) {
					t.Errorf("worker %d has two units at a time", worker)
				}
				seen[unit].Add(1)
				if unit%50 == 0 {
					runtime.Gosched()
				}
				taken[worker].Store(false)
			})
			for u := range seen {
				if got := seen[u].Load(); got != 1 {
					t.Fatalf("n %d: unit %d computed %d times, want once", n, u, got)
				}
			}
		}
	})
}

// Helpers take part: units that wait for each other all run at the same time.
// That holds too once the helpers had time to fall asleep.
func TestSeveralAtATime(t *testing.T) {
	withThreads(t, []int{2, 7, 64}, func(t *testing.T, threads int) {
		for round := range 8 {
			if round%4 == 0 {
				time.Sleep(2 * time.Millisecond)
			}
			var here atomic.Int32
			late := time.Now().Add(20 * time.Second)
			Each(threads, func(_, unit int) {
				here.Add(1)
				for here.Load() < int32(threads) {
					if time.Now().After(late) {
						t.Errorf("unit %d: %d of %d units began together", unit, here.Load(), threads)
						return
					}
					runtime.Gosched()
				}
			})
		}
	})
}

// One slow unit does not hold up the others: whoever is free takes them.
func TestBalance(t *testing.T) {
	withThreads(t, []int{2}, func(t *testing.T, threads int) {
		const n = 40
		var rest atomic.Int32
		late := time.Now().Add(20 * time.Second)
		Each(n, func(_, unit int) {
			if unit > 0 {
				rest.Add(1)
				return
			}
			for rest.Load() < n-1 && time.Now().Before(late) {
				runtime.Gosched()
			}
			if got := rest.Load(); got != n-1 {
				t.Errorf("%d of the other %d units were done beside the slow one", got, n-1)
			}
		})
	})
}

// The grain holds for every cut, and with room for it a long range is cut into
// the same number of pieces for every worker.
func TestForCut(t *testing.T) {
	withThreads(t, []int{1, 2, 7, 64}, func(t *testing.T, threads int) {
		for n := range 300 {
			for _, grain := range []int{1, 3, 40} {
				var pieces atomic.Int32
				For(n, grain, func(lo, hi int) {
					pieces.Add(1)
					if hi-lo < min(grain, n) {
						t.Errorf("n %d, grain %d: piece [%d, %d)", n, grain, lo, hi)
					}
				})
				if got := int(pieces.Load()); got > threads && got%threads != 0 {
					t.Errorf("n %d, grain %d: %d pieces for %d workers", n, grain, got, threads)
				}
			}
		}
	})
}

// A loop inside a body stays on the goroutine of the body, as worker 0.
func TestNested(t *testing.T) {
	withThreads(t, []int{1, 2, 7, 64}, func(t *testing.T, threads int) {
		var units, indices, blocks atomic.Int32
		Each(50, func(_, _ int) {
			inner := 0 // without synchronisation: the race detector sees another goroutine
			Each(10, func(worker, _ int) {
				if worker != 0 && threads > 1 {
					t.Errorf("inner loop has worker %d", worker)
				}
				inner++
			})
			units.Add(int32(inner))
			For(10, 1, func(lo, hi int) { indices.Add(int32(hi - lo)) })
			Blocks(10, 3, func(_, lo, hi int) { blocks.Add(int32(hi - lo)) })
		})
		if units.Load() != 500 || indices.Load() != 500 || blocks.Load() != 500 {
			t.Errorf("inner loops computed %d units, %d indices and %d indices in blocks, want 500 of each",
				units.Load(), indices.Load(), blocks.Load())
		}
	})
}

func TestConcurrentCallers(t *testing.T) {
	withThreads(t, []int{1, 2, 7, 64}, func(t *testing.T, threads int) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 200 {
					var sum atomic.Int64
					taken := make([]atomic.Bool, threads)
					Each(30, func(worker, unit int) {
						if !taken[worker].CompareAndSwap(false, true) {
							t.Errorf("worker %d has two units of one call at a time", worker)
						}
						sum.Add(int64(unit))
						taken[worker].Store(false)
					})
					if sum.Load() != 30*29/2 {
						t.Errorf("sum of units %d, want %d", sum.Load(), 30*29/2)
					}
				}
			})
		}
		wg.Wait()
	})
}

// The thread count may change while loops run.
func TestThreadsChange(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			var units atomic.Int32
			Each(100, func(_, _ int) { units.Add(1) })
			if units.Load() != 100 {
				t.Errorf("%d units, want 100", units.Load())
			}
		}
	})
	for i := range 100 {
		runtime.GOMAXPROCS([]int{1, 2, 7, 64}[i%4])
		time.Sleep(100 * time.Microsecond)
	}
	stop.Store(true)
	wg.Wait()
}

// A panic reaches the caller with its value when no body runs any more, and the
// next loop is as good as any.
func TestPanic(t *testing.T) {
	withThreads(t, []int{1, 2, 7, 64}, func(t *testing.T, threads int) {
		failure := errors.New("failure")
		for bad := 0; bad < 40; bad += 3 {
			var active atomic.Int32
			func() {
				defer func() {
					if got := recover(); got != failure {
						t.Errorf("unit %d: recovered %v, want %v", bad, got, failure)
					}
					if n := active.Load(); n != 0 {
						t.Errorf("unit %d: %d bodies still run after the panic", bad, n)
					}
				}()
				Each(40, func(_, unit int) {
					active.Add(1)
					defer active.Add(-1)
					runtime.Gosched()
					if unit == bad {
						panic(failure)
					}
				})
			}()
			var units atomic.Int32
			Each(40, func(_, _ int) { units.Add(1) })
			if units.Load() != 40 {
				t.Errorf("after the panic %d units, want 40", units.Load())
			}
		}
	})
}

// A panic on a helper, and not by chance on the caller, reaches the caller too;
// so does one on both.
func TestPanicOnHelper(t *testing.T) {
	withThreads(t, []int{2}, func(t *testing.T, _ int) {
		for _, both := range []bool{false, true} {
			func() {
				defer func() {
					if got := recover(); got == nil {
						t.Error("the panic of the helper is lost")
					}
				}()
				var began atomic.Int32
				Each(2, func(worker, _ int) {
					for began.Add(1); began.Load() < 2; {
						runtime.Gosched()
					}
					if worker == 1 || both {
						panic("failure")
					}
				})
			}()
		}
		Each(2, func(_, _ int) {}) // no failure is left over
	})
}

// After a panic, of the caller as of a helper, no new unit is begun.
func TestPanicEndsLoop(t *testing.T) {
	withThreads(t, []int{2}, func(t *testing.T, _ int) {
		for bad := range 2 {
			const n = 2000
			var began atomic.Int32
			func() {
				defer func() { _ = recover() }()
				Each(n, func(worker, _ int) {
					for began.Add(1); began.Load() < 2; {
						runtime.Gosched()
					}
					if worker == bad {
						panic("failure")
					}
					time.Sleep(100 * time.Microsecond)
				})
			}()
			if began.Load() == n {
				t.Errorf("worker %d failed at once, but all %d units were computed", bad, n)
			}
		}
	})
}

// A body that ends its goroutine, as t.FailNow does, is reported and does no harm.
func TestGoexit(t *testing.T) {
	withThreads(t, []int{2}, func(t *testing.T, _ int) {
		for range 10 {
			func() {
				defer func() {
					if got := recover(); got == nil || !strings.Contains(fmt.Sprint(got), "Goexit") {
						t.Errorf("recovered %v, want the report of Goexit", got)
					}
				}()
				var began atomic.Int32
				Each(2, func(worker, _ int) {
					for began.Add(1); began.Load() < 2; {
						runtime.Gosched()
					}
					if worker == 1 {
						runtime.Goexit()
					}
				})
			}()
		}
	})
}

// A pool without a loop leaves the cores alone: all helpers come to sleep.
func TestIdleHelpersSleep(t *testing.T) {
	withThreads(t, []int{2, 7}, func(t *testing.T, _ int) {
		Each(100, func(_, _ int) {})
		late := time.Now().Add(20 * time.Second)
		for i, h := range shared.helpers {
			for h.state.Load() != parked {
				if time.Now().After(late) {
					t.Fatalf("helper %d is in state %d, want %d", i, h.state.Load(), parked)
				}
				time.Sleep(time.Millisecond)
			}
		}
	})
}

// A loop allocates nothing once its helpers exist.
func TestNoAllocation(t *testing.T) {
	var sink atomic.Int64
	each := func(_, unit int) { sink.Add(int64(unit)) }
	piece := func(lo, hi int) { sink.Add(int64(hi - lo)) }
	block := func(_, lo, hi int) { sink.Add(int64(hi - lo)) }
	for name, call := range map[string]func(){
		"Each":   func() { Each(64, each) },
		"For":    func() { For(64, 1, piece) },
		"Blocks": func() { Blocks(64, 8, block) },
	} {
		const calls = 100
		allocs := testing.AllocsPerRun(10, func() {
			runtime.GOMAXPROCS(4) // AllocsPerRun sets it to 1
			for range calls {
				call()
			}
		})
		if allocs >= calls/4 { // the runtime may allocate now and then
			t.Errorf("%s: %v allocations in %d calls", name, allocs, calls)
		}
	}
}

// The time of a loop that does nothing and of one of two units of 50 µs, in
// quick succession and after a pause in which the helpers fall asleep.
func BenchmarkEach(b *testing.B) {
	var sink [2 * cacheLine]float64
	compute := func(_, unit int) {
		x := 1.0
		for range 30_000 {
			x = x*1.0000001 + 1e-9
		}
		sink[unit*cacheLine] = x
	}
	for _, body := range []struct {
		name string
		body func(worker, unit int)
	}{{"empty", func(_, _ int) {}}, {"50us", compute}} {
		for _, pause := range []time.Duration{0, time.Millisecond} {
			b.Run(fmt.Sprintf("%s/pause=%v", body.name, pause), func(b *testing.B) {
				b.ReportAllocs()
				var total time.Duration
				for b.Loop() {
					if pause > 0 {
						time.Sleep(pause)
					}
					start := time.Now()
					Each(2, body.body)
					total += time.Since(start)
				}
				b.ReportMetric(float64(total.Nanoseconds())/float64(b.N), "ns/call")
			})
		}
	}
}
