package main

// mgtool data make darcy, navier-stokes and helmholtz.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/field"
	"mgtool/tool"
)

// makeFields are the verbs that make pairs of fields a and u, one for each equation.
func (a *app) makeFields() (verbs []*cobra.Command) {
	for _, kind := range field.Kinds() {
		verbs = append(verbs, a.makeKind(kind))
	}
	return verbs
}

// equations are their names for people.
var equations = map[string]string{
	"darcy": "Darcy equation", "navier-stokes": "Navier–Stokes equations", "helmholtz": "Helmholtz equation",
}

// fieldsText says what the equations are, by their names.
var fieldsText = map[string]string{
	"darcy": `-div(a grad u) = f in the unit square, u = 0 on its sides; a is 12 or 3, f is 1 or
random.`,
	"navier-stokes": `The vorticity of a flow on a torus: a is the vorticity at the times 1 to K of --before, u
that at the times after them.`,
	"helmholtz": `-Δu - (ω/c)² u = 0 in a box with a flux through part of a side; a is c. There is no
damping: near a resonance of the box u is large, and samples there are not left out. Waves are
right to the sixth order in the width of the grid where c is constant.`,
}

// makeKind is the verb of one equation, with the flags that it uses.
func (a *app) makeKind(kind string) *cobra.Command {
	usual, err := field.Usual(kind)
	if err != nil {
		panic(err) // a name it knows
	}
	m := tool.MakeFields{Recipe: usual}
	c := &cobra.Command{
		Use: kind, Short: "Make pairs of fields of the " + equations[kind] + ", for mgtool train fields", Args: noArgs,
		Long: `Make pairs of fields a and u: a random, u the solution of an equation with it.

` + fieldsText[kind] + `

Sample i depends on the seed and i alone, so files made with the same --seed share their
samples, those to test with included: make a file of unseen samples with another --seed.
The file --out, safetensors with the arrays
a and u of shape (samples, height, width, values), holds the recipe; mgtool train
fields learns from it.`,
		Example: "  mgtool data make " + kind + " --count 100 --test 20 --out " + kind + ".safetensors",
		RunE: func(c *cobra.Command, _ []string) error {
			m.Seed = a.seed
			made, err := m.Make(c.Context(), reporter)
			if err != nil {
				return err
			}
			return a.showMade(m, made)
		},
	}
	fl := c.Flags()
	fl.IntVar(&m.N, "n", usual.N, "points along each side where the equation is solved")
	fl.IntVar(&m.Every, "every", usual.Every, "keep every K-th of them along each side")
	fl.IntVar(&m.Count, "count", 1000, "samples to learn from")
	fl.IntVar(&m.Test, "test", 100, "samples to test with, behind them")
	fl.StringVar(&m.Out, "out", "", "file to write, NAME.safetensors")
	fl.Float64Var(&m.Alpha, "alpha", usual.Alpha, "exponent of the covariance (-Δ + τ²)^-α of the random field")
	fl.Float64Var(&m.Tau, "tau", usual.Tau, "τ of it: larger ones make finer fields")
	switch kind {
	case "darcy":
		fl.Float64Var(&m.High, "high", usual.High, "a where the random field is 0 or more")
		fl.StringVar(&m.Source, "source", usual.Source, "random for a random right side f, which is then the second value of a; by default f = 1")
		fl.Float64Var(&m.Low, "low", usual.Low, "a elsewhere")
	case "navier-stokes":
		fl.Float64Var(&m.Viscosity, "viscosity", usual.Viscosity, "ν")
		fl.Float64Var(&m.Step, "step", usual.Step, "time step, 1 divided by a whole number")
		fl.IntVar(&m.Snapshots, "snapshots", usual.Snapshots, "snapshots, 1 apart in time")
		fl.IntVar(&m.Before, "before", usual.Before, "how many of them make a; the others are u")
	case "helmholtz":
		fl.Float64Var(&m.Frequency, "frequency", usual.Frequency, "ω")
		fl.Float64Var(&m.Speed, "speed", usual.Speed, "mean speed of sound")
	}
	return c
}

func (a *app) showMade(m tool.MakeFields, made *tool.MadeFields) error {
	s := made.Set
	if a.json {
		return printJSON(map[string]any{
			"recipe": s.Recipe, "file": m.Out, "height": s.Height, "width": s.Width, "inputs": s.In, "outputs": s.Out, "wall_s": number(made.Took.Seconds()),
		})
	}
	fmt.Printf("%s: %d + %d samples of %s, %d×%d points with %d and %d values, in %.1f s\n", printable(m.Out), s.Count, s.Test, m.Kind, s.Height, s.Width, s.In, s.Out, made.Took.Seconds())
	return nil
}
