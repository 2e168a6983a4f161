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

// Options are those of a training; fields of 0 have defaults.
type Options struct {
	Seed   uint64
	Steps  int // of the optimiser
	Batch  int // problems a step
	Hidden int // width of the two hidden layers
	Rate   float64
	// Progress, if not nil, gets after each step how many decimal digits a cycle takes off the error,
	// the mean over the problems of the step: of levels and of fixed stencils by two-grid analysis,
	// −log₁₀ ρ of a smooth maximum over all waves, of smoothers of every point −log₁₀ of the factor
	// in the energy norm of V-cycles on small grids, of influence −log₁₀ λ of two grids.
	Progress func(step, steps int, digits float64)
}

// check accepts what a training can be done with, after [Options.or].
func (o Options) check() error {
	switch {
	case o.Steps < 1 || o.Steps > 1_000_000:
		return fmt.Errorf("meta: %d steps; want 1 to 1000000", o.Steps)
	case o.Batch < 1 || o.Batch > 1024:
		return fmt.Errorf("meta: a batch of %d; want 1 to 1024", o.Batch)
	case o.Hidden < 1 || o.Hidden > 64:
		return fmt.Errorf("meta: hidden layers of %d; want 1 to 64", o.Hidden)
	case !(o.Rate > 0 && o.Rate <= 1):
		return fmt.Errorf("meta: a rate of %g; want more than 0 and at most 1", o.Rate)
	}
	return nil
}

func (o Options) or(steps, batch, hidden int, rate float64) Options {
	if o.Steps == 0 {
		o.Steps = steps
	}
	if o.Batch == 0 {
		o.Batch = batch
	}
	if o.Hidden == 0 {
		o.Hidden = hidden
	}
	if o.Rate == 0 {
		o.Rate = rate
	}
	return o
}

// annealed is the rate at a step: it falls along a half cosine, to a hundredth.
func annealed(rate float64, step, steps int) float64 {
	part := float64(step) / float64(steps)
	return rate * (.01 + .99*(1+math.Cos(math.Pi*part))/2)
}

// digitsOf are the decimal digits a cycle that log (−1/log ρ), the logarithm of the cycles that a
// reduction by e takes, stands for.
func digitsOf(logCycles float64) float64 { return math.Exp(-logCycles) / math.Ln10 }

// lesson is what a problem of a step teaches.
type lesson struct{ loss, digits float64 }

// fit takes o.Steps steps over the mean of o.Batch problems each: draw makes a problem, one after
// the other; teach, on all cores, has its loss, and adds the gradient of so many weights; update
// takes a step along the mean. When ctx ends fit returns early.
func fit[T any](ctx context.Context, random *rand.Rand, o Options, weights int, draw func(random *rand.Rand) (T, error), teach func(problem T, gradient []float64) (lesson, error), update func(gradient []float64, rate float64)) error {
	type result struct {
		problem  T
		lesson   lesson
		gradient []float64
		err      error
	}
	results, total := make([]result, o.Batch), make([]float64, weights)
	for i := range results {
		results[i].gradient = make([]float64, weights)
	}
	for step := range o.Steps {
		for i := range results {
			r := &results[i]
			if r.problem, r.err = draw(random); r.err != nil {
				return r.err
			}
			clear(r.gradient)
		}
		parallel.Each(len(results), func(_, i int) {
			r := &results[i]
			r.lesson, r.err = teach(r.problem, r.gradient)
		})
		clear(total)
		var mean lesson
		var errs []error
		for i := range results {
			errs = append(errs, results[i].err)
			mean.loss += results[i].lesson.loss / float64(o.Batch)
			mean.digits += results[i].lesson.digits / float64(o.Batch)
			for k, g := range results[i].gradient {
				total[k] += g / float64(o.Batch)
			}
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
		if math.IsNaN(mean.loss) || math.IsInf(mean.loss, 0) {
			return fmt.Errorf("meta: the loss is %g after %d steps; want a smaller rate than %g", mean.loss, step, o.Rate)
		}
		update(total, annealed(o.Rate, step, o.Steps))
		if o.Progress != nil {
			o.Progress(step+1, o.Steps, mean.digits)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil
}

// seeded is a problem that is drawn by a source of random numbers of its own, on all cores.
func seeded(random *rand.Rand) ([2]uint64, error) {
	return [2]uint64{random.Uint64(), random.Uint64()}, nil
}
