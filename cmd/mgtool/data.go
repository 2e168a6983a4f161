package main

// mgtool data list, get and verify; make is in datamake.go.

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"mgtool/tool"
	"mgtool/vision"
)

func (a *app) data() *cobra.Command {
	c := &cobra.Command{
		Use:   "data",
		Short: "List, fetch, verify and make data sets",
		RunE: func(*cobra.Command, []string) error {
			return tool.Usagef("want mgtool data list, get NAME, verify NAME or make NAME")
		},
	}
	var dir string
	list := &cobra.Command{Use: "list", Short: "List the data sets", Args: noArgs, RunE: func(*cobra.Command, []string) error { return a.listData() }}
	get := &cobra.Command{
		Use: "get NAME", Short: "Fetch a data set from its official address and verify checksums; resumes where it stopped",
		Args: oneSet, RunE: func(c *cobra.Command, args []string) error {
			return a.getData(c.Context(), tool.Data{Name: args[0], Dir: dir})
		},
	}
	verify := &cobra.Command{
		Use: "verify NAME|FOLDER", Short: "Compare the files of a data set with the official ones, or decode all pictures of a folder of class folders",
		Args: cobra.ArbitraryArgs, RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && (tool.Data{Name: args[0]}).IsFolder() && !c.Flags().Changed("data-dir") {
				return a.verifyFolder(c.Context(), args[0])
			}
			if err := oneSet(c, args); err != nil {
				return err
			}
			return a.verifyData(tool.Data{Name: args[0], Dir: dir})
		},
	}
	for _, s := range []*cobra.Command{get, verify} {
		s.Flags().StringVar(&dir, "data-dir", "", "folder of the files; default data/NAME")
	}
	c.AddCommand(list, get, verify, a.makeData())
	return c
}

// oneSet requires the name of a data set with official files.
func oneSet(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return tool.Usagef("want one name of a data set; see mgtool data list")
	}
	return tool.Data{Name: args[0]}.CheckFetched()
}

func (a *app) listData() error {
	sets, err := tool.DataSets()
	if err != nil {
		return err
	}
	if a.json {
		return printJSON(map[string]any{"data": sets})
	}
	rows := [][]any{{"name", "images", "classes", "download", "licence"}}
	for _, s := range sets {
		size := "embedded"
		if s.Bytes > 0 {
			size = fmt.Sprintf("%.1f MB", float64(s.Bytes)/1e6)
		}
		rows = append(rows, []any{s.Name, s.Images, s.Classes, size, s.Licence})
	}
	printTable(rows...)
	return nil
}

func (a *app) getData(ctx context.Context, d tool.Data) error {
	if err := vision.Download(ctx, d.Name, d.Files(), downloadBar()); err != nil {
		return err
	}
	return a.verifyData(d)
}

func (a *app) verifyData(d tool.Data) error {
	check, err := d.Verify()
	if err != nil {
		return err
	}
	if a.json {
		if err := printJSON(map[string]any{"data": check.Name, "dir": check.Dir, "ok": check.Bad == 0, "files": check.Files, "well_formed": check.WellFormed}); err != nil {
			return err
		}
		return check.Err()
	}
	for _, f := range check.Files {
		fmt.Println(printable(f.Detail))
	}
	return check.Err()
}

// verifyFolder prints which pictures of a folder of class folders cannot be decoded.
func (a *app) verifyFolder(ctx context.Context, dir string) error {
	r := reporter
	if a.json { // the object says it all
		r = tool.Reporter{}
	}
	check, err := tool.VerifyFolder(ctx, dir, r)
	if err != nil {
		return err
	}
	list := check.Listing
	if a.json {
		err := printJSON(map[string]any{
			"data": dir, "classes": list.Classes, "train": list.Train, "test": list.Test, "ok": check.Err() == nil,
			"damaged": check.Damaged, "left_out": append([]string{}, list.Others...),
		})
		if err != nil {
			return err
		}
		return check.Err()
	}
	for _, d := range check.Damaged {
		fmt.Println(printable(d))
	}
	fmt.Println(list)
	return check.Err()
}
