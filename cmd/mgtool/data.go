package main

// mgtool data list, get and verify.

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"mgtool/vision"
)

func (a *app) data() *cobra.Command {
	c := &cobra.Command{
		Use:   "data",
		Short: "List, fetch and verify data sets",
		RunE: func(*cobra.Command, []string) error {
			return usagef("want mgtool data list, get NAME or verify NAME")
		},
	}
	var dir string
	list := &cobra.Command{Use: "list", Short: "List the data sets", Args: noArgs, RunE: func(*cobra.Command, []string) error { return a.listData() }}
	get := &cobra.Command{
		Use: "get NAME", Short: "Fetch a data set from its official address, with checksums; goes on where it was stopped",
		Args: oneSet, RunE: func(c *cobra.Command, args []string) error { return a.getData(c, args[0], folder(args[0], dir)) },
	}
	verify := &cobra.Command{
		Use: "verify NAME|FOLDER", Short: "Compare a data set's files with the official ones, or decode all pictures of a folder of class folders",
		Args: cobra.ArbitraryArgs, RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && isFolder(args[0]) && !c.Flags().Changed("data-dir") {
				return a.verifyFolder(c.Context(), args[0])
			}
			if err := oneSet(c, args); err != nil {
				return err
			}
			return a.verifyData(args[0], folder(args[0], dir))
		},
	}
	for _, s := range []*cobra.Command{get, verify} {
		s.Flags().StringVar(&dir, "data-dir", "", "folder of the files; data/NAME if not given")
	}
	c.AddCommand(list, get, verify)
	return c
}

// oneSet wants the name of a data set that has official files.
func oneSet(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("want one name of a data set; see mgtool data list")
	}
	sources, err := vision.OfficialFiles(args[0])
	if err != nil && isFolder(args[0]) {
		return usagef("%s is a folder; only the sets of mgtool data list are fetched", args[0])
	}
	if err == nil && len(sources) == 0 {
		err = fmt.Errorf("%s is part of mgtool and has no files", args[0])
	}
	return usage(err)
}

func (a *app) listData() error {
	type set struct {
		Name     string `json:"name"`
		Images   string `json:"images"`
		Classes  int    `json:"classes"`
		Bytes    int64  `json:"download_bytes"`
		Licence  string `json:"licence"`
		Citation string `json:"citation"`
	}
	var sets []set
	rows := [][]any{{"name", "images", "classes", "download", "licence"}}
	for _, name := range vision.Names() {
		about, err := vision.Describe(name)
		if err != nil {
			return err
		}
		sources, err := vision.OfficialFiles(name)
		if err != nil {
			return err
		}
		s := set{Name: name, Images: fmt.Sprintf("%d×%d×%d", about.Height, about.Width, about.Channels), Classes: len(about.Classes), Licence: "MIT"}
		for _, src := range sources {
			s.Bytes += src.Size
			s.Licence, s.Citation = src.Licence, src.Citation
		}
		size := "embedded"
		if s.Bytes > 0 {
			size = fmt.Sprintf("%.1f MB", float64(s.Bytes)/1e6)
		}
		sets = append(sets, s)
		rows = append(rows, []any{s.Name, s.Images, s.Classes, size, s.Licence})
	}
	if a.json {
		return object(map[string]any{"data": sets})
	}
	grid(rows...)
	return nil
}

func (a *app) getData(c *cobra.Command, name, dir string) error {
	var bar *progressbar.ProgressBar
	current := ""
	progress := func(file string, done, total int64) {
		if !interactive() {
			return
		}
		if file != current {
			bar, current = progressbar.DefaultBytes(total, file), file
		}
		bar.Set64(done)
	}
	if err := vision.Download(c.Context(), name, dir, progress); err != nil {
		return err
	}
	return a.verifyData(name, dir)
}

func (a *app) verifyData(name, dir string) error {
	files, err := vision.Verify(name, dir)
	if err != nil {
		return err
	}
	type status struct {
		File   string `json:"file"`
		State  string `json:"state"`
		Detail string `json:"detail"`
	}
	var list []status
	bad := 0
	missing := false
	for _, f := range files {
		missing = missing || f.State == vision.Missing
		list = append(list, status{f.Want.Name, string(f.State), f.String()})
		if f.State != vision.OK {
			bad++
		}
	}
	formed := ""
	if bad > 0 {
		formed = wellFormed(name, dir)
	}
	if a.json {
		if err := object(map[string]any{"data": name, "dir": dir, "ok": bad == 0, "files": list, "well_formed": formed}); err != nil {
			return err
		}
	} else {
		for _, f := range list {
			fmt.Println(printable(f.Detail))
		}
	}
	if bad > 0 && formed != "" {
		return fmt.Errorf("%d of %d files of %s in %s are not the official ones, but well-formed: %s", bad, len(files), name, dir, formed)
	}
	if _, err := vision.LoadTest(name, dir); missing && err != nil { // which may know what is there instead
		return fmt.Errorf("%d of %d files of %s in %s are not the official ones: %w", bad, len(files), name, dir, err)
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d files of %s in %s are not the official ones", bad, len(files), name, dir)
	}
	return nil
}

// wellFormed says how many records the files of a data set hold, the classes' smallest and
// largest share of them, where they can be read as mgtool train reads them; else it is
// empty.
func wellFormed(name, dir string) string {
	train, test, err := vision.Load(name, dir)
	if err != nil {
		return ""
	}
	per := func(d *vision.Dataset) string {
		count := make([]int, len(d.Classes))
		for _, l := range d.Labels {
			count[l]++
		}
		least, most := slices.Min(count), slices.Max(count)
		if least == most {
			return grouped(least)
		}
		return grouped(least) + " to " + grouped(most)
	}
	return fmt.Sprintf("%s + %s records, %s + %s a class", grouped(train.Len()), grouped(test.Len()), per(train), per(test))
}

// grouped writes a number with commas.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for k := len(text) - 3; k > 0; k -= 3 {
		text = text[:k] + "," + text[k:]
	}
	return text
}
