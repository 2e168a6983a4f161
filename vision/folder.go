package vision

// This file lists a folder of class folders: which picture is of which class,
// and which ones are for testing.

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Folder says how a folder of class folders becomes a data set:
//
//	dir/train/CLASS/…  and  dir/test/CLASS/…  (or val, valid, validation, if there is no test)
//	dir/CLASS/…        otherwise, of which a share of each class is kept for testing
//
// Upper and lower case do not matter in train, test and so on. Two folders for the same
// part, or pictures in other folders beside train and test, are ambiguous and an error.
//
// The classes are the names of the folders, in byte order. The files below a class folder
// are its pictures, in the formats of [ReadPicture]. Names that begin with a dot are
// skipped; files that are pictures neither by content nor by ending are skipped and listed
// in [Listing.Others].
//
// Every picture becomes Size x Size bytes a channel, as with [ReadPicture]: the shorter
// side is scaled to Size and the centre is cut out. An evaluation sees that, and
// augmentation starts from it.
type Folder struct {
	Size     int `json:"size"`     // pixels a side
	Channels int `json:"channels"` // 1 grey, 3 colour

	// Stored is a larger side at which the training images are read as well, so that
	// random resized crops have more pixels to choose from; 0 is none.
	Stored int `json:"stored,omitempty"`

	// Damaged is what to do with a file that cannot be decoded: "refuse" makes it an
	// error, "skip" leaves it out and lists it in [Dataset.Skipped].
	Damaged string `json:"damaged"`

	// TestShare is the share of each class, at least one picture, that is for testing if
	// there are no folders train and test. SplitSeed and the names of the files decide
	// which ones; damaged pictures take part in the draw.
	TestShare float64 `json:"test_share"`
	SplitSeed uint64  `json:"split_seed"`

	// Memory is how many bytes of decoded images are kept, in all parts together. The
	// others are decoded each time they are needed; results are the same. 0 stands for a
	// quarter of the free memory, or for 4 GiB if the system does not tell what is free.
	Memory int64 `json:"-"`

	// Classes, Mean and Std are what the first load found. If they are given, the folder
	// must have these classes, and the images are normalised with these moments.
	Classes []string  `json:"classes,omitempty"`
	Mean    []float32 `json:"mean,omitempty"`
	Std     []float32 `json:"std,omitempty"`
}

// DefaultFolder reads colour images of 64 x 64, keeps a fifth for testing and
// refuses files that cannot be decoded.
func DefaultFolder() Folder {
	return Folder{Size: 64, Channels: 3, Damaged: "refuse", TestShare: 0.2, SplitSeed: 1}
}

// maxSide bounds the side of the images of a folder, maxClasses the labels.
const (
	maxSide    = 1024
	maxClasses = 1 << 16
)

// Validate reports the first invalid value.
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
	if f.Memory < 0 {
		return fmt.Errorf("vision: memory of %d bytes for decoded images; want 1 or more, or 0 for a quarter of the free memory", f.Memory)
	}
	if f.Mean == nil && f.Std == nil {
		return nil
	}
	return checkMoments(f.Mean, f.Std, f.Channels)
}

// Listing is what a folder of class folders holds, before a picture is decoded.
type Listing struct {
	Classes     []string // the index is the label
	Train, Test int      // files
	Split       string   // where the test files come from, in words
	Others      []string // files below the folder that are not pictures
	Untested    []string // classes without a test file

	train, test []pictureFile
	drawn       bool // the test files are drawn from the class folders
}

// pictureFile is a file and the class it is of.
type pictureFile struct {
	path  string
	label uint16
}

// String describes the listing in one line.
func (l *Listing) String() string {
	return fmt.Sprintf("%d classes, %d training and %d test files; test files: %s", len(l.Classes), l.Train, l.Test, l.Split)
}

// List lists the folder dir. It is an error if there are fewer than two or more
// than 65,536 classes, a class without pictures, or a test class that is not trained.
func (f Folder) List(dir string) (*Listing, error) { return f.list(dir, false) }

// list is List; with other it is that of another folder than the one that was trained
// on, which may have some of its classes only.
func (f Folder) list(dir string, other bool) (*Listing, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	trainDir, testDir, err := parts(dir, other)
	if err != nil {
		return nil, err
	}
	l := &Listing{drawn: testDir == ""}
	found, err := f.classFolders(trainDir, other)
	if err != nil {
		return nil, err
	}
	if l.Classes = slices.Clone(f.Classes); l.Classes == nil {
		l.Classes = found
	}
	if !other && slices.Contains(folderNames(trainDir), appleFolder) && !slices.Contains(l.Classes, appleFolder) {
		l.Others = append(l.Others, appleFolder)
	}
	train := make([][]string, len(l.Classes))
	if trainDir != testDir {
		if err := l.files(dir, trainDir, found, train); err != nil {
			return nil, err
		}
	}
	for i, files := range train {
		if len(files) == 0 && !other {
			return nil, fmt.Errorf("vision: the class folder %s has no pictures", filepath.Join(trainDir, l.Classes[i]))
		}
	}
	test := make([][]string, len(train))
	if l.drawn {
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
			if _, known := slices.BinarySearch(l.Classes, c); !known {
				return nil, fmt.Errorf("vision: the class %s of %s is not among those of %s: %s", c, testDir, trainDir, abridged(l.Classes))
			}
		}
		if err := l.files(dir, testDir, classes, test); err != nil {
			return nil, err
		}
		l.Split = "the folder " + filepath.Base(testDir)
	}
	for i, files := range test {
		if len(files) == 0 {
			l.Untested = append(l.Untested, l.Classes[i])
		}
	}
	l.train, l.test = turns(train), turns(test)
	l.Train, l.Test = len(l.train), len(l.test)
	if !other && (l.Train == 0 || l.Test == 0) || l.Train+l.Test == 0 {
		lone := ""
		if l.drawn && l.Test == 0 {
			lone = ": a class needs two pictures for one of them to be for testing"
		}
		return nil, fmt.Errorf("vision: %s has %d training and %d test files; want at least one of each%s", dir, l.Train, l.Test, lone)
	}
	return l, nil
}

// classFolders are those of a folder: the classes of f, if it has any, or with other some
// of these.
func (f Folder) classFolders(dir string, other bool) ([]string, error) {
	found, err := classFolders(dir)
	if err != nil {
		return nil, err
	}
	least := 2
	if other {
		least = 1
	}
	if n := len(found); n < least || n > maxClasses {
		return nil, fmt.Errorf("vision: %s has %d class folders; want %d to %d, each with the name of a class and its pictures in it%s", dir, n, least, maxClasses, insteadOfClasses(dir))
	}
	if f.Classes == nil {
		return found, nil
	}
	if !other && !slices.Equal(f.Classes, found) {
		return nil, fmt.Errorf("vision: the class folders of %s are %s; want %s, as before", dir, abridged(found), abridged(f.Classes))
	}
	for _, c := range found {
		if _, known := slices.BinarySearch(f.Classes, c); !known {
			return nil, fmt.Errorf("vision: the class folder %s of %s is not among those that were trained: %s", c, dir, abridged(f.Classes))
		}
	}
	return found, nil
}

// files lists the pictures of some class folders in from, each class at its label, and
// what else is there.
func (l *Listing) files(dir, from string, classes []string, into [][]string) error {
	for _, c := range classes {
		pictures, others, err := PictureFiles(filepath.Join(from, c))
		if err != nil {
			return err
		}
		label, _ := slices.BinarySearch(l.Classes, c)
		into[label] = pictures
		for _, o := range others {
			l.Others = append(l.Others, relative(dir, o))
		}
	}
	return nil
}

// abridged lists a few names.
func abridged(names []string) string {
	const few = 6
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s, … (%d)", strings.Join(names[:few], ", "), len(names))
}
