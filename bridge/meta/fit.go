package meta

// The optimiser's loop over batches of problems.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"mgtool/internal/parallel"
)

// fit takes o.Steps steps over the mean of o.Batch problems each: task is the loss of a problem
// drawn by a source of random numbers of its own, and adds its gradient of so many weights; update
// takes a step along the mean. When ctx ends it returns early.
func fit(ctx context.Context, random *rand.Rand, o Options, weights int, task func(random *rand.Rand, gradient []float64) (loss float64, err error), update func(gradient []float64, rate float64)) error {
	type result struct {
		seed     [2]uint64
		loss     float64
		gradient []float64
		err      error
	}
	results := make([]result, o.Batch)
	for step := range o.Steps {
		for i := range results {
			results[i].seed = [2]uint64{random.Uint64(), random.Uint64()}
		}
		parallel.Each(len(results), func(_, i int) {
			r := &results[i]
			r.gradient = make([]float64, weights)
			r.loss, r.err = task(rand.New(rand.NewPCG(r.seed[0], r.seed[1])), r.gradient)
		})
		total, loss := make([]float64, weights), 0.0
		var errs []error
		for i := range results {
			errs = append(errs, results[i].err)
			loss += results[i].loss / float64(o.Batch)
			for k, g := range results[i].gradient {
				total[k] += g / float64(o.Batch)
			}
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return fmt.Errorf("meta: the loss is %g after %d steps; want a smaller rate than %g", loss, step, o.Rate)
		}
		update(total, annealed(o.Rate, step, o.Steps))
		if o.Progress != nil {
			o.Progress(step+1, o.Steps, loss)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil
}
