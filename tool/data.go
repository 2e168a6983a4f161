package tool

// The images that a model is trained and tested on: of a data set known by name, or
// of a folder of class folders.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// Data names a data set.
type Data struct {
	Name   string        // see [vision.Names], or a folder of class folders
	Dir    string        // folder of the files of a known set; data/NAME if empty
	Folder vision.Folder // how a folder of class folders is read
}

// DefaultData is the built-in data set.
func DefaultData() Data { return Data{Name: "sample", Folder: vision.DefaultFolder()} }

// Known reports whether the name is that of a data set. It takes precedence over a folder
// of the same name; ./NAME means the folder.
func (d Data) Known() bool {
	_, err := vision.Describe(d.Name)
	return err == nil
}

// IsFolder reports whether the name is that of a folder and not of a data set.
func (d Data) IsFolder() bool { return !d.Known() && isDir(d.Name) }

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Files is the folder with the files of a known data set, as an absolute path, so that a
// run can be resumed from anywhere. It is empty for the built-in set.
func (d Data) Files() string {
	if d.Name == "sample" {
		return ""
	}
	dir := d.Dir
	if dir == "" {
		dir = filepath.Join("data", strings.TrimSuffix(d.Name, "-coarse")) // other labels of the same files
	}
	return absolute(dir)
}

func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

// checkDir refuses a folder for the built-in data set, which would ignore it.
func (d Data) checkDir() error {
	if d.Name == "sample" && d.Dir != "" {
		return Usagef("--data-dir %s: the data set sample is built in; to use a folder of class folders, give it to --data", d.Dir)
	}
	return nil
}

// Run starts the description of a run with its data. It lists the classes of a folder and
// reports them.
func (d Data) Run(ctx context.Context, r Reporter) (runs.Run, error) {
	if !d.IsFolder() {
		if _, err := vision.Describe(d.Name); err != nil {
			if _, is := os.Stat(d.Name); is == nil {
				return runs.Run{}, Usagef("--data %s is a file; want the name of a data set (%s) or a folder of class folders", d.Name, strings.Join(vision.Names(), ", "))
			}
			return runs.Run{}, Usagef("%w; or give a folder of class folders", err)
		}
		return runs.Run{Data: d.Name, DataDir: d.Files()}, d.checkDir()
	}
	if d.Dir != "" {
		return runs.Run{}, Usagef("--data-dir %s is for named data sets; --data %s is a folder itself", d.Dir, d.Name)
	}
	set := d.Folder
	if err := set.Validate(); err != nil {
		return runs.Run{}, Usage(err)
	}
	dir := absolute(d.Name)
	list, err := orStop(ctx, func() (*vision.Listing, error) { return set.List(dir) })
	if err != nil {
		return runs.Run{}, err
	}
	r.note("%s: %v", d.Name, list)
	r.listing(d.Name, list)
	set.Classes = list.Classes
	return runs.Run{Data: filepath.Base(dir), DataDir: dir, Folder: &set}, nil
}

// listing notes which files of a folder are skipped and which classes have no test image.
func (r Reporter) listing(data string, list *vision.Listing) {
	if n := len(list.Others); n > 0 {
		r.note("%s: skipped files that are not pictures: %s", data, few(n, list.Others))
	}
	if n := len(list.Untested); n > 0 {
		r.note("%s: classes without a test image: %s", data, few(n, list.Untested))
	}
}

// skipped notes the pictures that could not be decoded and were skipped.
func (r Reporter) skipped(d *vision.Dataset) {
	for _, why := range d.Skipped {
		r.note("skipped: %v", why)
	}
}

// few is the number of names and the first few of them.
func few(n int, names []string) string {
	const most = 3
	if n <= most {
		return fmt.Sprintf("%d (%s)", n, strings.Join(names, ", "))
	}
	return fmt.Sprintf("%d (%s, …)", n, strings.Join(names[:most], ", "))
}

// damaged adds a remedy to an error about pictures that cannot be decoded.
func damaged(err error, remedy string) error {
	e := (*vision.DamagedError)(nil)
	if !errors.As(err, &e) {
		return err
	}
	if len(e.Damaged) == e.Files { // none would be left
		remedy = ""
	}
	return fmt.Errorf("%d of the %d pictures of %s cannot be decoded%s; the first: %w", len(e.Damaged), e.Files, e.Dir, remedy, e.Damaged[0])
}

// LoadRun loads the images of a run. For a folder it records the moments in the run, for
// later evaluations and predictions, and reports the files that were skipped.
func LoadRun(ctx context.Context, run *runs.Run, r Reporter) (train, test *vision.Dataset, err error) {
	parts, err := orStop(ctx, func() ([2]*vision.Dataset, error) {
		train, test, err := run.Load()
		return [2]*vision.Dataset{train, test}, err
	})
	train, test = parts[0], parts[1]
	if err != nil || run.Folder == nil {
		return train, test, damaged(err, ", which --damaged skip leaves out")
	}
	run.Folder.Mean, run.Folder.Std = train.Mean, train.Std
	r.skipped(train)
	r.skipped(test)
	if kept, all := train.Kept()+test.Kept(), train.Len()+test.Len(); kept < all {
		r.note("%s: memory for %d of %d decoded images; the others are decoded in every epoch", run.Data, kept, all)
	}
	return train, test, nil
}

// testImages loads the images that a run is evaluated on. dataDir, if not empty, is where
// the run's data have moved to, or another folder of class folders, of which it takes all
// pictures or the test part, and reports which.
func testImages(ctx context.Context, run *runs.Run, dataDir string, r Reporter) (*vision.Dataset, error) {
	if dataDir != "" && run.Folder != nil && !sameFolder(dataDir, run.DataDir) {
		var own bool
		d, err := orStop(ctx, func() (d *vision.Dataset, err error) {
			d, own, err = run.Folder.LoadOther(dataDir)
			return d, err
		})
		if err != nil {
			return nil, damaged(err, "")
		}
		if !own {
			run.Data, run.DataDir, run.HoldOut = filepath.Base(absolute(dataDir)), dataDir, 0
			r.note("%s: not the run's own pictures: all %d are test images", dataDir, d.Len())
			r.skipped(d)
			return d, nil
		}
	}
	if run.Folder == nil {
		if err := (Data{Name: run.Data, Dir: dataDir}).checkDir(); err != nil {
			return nil, err
		}
	}
	if dataDir != "" {
		run.DataDir = dataDir
	}
	d, err := orStop(ctx, run.LoadTest)
	if err != nil {
		return nil, damaged(err, "")
	}
	r.skipped(d)
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
