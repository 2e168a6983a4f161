package main

// mgtool method.

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) method() *cobra.Command {
	c := &cobra.Command{
		Use:   "method",
		Short: "Multigrid methods as files: their operators shown, a classical one to start from",
		Long: `Multigrid methods as files, for mgtool solve --method FILE.

A method is a JSON file of the kernels that smooth, restrict, prolong and stand for A, level by
level, classical or learned. See docs/methods.md for its format.`,
		Args: unknownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.methodShow(), a.methodClassical())
	return c
}

func (a *app) methodShow() *cobra.Command {
	plot := ""
	c := &cobra.Command{
		Use:   "show FILE",
		Short: "Print the operators of a method beside classical ones",
		Long: `Print the stencils of a method level by level, beside weighted Jacobi, full weighting, linear
interpolation and the Galerkin product of these. Coarse operators are made of the operator that
the file names, else of −Δ.

--plot draws them with the absolute values of their Fourier symbols, and what smoothing leaves
of each wave.`,
		Example: `  mgtool method classical --dim 2 --smoother jacobi --out jacobi.json
  mgtool method show jacobi.json --plot jacobi.png`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return tool.Usagef("%d files; want one", len(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := tool.CheckFile("plot", plot, ".png"); err != nil {
				return err
			}
			v, err := tool.ViewMethod(args[0])
			if err != nil {
				return err
			}
			if plot != "" {
				if err := v.WritePNG(plot); err != nil {
					return err
				}
			}
			if a.json {
				return printJSON(v)
			}
			printMethod(v)
			return nil
		},
	}
	c.Flags().StringVar(&plot, "plot", "", "draw stencils and symbols to this file (.png)")
	return c
}

func printMethod(v *tool.MethodView) {
	name := v.Name
	if name == "" {
		name = "method"
	}
	fmt.Printf("%s: %d-D, %s-cycle, %s", name, v.Dim, map[int]string{1: "V", 2: "W"}[v.Gamma], counted(len(v.Levels), "level"))
	if v.Repeat == "cyclic" {
		fmt.Print(", from the first again on deeper grids")
	} else {
		fmt.Print(", the last one on deeper grids too")
	}
	fmt.Printf("\ncoarse operators of %s\n", v.Of)
	if v.Dim > 1 {
		fmt.Println("rows from the largest y to the smallest, the other way round than in the file")
	}
	for _, p := range v.Parts {
		title := fmt.Sprintf("level %d: %s", p.Level, p.What)
		if p.Says != "" {
			title += " (" + p.Says + ")"
		}
		left, right := []string{title}, []string{}
		if k := p.Stencil; k != nil {
			left = append(left, stencilLines(k.Dim, k.Width, k.Weights)...)
			if k := p.Beside; k != nil {
				right = append([]string{"classical: " + p.Classical}, stencilLines(k.Dim, k.Width, k.Weights)...)
			}
		}
		if p.Smoothing != nil {
			left = append(left, fmt.Sprintf("  leaves at most %.4f of waves of high frequency", *p.Smoothing))
			for len(right) < len(left)-1 {
				right = append(right, "")
			}
			right = append(right, fmt.Sprintf("  at most %.4f", *p.ClassicalSmoothing))
		}
		width := 0
		for _, l := range left {
			width = max(width, len([]rune(l)))
		}
		fmt.Println()
		for i := range max(len(left), len(right)) {
			l, r := "", ""
			if i < len(left) {
				l = left[i]
			}
			if i < len(right) {
				r = strings.Repeat(" ", width-len([]rune(l))+4) + right[i]
			}
			fmt.Println(strings.TrimRight(l+r, " "))
		}
	}
}

// stencilLines are the weights of a stencil in rows, y upwards, planes one after the other.
func stencilLines(dim, width int, weights []float64) (lines []string) {
	planes := 1
	if dim == 3 {
		planes = width
	}
	rows := len(weights) / width / planes // of a plane
	for z := range planes {
		if planes > 1 {
			lines = append(lines, fmt.Sprintf("  z = %d", z-width/2))
		}
		for y := rows - 1; y >= 0; y-- {
			line := "  "
			for _, w := range weights[(z*rows+y)*width:][:width] {
				line += fmt.Sprintf("%11.6f", w)
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func (a *app) methodClassical() *cobra.Command {
	m := tool.DefaultClassical()
	c := &cobra.Command{
		Use:   "classical",
		Short: "Write a classical V-cycle as a file to start from",
		Example: `  mgtool method classical --dim 2 --smoother rbsor --out sor.json
  mgtool solve --method sor.json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			of, err := m.Write()
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(map[string]any{"out": m.Out, "name": of.Name, "dim": of.Dim})
			}
			fmt.Printf("%s: %s in dimension %d\n", m.Out, of.Name, of.Dim)
			return nil
		},
	}
	fl := c.Flags()
	fl.SortFlags = false
	fl.IntVar(&m.Dim, "dim", m.Dim, "dimension: 1, 2 or 3")
	fl.StringVar(&m.Smoother, "smoother", m.Smoother, "jacobi, rbgs (red-black Gauss–Seidel), rbsor or chebyshev")
	fl.Float64Var(&m.Omega, "omega", 0, "relaxation weight of jacobi and rbsor; 0 is the default (0.8 and 1.15 in two dimensions)")
	fl.IntVar(&m.Pre, "pre", m.Pre, "smoothing steps before the coarse correction")
	fl.IntVar(&m.Post, "post", m.Post, "smoothing steps after it")
	fl.StringVar(&m.Coarse, "coarse", m.Coarse, "coarse operators: rediscretized or galerkin")
	fl.StringVar(&m.Out, "out", "", "file to write (.json)")
	return c
}
