package main

// The flags that state a boundary value problem.

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/tool"
)

// statementFlags are those of a problem: all that a problem file can hold.
type statementFlags struct {
	of         *tool.Statement
	file, save string
	set        *pflag.FlagSet
}

// addStatement adds the flags that state a problem; s has what they say once
// [statementFlags.read] has returned.
func addStatement(c *cobra.Command, s *tool.Statement) *statementFlags {
	f := &statementFlags{of: s, set: pflag.NewFlagSet("statement", pflag.ContinueOnError)}
	fl := f.set
	fl.SortFlags = false
	fl.StringVar(&s.Problem, "problem", s.Problem, "problem with a known right side, sine if none is given; see --list")
	fl.StringVar(&s.Family, "family", s.Family, "problem of a family by its parameters, as in rotated(eps=0.01,theta=30); see solve --list-families")
	fl.IntVar(&s.Dim, "dim", s.Dim, "dimension: 1, 2 or 3; default the number of entries of --n or --size, or 2")
	fl.Var(numberList[int]{&s.N, strconv.Atoi}, "n", "cells a side, or cells along each axis, as in 512,64; default 256")
	fl.Var(numberList[float64]{&s.Size, parseFinite}, "size", "lengths of the box, which begins at the origin, as in 2,0.25; default 1")
	fl.StringVar(&s.Coordinates, "coordinates", "", "file of the vertices' coordinates instead of --n and --size: text with a line for each axis, or file.npz with the lists x, y and z")
	fl.StringVar(&s.G, "g", "", "right side g: a formula in x, y and z, or an array (.npy, file.npz:name) with a value for each vertex or cell")
	fl.StringVar(&s.RHS, "rhs", "", "right side g from a file: a NumPy array (- is standard input; with a further leading axis, several right sides), or a picture (PNG, JPEG, GIF, TIFF, WebP, BMP); its EXIF orientation is applied, transparent pixels count as black")
	fl.StringVar(&s.A, "a", "", "diffusion a: a formula or array, one for each axis (a_x,a_y), or in two dimensions a_xx,a_xy,a_yy, on vertices or in cells; default 1")
	fl.StringVar(&s.B, "b", "", "convection b: a formula or array for each axis; default 0")
	fl.StringVar(&s.C, "c", "", "reaction c, 0 or more: a formula or array; default 0")
	fl.StringVar(&s.Operator, "operator", "", "all of the left side instead of --a, --b and --c: a JSON file of a constant stencil of 3^d points, {\"stencil\": [[0,-1,0],[-1,4,-1],[0,-1,0]], \"scale\": \"h^-2\"} (or \"1\")")
	fl.StringVar(&s.Nonlinear, "nonlinear", "", "a further term f(u) on the left side: a formula in u, as in u^3")
	fl.StringVar(&s.Exact, "exact", "", "the solution, for comparison: an array, or a formula, which also gives u on sides without a rule")
	fl.StringVar(&s.Boundary, "boundary", "", "conditions on the sides: x:periodic,y-:neumann=0,y+:dirichlet=sin(pi*x),z:robin=1;0 (side or axis, kind, value; robin=α;g is ∂u/∂n + α u = g); default u = 0")
	fl.StringVar(&s.Mask, "mask", "", "domain within the box: an array or a picture with values above 1/2 inside, for each cell or vertex")
	fl.StringVar(&s.MaskBoundary, "mask-boundary", "", "condition on the edge of the mask: dirichlet, dirichlet=VALUE or neumann (no flux); default dirichlet, u = 0")
	fl.StringVar(&s.Discretization, "discretization", "", "unknowns on vertices or in cells (vertex, cell), of second order, or mehrstellen, of fourth; default vertex")
	fl.StringVar(&s.Convection, "convection", "", "differences of b·∇u: upwind, or central, which needs |b| h ≤ 2a; default upwind")
	fl.StringVar(&s.Average, "average", "", "mean of a on faces: harmonic or arithmetic; default harmonic between cells in a row, arithmetic between cells side by side")
	fl.StringVar(&f.file, "problem-file", "", "read the flags above from a JSON file; those on the command line override it")
	fl.StringVar(&f.save, "save-problem", "", "write the flags above to a JSON file for --problem-file")
	c.Flags().AddFlagSet(fl)
	return f
}

// read completes the statement from its file and checks the place to save it.
func (f *statementFlags) read() error {
	if err := tool.CheckFile("save-problem", f.save, ".json"); err != nil {
		return err
	}
	if f.file == "" {
		return nil
	}
	s, err := tool.ReadStatement(f.file)
	if err != nil {
		return fmt.Errorf("--problem-file: %w", err)
	}
	given := map[string]string{}
	f.set.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed {
			given[flag.Name] = flag.Value.String()
		}
	})
	// A flag also replaces what says the same in another way.
	has := func(name string) bool { _, ok := given[name]; return ok }
	if has("problem") || has("g") || has("rhs") {
		s.Problem, s.G, s.RHS = "", "", ""
	}
	if has("n") || has("size") {
		s.Coordinates = ""
	}
	if has("coordinates") {
		s.N, s.Size = nil, nil
	}
	*f.of = s
	for name, value := range given {
		if err := f.set.Set(name, value); err != nil {
			return tool.Usage(err)
		}
	}
	return nil
}

// write saves the statement if that was asked for.
func (f *statementFlags) write() error {
	if f.save == "" {
		return nil
	}
	return f.of.WriteFile(f.save)
}

// numberList is a flag of numbers with commas between them.
type numberList[T int | float64] struct {
	to    *[]T
	parse func(string) (T, error)
}

func (l numberList[T]) String() string {
	if l.to == nil {
		return ""
	}
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(*l.to), "[]"), " ", ",")
}

func (l numberList[T]) Set(text string) error {
	var list []T
	for _, word := range strings.Split(text, ",") {
		v, err := l.parse(strings.TrimSpace(word))
		if err != nil {
			return fmt.Errorf("%.40q is none of the numbers that it takes, one to three with commas between them", word)
		}
		list = append(list, v)
	}
	if len(list) > 3 {
		return fmt.Errorf("%d numbers; want one to three", len(list))
	}
	*l.to = list
	return nil
}

func (l numberList[T]) Type() string { return "numbers" }

// parseFinite reads a number that is neither infinite nor NaN.
func parseFinite(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && (math.IsInf(v, 0) || math.IsNaN(v)) {
		err = strconv.ErrRange
	}
	return v, err
}
