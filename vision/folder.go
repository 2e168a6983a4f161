package vision

// This file lists a folder of class folders: which picture is of which class,
// and which ones are for testing.

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Folder says how a folder of class folders becomes a data set:
//
//	dir/train/CLASS/…  and  dir/test/CLASS/…  (or dir/val, if there is no test)
//	dir/CLASS/…        otherwise, of which a share of each class is kept for testing
//
// The classes are the names of the folders, in the order of their bytes. All
// files below a class folder are its pictures, PNG or JPEG as their content
// says, whatever their names; those that begin with a dot are passed over.
//
// Every picture becomes Size x Size bytes a channel as [ReadPicture] does it: its
// shorter side is scaled to Size and the centre is cut out. That is what an
// evaluation sees and what augmentation starts from.
type Folder struct {
	Size     int `json:"size"`     // pixels a side
	Channels int `json:"channels"` // 1 grey, 3 colour

	// Stored is a larger side at which the training images are kept as well, for
	// random resized crops to have more pixels to choose from; 0 is not at all.
	Stored int `json:"stored,omitempty"`

	// Damaged is what happens to a file that cannot be decoded: with "refuse" it
	// is an error, with "skip" it is left out and listed in [Dataset.Skipped].
	Damaged string `json:"damaged"`

	// The share of each class that is for testing where there are no folders
	// train and test or val, at least one picture; which ones is a function of
	// SplitSeed and of their names alone.
	TestShare float64 `json:"test_share"`
	SplitSeed uint64  `json:"split_seed"`

	// What a first loading has found. If they are given, the folder must have
	// these classes, and the images are normalised with these moments.
	Classes []string  `json:"classes,omitempty"`
	Mean    []float32 `json:"mean,omitempty"`
	Std     []float32 `json:"std,omitempty"`
}

// DefaultFolder reads colour images of 64 x 64, keeps a fifth for testing and
// refuses files that cannot be decoded.
func DefaultFolder() Folder {
	return Folder{Size: 64, Channels: 3, Damaged: "refuse", TestShare: 0.2, SplitSeed: 1}
}

// maxSide bounds the side of the images of a folder.
const maxSide = 1024

// Validate reports the first value with which no folder can be read.
func (f Folder) Validate() error {
	switch {
	case f.Size < 1 || f.Size > maxSide:
		return fmt.Errorf("vision: images of %d pixels a side; want 1 to %d", f.Size, maxSide)
	case f.Channels != 1 && f.Channels != 3:
		return fmt.Errorf("vision: images of %d channels; want 1 (grey) or 3 (red, green, blue)", f.Channels)
	case f.Stored != 0 && (f.Stored < f.Size || f.Stored > maxSide):
		return fmt.Errorf("vision: images stored with %d pixels a side; want %d to %d, or 0 for none", f.Stored, f.Size, maxSide)
	case f.Damaged != "refuse" && f.Damaged != "skip":
		return fmt.Errorf("vision: damaged files: %q; want refuse or skip", f.Damaged)
	case !(f.TestShare > 0 && f.TestShare < 1):
		return fmt.Errorf("vision: test share %g; want more than 0 and less than 1", f.TestShare)
	}
	if f.Mean == nil && f.Std == nil {
		return nil
	}
	return checkMoments(f.Mean, f.Std, f.Channels)
}

// Listing is what a folder of class folders holds, before a file is opened.
type Listing struct {
	Classes     []string // the index is the label
	Train, Test int      // files
	Split       string   // where the test files come from, in words

	train, test []pictureFile
}

// pictureFile is a file and the class it is of.
type pictureFile struct {
	path  string
	label uint8
}

// String says it in a line.
func (l *Listing) String() string {
	return fmt.Sprintf("%d classes, %d training and %d test files; test files: %s", len(l.Classes), l.Train, l.Test, l.Split)
}

// List lists the folder dir. It is an error if there are fewer than two or more
// than 256 classes, a class without pictures, or a test class that is not trained.
func (f Folder) List(dir string) (*Listing, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	trainDir, testDir, err := parts(dir)
	if err != nil {
		return nil, err
	}
	l := &Listing{}
	if l.Classes, err = classFolders(trainDir); err != nil {
		return nil, err
	}
	if n := len(l.Classes); n < 2 || n > 256 {
		return nil, fmt.Errorf("vision: %s has %d class folders; want 2 to 256", trainDir, n)
	}
	if f.Classes != nil && !slices.Equal(f.Classes, l.Classes) {
		return nil, fmt.Errorf("vision: the class folders of %s are %s; want %s, as before", trainDir, abridged(l.Classes), abridged(f.Classes))
	}
	train, err := classFiles(trainDir, l.Classes)
	if err != nil {
		return nil, err
	}
	for i, files := range train {
		if len(files) == 0 {
			return nil, fmt.Errorf("vision: the class folder %s has no pictures", filepath.Join(trainDir, l.Classes[i]))
		}
	}
	test := make([][]string, len(train))
	if testDir == "" {
		for i, files := range train {
			train[i], test[i] = f.split(dir, files)
		}
		l.Split = fmt.Sprintf("%g of each class, drawn with seed %d", f.TestShare, f.SplitSeed)
	} else {
		classes, err := classFolders(testDir)
		if err != nil {
			return nil, err
		}
		for _, c := range classes {
			if !slices.Contains(l.Classes, c) {
				return nil, fmt.Errorf("vision: the class %s of %s is not among those of %s: %s", c, testDir, trainDir, abridged(l.Classes))
			}
		}
		for i, c := range l.Classes {
			if slices.Contains(classes, c) {
				if test[i], err = pictureFiles(filepath.Join(testDir, c)); err != nil {
					return nil, err
				}
			}
		}
		l.Split = "the folder " + filepath.Base(testDir)
	}
	l.train, l.test = turns(train), turns(test)
	if l.Train, l.Test = len(l.train), len(l.test); l.Train == 0 || l.Test == 0 {
		return nil, fmt.Errorf("vision: %s has %d training and %d test files; want at least one of each", dir, l.Train, l.Test)
	}
	return l, nil
}

// parts finds the folders of training and test images; testDir is "" if the
// class folders stand in dir itself. A lone folder train without folders in it
// is a class, as in CIFAR-100.
func parts(dir string) (trainDir, testDir string, err error) {
	if info, err := os.Stat(dir); err != nil {
		return "", "", fmt.Errorf("vision: %w", err)
	} else if !info.IsDir() {
		return "", "", fmt.Errorf("vision: %s is a file; want a folder of class folders", dir)
	}
	train := filepath.Join(dir, "train")
	if !isDir(train) {
		return dir, "", nil
	}
	for _, name := range []string{"test", "val"} {
		if test := filepath.Join(dir, name); isDir(test) {
			return train, test, nil
		}
	}
	inside, err := classFolders(train)
	if err != nil {
		return "", "", err
	}
	if len(inside) > 0 {
		return "", "", fmt.Errorf("vision: %s has a folder train with class folders, but neither test nor val beside it", dir)
	}
	return dir, "", nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// classFolders returns the names of the folders in dir, links to folders too, in
// the order of their bytes.
func classFolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("vision: %w", err)
	}
	var names []string
	for _, e := range entries { // os.ReadDir sorts them
		if !strings.HasPrefix(e.Name(), ".") && isDir(filepath.Join(dir, e.Name())) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// classFiles lists the pictures of every class.
func classFiles(dir string, classes []string) ([][]string, error) {
	all := make([][]string, len(classes))
	for i, c := range classes {
		var err error
		if all[i], err = pictureFiles(filepath.Join(dir, c)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// pictureFiles lists the files below a class folder, at any depth, sorted. Of
// links only the class folder itself is followed into, so that no circle is.
func pictureFiles(dir string) ([]string, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("vision: %w", err)
	}
	var files []string
	err = filepath.WalkDir(real, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != real && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir():
			files = append(files, filepath.Join(dir, strings.TrimPrefix(path, real)))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("vision: %w", err)
	}
	return files, nil
}

// split draws the test files of a class. Files are ordered by a hash of the
// seed and of their names below dir, so the draw depends neither on where the
// folder is nor, but for the number, on which others there are.
func (f Folder) split(dir string, files []string) (train, test []string) {
	key := make(map[string]uint64, len(files))
	for _, file := range files {
		name, err := filepath.Rel(dir, file)
		if err != nil {
			name = file
		}
		h := fnv.New64a()
		h.Write([]byte(filepath.ToSlash(name)))
		key[file] = mix(mix(f.SplitSeed) + h.Sum64())
	}
	drawn := slices.Clone(files)
	slices.SortFunc(drawn, func(a, b string) int { return cmp.Or(cmp.Compare(key[a], key[b]), strings.Compare(a, b)) })
	n := 0
	if len(files) > 1 { // one picture cannot be in both
		n = min(len(files)-1, max(1, int(math.Round(f.TestShare*float64(len(files))))))
	}
	test, train = drawn[:n], drawn[n:]
	slices.Sort(test)
	slices.Sort(train)
	return train, test
}

// turns lets the classes take turns, so that the first n files are balanced for
// every n, as far as the classes are.
func turns(files [][]string) []pictureFile {
	var all []pictureFile
	for round := 0; ; round++ {
		before := len(all)
		for label, list := range files {
			if round < len(list) {
				all = append(all, pictureFile{list[round], uint8(label)})
			}
		}
		if len(all) == before {
			return all
		}
	}
}

// abridged lists a few names.
func abridged(names []string) string {
	const few = 6
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s, … (%d)", strings.Join(names[:few], ", "), len(names))
}
