package main

// Folders: of the files of a data set, and of class folders as a data set.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mgtool/internal/parallel"
	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// folderFlags say how a folder of class folders is read.
type folderFlags struct {
	set  vision.Folder
	grey bool
}

// folderFlagNames are flags that mean nothing for the data sets known by name.
var folderFlagNames = []string{"size", "grey", "damaged", "test-share", "split-seed"}

func (f *folderFlags) add(c *cobra.Command) {
	f.set = vision.DefaultFolder()
	fl := c.Flags()
	fl.IntVar(&f.set.Size, "size", f.set.Size, "of a folder's pictures: side to which they are scaled and cut, in pixels")
	fl.BoolVar(&f.grey, "grey", false, "of a folder's pictures: read them in grey")
	fl.StringVar(&f.set.Damaged, "damaged", f.set.Damaged, "of a folder's files that cannot be decoded: refuse or skip")
	fl.Float64Var(&f.set.TestShare, "test-share", f.set.TestShare, "of a folder without train and test or val: share of each class that is kept for testing")
	fl.Uint64Var(&f.set.SplitSeed, "split-seed", f.set.SplitSeed, "of a folder without train and test or val: seed of the draw")
}

// run begins the description of a run with its data: a known name, or else a
// folder, whose classes are then listed and stated.
func (f *folderFlags) run(c *cobra.Command, data, dataDir string) (runs.Run, error) {
	if !isFolder(data) {
		if _, err := vision.Describe(data); err != nil {
			if _, is := os.Stat(data); is == nil {
				return runs.Run{}, usagef("--data %s is a file; want the name of a data set (%s) or a folder of class folders", data, strings.Join(vision.Names(), ", "))
			}
			return runs.Run{}, usagef("%w; or give a folder of class folders", err)
		}
		for _, name := range folderFlagNames {
			if c.Flags().Changed(name) {
				return runs.Run{}, usagef("--%s is for a folder of class folders; %s has a form of its own", name, data)
			}
		}
		return runs.Run{Data: data, DataDir: folder(data, dataDir)}, checkDataDir(data, dataDir)
	}
	if c.Flags().Changed("data-dir") {
		return runs.Run{}, usagef("--data-dir %s is for the data sets known by name; --data %s is a folder itself", dataDir, data)
	}
	set := f.set
	if f.grey {
		set.Channels = 1
	}
	if err := set.Validate(); err != nil {
		return runs.Run{}, usage(err)
	}
	dir := absolute(data)
	list, err := orStop(c.Context(), func() (*vision.Listing, error) { return set.List(dir) })
	if err != nil {
		return runs.Run{}, err
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", printable(data), list)
	stateListing(data, list)
	set.Classes = list.Classes
	return runs.Run{Data: filepath.Base(dir), DataDir: dir, Folder: &set}, nil
}

// loadRun loads a run's images, unless ctx is cancelled. Of a folder it notes the
// moments in the run, for evaluations and predictions to come, and names the files
// that were skipped.
func loadRun(ctx context.Context, r *runs.Run) (train, test *vision.Dataset, err error) {
	parts, err := orStop(ctx, func() ([2]*vision.Dataset, error) {
		train, test, err := r.Load()
		return [2]*vision.Dataset{train, test}, err
	})
	train, test = parts[0], parts[1]
	if err != nil || r.Folder == nil {
		return train, test, stateDamaged(err, ", which --damaged skip leaves out")
	}
	r.Folder.Mean, r.Folder.Std = train.Mean, train.Std
	stateSkipped(train)
	stateSkipped(test)
	return train, test, nil
}

// stateSkipped names the pictures that could not be decoded and were left out.
func stateSkipped(d *vision.Dataset) {
	for _, why := range d.Skipped {
		fmt.Fprintln(os.Stderr, "skipped:", printable(why.Error()))
	}
}

// stateDamaged adds to an error about pictures that cannot be decoded what the user can
// do with this command.
func stateDamaged(err error, remedy string) error {
	e := (*vision.DamagedError)(nil)
	if !errors.As(err, &e) {
		return err
	}
	if len(e.Damaged) == e.Files { // of which nothing would be left
		remedy = ""
	}
	return fmt.Errorf("%d of the %d pictures of %s cannot be decoded%s; the first: %w", len(e.Damaged), e.Files, e.Dir, remedy, e.Damaged[0])
}

// stateListing prints which files of a folder are skipped and which classes are not tested.
func stateListing(data string, list *vision.Listing) {
	if n := len(list.Others); n > 0 {
		fmt.Fprintf(os.Stderr, "%s: left out files that are not pictures: %s\n", printable(data), printable(few(n, list.Others)))
	}
	if n := len(list.Untested); n > 0 {
		fmt.Fprintf(os.Stderr, "%s: classes without a test image: %s\n", printable(data), printable(few(n, list.Untested)))
	}
}

// few counts names and gives the first of them.
func few(n int, names []string) string {
	const most = 3
	if n <= most {
		return fmt.Sprintf("%d (%s)", n, strings.Join(names, ", "))
	}
	return fmt.Sprintf("%d (%s, …)", n, strings.Join(names[:most], ", "))
}

// testImages loads the images that a run is evaluated on. dataDir, if not empty, is where
// the run's data have moved to, or another folder of class folders; of that it takes all
// pictures, or the part for testing, and says so.
func testImages(ctx context.Context, r *runs.Run, dataDir string) (*vision.Dataset, error) {
	if dataDir != "" && r.Folder != nil && !sameFolder(dataDir, r.DataDir) {
		var own bool
		d, err := orStop(ctx, func() (d *vision.Dataset, err error) {
			d, own, err = r.Folder.LoadOther(dataDir)
			return d, err
		})
		if err != nil {
			return nil, stateDamaged(err, "")
		}
		if !own {
			r.Data, r.DataDir, r.HoldOut = filepath.Base(absolute(dataDir)), dataDir, 0
			fmt.Fprintf(os.Stderr, "%s: other pictures than the run's: all %d are test images\n", printable(dataDir), d.Len())
			stateSkipped(d)
			return d, nil
		}
	}
	if r.Folder == nil {
		if err := checkDataDir(r.Data, dataDir); err != nil {
			return nil, err
		}
	}
	if dataDir != "" {
		r.DataDir = dataDir
	}
	d, err := orStop(ctx, r.LoadTest)
	if err != nil {
		return nil, stateDamaged(err, "")
	}
	stateSkipped(d)
	return d, nil
}

func sameFolder(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// orStop does work that knows no context, such as to read many files, and gives it up
// when ctx is cancelled: it then runs on, unheeded, until the program ends.
func orStop[T any](ctx context.Context, work func() (T, error)) (result T, err error) {
	var got T
	finished, err := parallel.Await(ctx, 0, func() (err error) { got, err = work(); return err })
	if !finished {
		return result, err
	}
	return got, err
}

// verifyFolder decodes every picture of a folder of class folders and tells
// those that cannot be.
func (a *app) verifyFolder(ctx context.Context, data string) error {
	set := vision.DefaultFolder()
	set.Size, set.Damaged = 8, "refuse"
	list, err := orStop(ctx, func() (*vision.Listing, error) { return set.List(data) })
	if err != nil {
		return err
	}
	detail := []string{}
	_, err = orStop(ctx, func() (*vision.Dataset, error) {
		train, _, err := set.Load(data)
		return train, err
	})
	if damaged := (*vision.DamagedError)(nil); errors.As(err, &damaged) {
		for _, why := range damaged.Damaged {
			detail = append(detail, why.Error())
		}
	} else if err != nil {
		return err
	}
	others := list.Others
	if others == nil {
		others = []string{}
	}
	if a.json {
		err = object(map[string]any{"data": data, "classes": list.Classes, "train": list.Train, "test": list.Test, "ok": len(detail) == 0, "damaged": detail, "left_out": others})
		if err != nil {
			return err
		}
	} else {
		for _, d := range detail {
			fmt.Println(printable(d))
		}
		fmt.Println(list)
		stateListing(data, list)
	}
	if n := len(detail); n > 0 {
		return fmt.Errorf("%d of %d pictures of %s cannot be decoded", n, list.Train+list.Test, data)
	}
	return nil
}

// isFolder tells a folder from the name of a data set, which goes first: a folder
// of that name is meant by ./NAME.
func isFolder(data string) bool {
	if _, err := vision.Describe(data); err == nil {
		return false
	}
	info, err := os.Stat(data)
	return err == nil && info.IsDir()
}

// checkDataDir refuses --data-dir for the data set that is built in, which would not look
// there.
func checkDataDir(data, dir string) error {
	if data == "sample" && dir != "" {
		return usagef("--data-dir %s: the data set sample is built in and reads no folder; --data takes a folder of class folders", dir)
	}
	return nil
}

// folder is where a data set's files are looked for, from the root, so that a
// run can be resumed from anywhere.
func folder(data, dir string) string {
	if data == "sample" {
		return ""
	}
	if dir == "" {
		dir = filepath.Join("data", strings.TrimSuffix(data, "-coarse")) // other labels of the same files
	}
	return absolute(dir)
}

func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}
