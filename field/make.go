package field

// All samples of a recipe, on all cores.

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"mgtool/internal/memory"
	"mgtool/internal/parallel"
)

// Set is the samples of a file: for each a field A of Height×Width points with In values each,
// and a field U with Out values, the last index fastest.
type Set struct {
	Recipe                 *Recipe // nil for data from elsewhere
	Count, Test            int     // to learn from, and behind them to test with
	Height, Width, In, Out int
	A, U                   []float32
}

// Len is the number of all samples.
func (s *Set) Len() int { return s.Count + s.Test }

// Make makes the samples of a recipe. Sample i is a function of the seed and i, the same bits on
// any number of threads. report, if not nil, is called from one goroutine at a time with the
// samples done.
func Make(ctx context.Context, r Recipe, report func(done, of int)) (*Set, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	in, out := r.Values()
	side, count := r.Side(), r.Count+r.Test
	s := &Set{Recipe: &r, Count: r.Count, Test: r.Test, Height: side, Width: side, In: in, Out: out}
	points, workers := count*side*side, min(parallel.Workers(), count)
	if err := memory.Check(fmt.Sprintf("%d samples and the work on %d at a time", count, workers), r.bytes(workers)); err != nil {
		return nil, fmt.Errorf("field: %w", err)
	}
	s.A, s.U = make([]float32, points*in), make([]float32, points*out)
	type maker struct {
		worker
		a, u []float64
	}
	makers := make([]*maker, parallel.Workers())
	errs := make([]error, count)
	var failed atomic.Bool
	var reporting sync.Mutex
	done := 0
	parallel.Each(count, func(id, i int) {
		if failed.Load() || ctx.Err() != nil {
			return
		}
		m := makers[id]
		if m == nil {
			w, err := kinds[r.Kind].worker(r)
			if err != nil {
				errs[i] = err
				failed.Store(true)
				return
			}
			m = &maker{w, make([]float64, r.N*r.N*in), make([]float64, r.N*r.N*out)}
			makers[id] = m
		}
		err := m.sample(m.a, m.u, i)
		if err == nil {
			err = keep(s.A[i*side*side*in:(i+1)*side*side*in], m.a, r, in)
		}
		if err == nil {
			err = keep(s.U[i*side*side*out:(i+1)*side*side*out], m.u, r, out)
		}
		if err != nil {
			errs[i] = fmt.Errorf("field: sample %d: %w", i, err)
			failed.Store(true)
			return
		}
		reporting.Lock()
		defer reporting.Unlock()
		if done++; report != nil {
			report(done, count)
		}
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return s, ctx.Err()
}

// bytes is about the memory for the samples and for workers.
func (r Recipe) bytes(workers int) int64 {
	in, out := r.Values()
	kept := 4 * int64(in+out) * int64(r.Count+r.Test) * int64(r.Side()*r.Side())
	return kept + int64(workers)*int64(8*r.N*r.N*(in+out)+kinds[r.Kind].bytes(r))
}

// keep copies every Every-th point along each axis.
func keep(dst []float32, src []float64, r Recipe, values int) error {
	at := 0
	for j := 0; j < r.N; j += r.Every {
		for i := 0; i < r.N; i += r.Every {
			for c := range values {
				v := src[(j*r.N+i)*values+c]
				if math.IsNaN(v) || math.Abs(v) > math.MaxFloat32 {
					return fmt.Errorf("%g at point (%d, %d); want a finite float32: a smaller time step, say", v, i, j)
				}
				dst[at] = float32(v)
				at++
			}
		}
	}
	return nil
}
