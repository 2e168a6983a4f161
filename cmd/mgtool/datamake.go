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
		RunE: func(*cobra.Command, []string) error {
			return tool.Usagef("want the name of a data set; see mgtool data make --help")
		},
	}
	c.AddCommand(a.makeShapes())
	return c
}
