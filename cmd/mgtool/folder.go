package main

// The flags that choose a data set: a known one by its name, or a folder of class folders.

import (
	"github.com/spf13/cobra"

	"mgtool/tool"
)

// dataFlags choose a data set.
type dataFlags struct {
	tool.Data
	grey bool
}

// folderFlagNames are flags that have no meaning for named data sets.
var folderFlagNames = []string{"size", "grey", "damaged", "test-share", "split-seed"}

// addFolder adds the flags that say how a folder of class folders is read.
func (d *dataFlags) addFolder(c *cobra.Command) {
	f := &d.Folder
	*f = tool.DefaultData().Folder
	fl := c.Flags()
	fl.IntVar(&f.Size, "size", f.Size, "pictures of a folder: scale and crop to this many pixels a side")
	fl.BoolVar(&d.grey, "grey", false, "pictures of a folder: convert to greyscale")
	fl.StringVar(&f.Damaged, "damaged", f.Damaged, "pictures of a folder that cannot be decoded: refuse or skip")
	fl.Float64Var(&f.TestShare, "test-share", f.TestShare, "folder without train and test (or val): share of each class that is held out for testing")
	fl.Uint64Var(&f.SplitSeed, "split-seed", f.SplitSeed, "folder without train and test (or val): seed of the random split")
}

// choice is the data set that the flags choose.
func (d *dataFlags) choice(c *cobra.Command) (tool.Data, error) {
	if d.Known() {
		if name := changed(c, folderFlagNames); name != "" {
			return d.Data, tool.Usagef("--%s is for a folder of class folders; the images of %s have a fixed form", name, d.Name)
		}
	}
	if d.grey {
		d.Folder.Channels = 1
	}
	return d.Data, nil
}

// changed is the first of the flags that the user has set.
func changed(c *cobra.Command, names []string) string {
	for _, name := range names {
		if c.Flags().Changed(name) {
			return name
		}
	}
	return ""
}
