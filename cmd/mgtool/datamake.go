package main

// mgtool data make: data sets that are computed.

import (
	"github.com/spf13/cobra"

	"mgtool/tool"
)

func (a *app) makeData() *cobra.Command {
	c := &cobra.Command{
		Use:   "make",
		Short: "Make a data set by a formula or a solver",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return tool.Usagef("data make %s; see mgtool data make --help for what there is", args[0])
			}
			return tool.Usagef("want the name of a data set; see mgtool data make --help")
		},
	}
	c.AddCommand(a.makePulses(), a.makeShapes())
	c.AddCommand(a.makeFields()...)
	return c
}
