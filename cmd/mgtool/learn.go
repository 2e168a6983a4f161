package main

// mgtool learn.

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/bridge/specification"
	"mgtool/tool"
)

func (a *app) learn() *cobra.Command {
	l := tool.DefaultLearn()
	var spec specificationFlags
	n := l.N[0]
	c := &cobra.Command{
		Use:   "learn",
		Short: "Learn a multigrid method for an operator or a family of problems",
		Long: `Learn a multigrid method for an operator or a family of problems, for mgtool solve --method.

Learned operators start from classical ones and are trained through the cycle, unrolled, on
--n cells a side. The finest A is the problem and is never learned, so the method solves it
whatever it has learned. What is printed are true asymptotic factors, by power iteration in the
solver, of the classical cycle and of the learned one: on --n cells a side, and on --sizes or,
without, on four times as many, or twice, where that is at most 2^18 unknowns and the problem is
not given by arrays. Ctrl-C saves the best method so far.

The problem is --operator, --family (several times for a method that serves all, or --members
of a random one), or --a, --b and --c; −Δ if nothing is given. What is learned is said by flags
or by a file, --spec; docs/comparing.md has its keys.`,
		Example: `  mgtool learn --out poisson.json
  mgtool learn --operator mine.json --sizes 256,1024 --out mine-learned.json
  mgtool learn --family 'rotated(eps=0.1,theta=30)' --learn B,P --count 2 --out rotated.json
  mgtool learn --family 'lognormal(sigma=1)' --members 8 --loss residual --out lognormal.json
  mgtool learn --family 'checkerboard(contrast=1000)' --members 4 --prolongation blackbox --kind colours --out jumps.json
  mgtool solve --n 1024 --method poisson.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if l.Specification, err = spec.read(cmd.Flags(), l.Specification); err != nil {
				return err
			}
			if l.Training.Loss == tool.LossFourier {
				for _, name := range []string{"optimiser", "rate", "rounds", "steps", "batch", "cycles"} {
					if cmd.Flags().Changed(name) {
						return tool.Usagef("--%s with --loss fourier, which unrolls no cycle and ends by itself; want it without", name)
					}
				}
			}
			if l.Members < 1 {
				return tool.Usagef("--members %d; want 1 or more", l.Members)
			}
			l.N, l.Training.Seed = []int{n}, a.seed
			a.saves.Store(true)
			defer a.saves.Store(false)
			report, err := l.Run(cmd.Context(), reporter)
			status("")
			if report == nil {
				return err
			}
			if !report.Stopped {
				if err != nil {
					return err
				}
				return a.printLearned(l, report)
			}
			kept := "nothing is kept without --out"
			if l.Out != "" {
				kept = l.Out + " has the best method so far"
			}
			return cmp.Or(a.printLearned(l, report), stopped(err, "%s", kept))
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&l.Operator, "operator", "", "operator: a JSON file of a constant stencil, as for mgtool solve")
	f.StringArrayVar(&l.Families, "family", nil, "problem of a family, as in rotated(eps=0.1,theta=30); repeat for a method that serves several")
	f.IntVar(&l.Members, "members", 1, "members of each random family, with successive seeds")
	f.StringVar(&l.A, "a", "", "diffusion: a formula or array, as for mgtool solve")
	f.StringVar(&l.B, "b", "", "convection: a formula or array for each axis")
	f.StringVar(&l.C, "c", "", "reaction: a formula or array")
	f.IntVar(&l.Dim, "dim", 0, "dimension: 1, 2 or 3; default that of the operator or the family, or 2")
	f.IntVar(&n, "n", n, "cells a side in training, best 2^k times a few: where they become odd A is inverted on up to 1024 unknowns")
	f.IntSliceVar(&l.Sizes, "sizes", nil, "further cells a side where factors are measured; default as above")
	spec.add(f)
	f.StringVar(&l.Training.Loss, "loss", l.Training.Loss, "what is lowered: gelfand (the error of hard starts), residual, supervised (the error for solutions of random data), or fourier (the factor by Fourier analysis, for one constant operator)")
	f.StringVar(&l.Training.Optimiser, "optimiser", l.Training.Optimiser, "lbfgs or adam")
	f.Float64Var(&l.Training.Rate, "rate", l.Training.Rate, "rate of adam")
	f.IntVar(&l.Training.Rounds, "rounds", l.Training.Rounds, "rounds of training, each on the starts that the one before leaves")
	f.IntVar(&l.Training.Steps, "steps", l.Training.Steps, "training steps in a round")
	f.IntVar(&l.Training.Batch, "batch", l.Training.Batch, "starts at a time, as many as problems or more")
	f.IntVar(&l.Training.Cycles, "cycles", l.Training.Cycles, "cycles that the loss unrolls")
	f.StringVar(&l.Out, "out", "", "file of the method (.json)")
	return c
}

// specificationFlags say what is learned.
type specificationFlags struct {
	file                                                     string
	learn                                                    string
	anew, apart                                              bool
	share, kind, symmetry, coarse, restriction, prolongation string
	count, width, pre, post, gamma                           int
	names                                                    []string // of the flags that a file replaces
}

func (s *specificationFlags) add(f *pflag.FlagSet) {
	f.StringVar(&s.file, "spec", "", "file of a specification (.json) instead of the flags from --learn to --gamma")
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	own.SortFlags = false
	own.StringVar(&s.learn, "learn", "B", "operators that are learned, of A, B, R and P")
	own.BoolVar(&s.anew, "anew", false, "learn from random values instead of the classical ones")
	own.StringVar(&s.share, "share", "levels", "levels with the same operators: levels (all), cyclic:K, none")
	own.StringVar(&s.kind, "kind", "stencil", "smoother: stencil, jacobi (weights of --count sweeps, a polynomial) or colours (a weight for each)")
	own.IntVar(&s.count, "count", 1, "stencils or sweeps in a smoothing step")
	own.IntVar(&s.width, "width", 3, "width of the smoother's stencils, 3 or 5")
	own.BoolVar(&s.apart, "apart", true, "one smoother before the coarse correction and another after it")
	own.StringVar(&s.symmetry, "symmetry", "operator", "of all kernels: none, point (reflection at the middle), axes (along each axis), full (exchange of axes too), or operator (those that A has)")
	own.StringVar(&s.coarse, "coarse", "galerkin", "coarse A, and what a learned one starts from: galerkin or rediscretized")
	own.StringVar(&s.restriction, "restriction", "transpose", "R if it is not learned: transpose (of P) or full-weighting")
	own.StringVar(&s.prolongation, "prolongation", "linear", "P, and what a learned one starts from: linear; or blackbox, made of the rows of A, for coefficients that jump, and not learned")
	own.IntVar(&s.pre, "pre", 1, "smoothing steps before the coarse correction")
	own.IntVar(&s.post, "post", 1, "smoothing steps after it")
	own.IntVar(&s.gamma, "gamma", 1, "1 is a V-cycle, 2 a W-cycle")
	own.VisitAll(func(flag *pflag.Flag) { s.names = append(s.names, flag.Name) })
	f.AddFlagSet(own)
}

// read makes the specification of the flags or of the file.
func (s *specificationFlags) read(f *pflag.FlagSet, usual specification.Specification) (specification.Specification, error) {
	if s.file != "" {
		for _, name := range s.names {
			if f.Changed(name) {
				return usual, tool.Usagef("--%s with --spec %s; want one of them", name, s.file)
			}
		}
		list, err := specification.Read(s.file, specification.Cycle)
		switch {
		case err != nil:
			return usual, tool.Usagef("--spec: %w", err)
		case len(list) != 1:
			return usual, tool.Usagef("--spec %s has %d specifications; want one", s.file, len(list))
		}
		return list[0], nil
	}
	for _, one := range []struct {
		flag  string
		value int
		want  []int
	}{{"count", s.count, []int{1, 2, 3, 4, 5, 6, 7, 8}}, {"width", s.width, []int{3, 5}}, {"gamma", s.gamma, []int{1, 2}}} {
		if !slices.Contains(one.want, one.value) { // a file may leave them out, which is 0 there
			last := len(one.want) - 1
			text := fmt.Sprintf("%d or %d", one.want[0], one.want[last])
			if last > 1 {
				text = fmt.Sprintf("%d to %d", one.want[0], one.want[last])
			}
			return usual, tool.Usagef("--%s %d; want %s", one.flag, one.value, text)
		}
	}
	learned, err := specification.ParseLearned(s.learn, specification.Cycle.Operators())
	if err != nil {
		return usual, tool.Usage(err)
	}
	if s.pre == 0 && s.post == 0 {
		return usual, tool.Usagef("--pre 0 --post 0; want a smoothing step")
	}
	state := specification.Started
	if s.anew {
		state = specification.Anew
	}
	spec := specification.Specification{Share: s.share, Pre: s.pre, Post: s.post, Gamma: s.gamma, Operators: map[string]specification.Switch{
		"A": {From: s.coarse, Symmetry: s.symmetry},
		"B": {Kind: s.kind, Count: s.count, Width: s.width, Apart: s.apart, Symmetry: s.symmetry},
		"R": {From: s.restriction, Symmetry: s.symmetry},
		"P": {From: s.prolongation, Symmetry: s.symmetry},
	}}
	for _, name := range learned {
		w := spec.Operators[name]
		if w.State = state; name == "R" {
			w.From = "full-weighting"
		}
		spec.Operators[name] = w
	}
	return spec, tool.Usage(spec.Validate(specification.Cycle))
}

func (a *app) printLearned(l tool.Learn, r *tool.LearnedMethod) error {
	if a.json {
		type factor struct {
			N         int    `json:"n"`
			Before    number `json:"before"`
			After     number `json:"after"`
			Cycles    int    `json:"cycles"`
			Converged bool   `json:"converged"`
			TenSweeps number `json:"ten_sweeps"`
		}
		list := []factor{}
		for _, f := range r.Factors {
			list = append(list, factor{f.N, number(f.Before.Factor), number(f.After.Factor), f.After.Cycles, f.After.Converged && f.Before.Converged, number(f.After.TenSweeps)})
		}
		return printJSON(map[string]any{
			"problem": r.Name, "problems": r.Problems, "dim": r.Method.Dim, "parameters": r.Parameters, "loss": l.Training.Loss, "optimiser": l.Training.Optimiser,
			"seed": l.Training.Seed, "training_s": number(r.Seconds), "factors": list, "method": l.Out, "stopped": r.Stopped,
		})
	}
	what := counted(r.Parameters, "value") + " learned"
	if r.Parameters == 0 {
		what = "kernels optimised"
	}
	fmt.Printf("%s: %s in %.1f s", r.Name, what, r.Seconds)
	if r.Problems > 1 {
		fmt.Printf(" for %d problems", r.Problems)
	}
	fmt.Print("\n\n")
	if r.Stopped { // before its factors are measured
		return nil
	}
	table := [][]any{{"cells a side", "factor before", "factor after", "cycles to 1e-8 before", "and after"}}
	for _, f := range r.Factors {
		table = append(table, []any{f.N, cell{"%.4f", f.Before.Factor}, cell{"%.4f", f.After.Factor}, cell{"%.1f", tool.CyclesTo(1e-8, f.Before.Factor)}, cell{"%.1f", tool.CyclesTo(1e-8, f.After.Factor)}})
	}
	printTable(table...)
	fmt.Print("\nbefore: the classical cycle that training starts from, not the fastest one, which mgtool compare speed finds\n")
	if l.Out != "" {
		fmt.Printf("%s: use it with mgtool solve --method, see it with mgtool method show\n", l.Out)
	} else {
		fmt.Println("not saved; --out FILE.json keeps it")
	}
	return nil
}
