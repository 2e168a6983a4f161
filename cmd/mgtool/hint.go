package main

// Help in typing: the flag or verb that a mistyped one was meant for, and the values
// that a shell completes.

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mgtool/internal/nearest"
	"mgtool/mgnet/runs"
	"mgtool/tensor"
	"mgtool/vision"
)

// hint is an error in the flags of c; of an unknown flag it names the nearest that c has.
func hint(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usage(err)
	}
	if !c.HasParent() && c.Flags().NArg() > 0 { // the flag is one of a verb that there is not
		return unknownVerb(c, c.Flags().Args())
	}
	name := unknown.GetSpecifiedName()
	if letters := unknown.GetSpecifiedShortnames(); letters != "" { // -channels
		if name = letters; len(name) < 3 {
			return usage(err)
		}
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, f.Name)
		}
	})
	if near := nearest.Word(name, known); near != "" {
		return usagef("%w; did you mean --%s?", err, near)
	}
	return usagef("%w; %s --help lists all flags", err, c.CommandPath())
}

// unknownVerb refuses arguments of the root command, which has verbs only, and names the
// nearest verb.
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
		return usagef("unknown command %q; did you mean %s?", args[0], near)
	}
	return usagef("unknown command %q; mgtool --help lists the commands", args[0])
}

// values are those of flags that take one of a few words, by the flag's name.
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
		for _, p := range problems() {
			list = append(list, p.Name+"\t"+p.About)
		}
		return list, false
	case "cycle":
		if c.Flags().Lookup("smoothings") != nil { // of a network
			return []string{"down", "v"}, false
		}
		return []string{"v", "w", "f", "fmg"}, false
	case "smoother":
		return []string{"jacobi", "gs", "sgs", "rbgs", "rbsor", "chebyshev"}, false
	case "activation":
		return tensor.ActivationNames(), false
	case "checkpoint":
		return []string{"last", "best"}, true
	case "tta":
		return []string{"none", "mirror", "mirror-translate"}, false
	}
	return nil, true
}

// modelNames are the models with what they are.
func modelNames() (list []string) {
	for _, m := range models {
		list = append(list, m.name+"\t"+m.about)
	}
	return list
}

// complete lets shells complete the values of flags of c and of the verbs below it.
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
