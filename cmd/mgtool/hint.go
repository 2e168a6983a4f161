package main

// Suggestions for mistyped flags and verbs, and values for shell completion.

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/internal/nearest"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
	"mgtool/tensor"
	"mgtool/tool"
	"mgtool/vision"
)

// hint adds the nearest flag of c to the error for an unknown flag.
func hint(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return tool.Usage(err)
	}
	if !c.HasParent() && c.Flags().NArg() > 0 { // the flag is one of a verb that there is not
		return unknownVerb(c, c.Flags().Args())
	}
	name := unknown.GetSpecifiedName()
	if letters := unknown.GetSpecifiedShortnames(); letters != "" { // -channels
		if name = letters; len(name) < 3 {
			return tool.Usage(err)
		}
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, f.Name)
		}
	})
	if near := nearest.Word(name, known); near != "" {
		return tool.Usagef("%w; did you mean --%s?", err, near)
	}
	return tool.Usagef("%w; %s --help lists all flags", err, c.CommandPath())
}

// unknownVerb refuses arguments of the root command, which has only verbs, and suggests
// the nearest verb.
func unknownVerb(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, verb := range root.Commands() {
		if verb.IsAvailableCommand() {
			known = append(known, verb.Name())
		}
	}
	if near := nearest.Word(args[0], known); near != "" && near != args[0] { // as in mgtool -- solve
		return tool.Usagef("unknown command %q; did you mean %s?", args[0], near)
	}
	return tool.Usagef("unknown command %q; mgtool --help lists the commands", args[0])
}

// values lists the words that a flag takes; files says that it also takes files.
func values(c *cobra.Command, flag string) (list []string, files bool) {
	switch flag {
	case "model":
		return modelNames(), false
	case "recipe":
		for _, r := range runs.Recipes() {
			list = append(list, r.Name+"\t"+r.Source)
		}
		return list, true
	case "data":
		return vision.Names(), true
	case "problem":
		for _, p := range tool.Problems() {
			list = append(list, p.Name+"\t"+p.About)
		}
		return list, false
	case "cycle":
		if c.Flags().Lookup("smoothings") != nil { // of a network
			return []string{"down", "v"}, false
		}
		return []string{"v", "w", "f", "fmg"}, false
	case "coarsening":
		list = []string{"auto", "full", "galerkin", "semi", "blackbox"}
		if c.Name() != "lfa" { // which analyses grids
			list = append(list, "aggregation")
		}
		return list, false
	case "krylov":
		return []string{"none", "cg", "fgmres", "bicgstab", "auto"}, false
	case "discretization":
		return []string{"vertex", "cell", "mehrstellen"}, false
	case "method":
		return []string{"auto", "direct"}, false
	case "smoother":
		return []string{"jacobi", "gs", "sgs", "rbgs", "rbsor", "chebyshev", "adaptive", "line", "linex", "liney", "linez", "plane", "planexy", "planexz", "planeyz"}, false
	case "activation":
		return tensor.ActivationNames(), false
	case "checkpoint":
		return []string{"last", "best"}, true
	case "tta":
		return []string{"none", "mirror", "mirror-translate"}, false
	}
	return nil, true
}

// modelNames are the names of the models with their descriptions.
func modelNames() (list []string) {
	for _, m := range mgnet.Catalogue() {
		list = append(list, m.Name+"\t"+m.About)
	}
	return list
}

// complete registers the values of the flags of c and of its verbs for completion.
func complete(c *cobra.Command) {
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		list, files := values(c, f.Name)
		if list == nil {
			return
		}
		directive := cobra.ShellCompDirectiveNoFileComp
		if files {
			directive = cobra.ShellCompDirectiveDefault
		}
		// The only errors are a flag that is not there and one that has values already.
		_ = c.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(list, directive))
	})
	for _, verb := range c.Commands() {
		complete(verb)
	}
}
