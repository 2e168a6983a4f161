package tool

// The data sets known by name, and whether their files are the official ones.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"mgtool/vision"
)

// ListedData is a data set known by name.
type ListedData struct {
	Name     string `json:"name"`
	Images   string `json:"images"` // height × width × channels
	Classes  int    `json:"classes"`
	Bytes    int64  `json:"download_bytes"` // 0 for the set that is built in
	Licence  string `json:"licence"`
	Citation string `json:"citation"`
}

// DataSets lists the data sets known by name.
func DataSets() ([]ListedData, error) {
	var sets []ListedData
	for _, name := range vision.Names() {
		about, err := vision.Describe(name)
		if err != nil {
			return nil, err
		}
		sources, err := vision.OfficialFiles(name)
		if err != nil {
			return nil, err
		}
		s := ListedData{Name: name, Images: fmt.Sprintf("%d×%d×%d", about.Height, about.Width, about.Channels), Classes: len(about.Classes), Licence: "MIT"}
		for _, src := range sources {
			s.Bytes += src.Size
			s.Licence, s.Citation = src.Licence, src.Citation
		}
		sets = append(sets, s)
	}
	return sets, nil
}

// CheckFetched reports a name without files to fetch: of no data set, or of the one that
// is built in.
func (d Data) CheckFetched() error {
	sources, err := vision.OfficialFiles(d.Name)
	if err != nil && d.IsFolder() {
		return Usagef("%s is a folder; only the sets of mgtool data list are fetched", d.Name)
	}
	if err == nil && len(sources) == 0 {
		err = fmt.Errorf("%s is built in and has no files", d.Name)
	}
	return Usage(err)
}

// DataCheck compares the files of a data set with the official ones.
type DataCheck struct {
	Name, Dir string
	Files     []FileCheck
	Bad       int // files that are not the official ones
	// WellFormed says, of other files that can be read, how many records they hold;
	// empty if they cannot be read.
	WellFormed string
	unreadable error // why they cannot be, if some are missing
}

// FileCheck is the state of a file of a data set.
type FileCheck struct {
	File   string `json:"file"`
	State  string `json:"state"` // of [vision.FileStatus]
	Detail string `json:"detail"`
}

// Verify compares the files of a known data set with the official ones.
func (d Data) Verify() (*DataCheck, error) {
	check := &DataCheck{Name: d.Name, Dir: d.Files()}
	files, err := vision.Verify(check.Name, check.Dir)
	if err != nil {
		return nil, err
	}
	missing := false
	for _, f := range files {
		missing = missing || f.State == vision.Missing
		check.Files = append(check.Files, FileCheck{f.Want.Name, string(f.State), f.String()})
		if f.State != vision.OK {
			check.Bad++
		}
	}
	if check.Bad > 0 {
		check.WellFormed = wellFormed(check.Name, check.Dir)
	}
	if check.WellFormed == "" && missing {
		_, check.unreadable = vision.LoadTest(check.Name, check.Dir) // which may know what is there instead
	}
	return check, nil
}

// Err is nil if all files are the official ones.
func (c *DataCheck) Err() error {
	if c.Bad == 0 {
		return nil
	}
	text := fmt.Sprintf("%d of %d files of %s in %s are not the official ones", c.Bad, len(c.Files), c.Name, c.Dir)
	switch {
	case c.WellFormed != "":
		return fmt.Errorf("%s, but well-formed: %s", text, c.WellFormed)
	case c.unreadable != nil:
		return fmt.Errorf("%s: %w", text, c.unreadable)
	}
	return errors.New(text)
}

// wellFormed describes the records of the files of a data set, in all and by class, if
// they can be read for training; otherwise it is empty.
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

// FolderCheck is the content of a folder of class folders.
type FolderCheck struct {
	Dir     string
	Listing *vision.Listing
	Damaged []string // one error for each picture that cannot be decoded
}

// VerifyFolder decodes every picture of a folder of class folders.
func VerifyFolder(ctx context.Context, dir string, r Reporter) (*FolderCheck, error) {
	set := vision.DefaultFolder()
	set.Size, set.Damaged = 8, "refuse"
	set.Memory = math.MaxInt64 // every image is decoded, not its header alone
	list, err := orStop(ctx, func() (*vision.Listing, error) { return set.List(dir) })
	if err != nil {
		return nil, err
	}
	check := &FolderCheck{Dir: dir, Listing: list, Damaged: []string{}}
	_, err = orStop(ctx, func() (*vision.Dataset, error) {
		train, _, err := set.Load(dir)
		return train, err
	})
	if e := (*vision.DamagedError)(nil); errors.As(err, &e) {
		for _, why := range e.Damaged {
			check.Damaged = append(check.Damaged, why.Error())
		}
	} else if err != nil {
		return nil, err
	}
	r.listing(dir, list)
	return check, nil
}

// Err is nil if all pictures can be decoded.
func (c *FolderCheck) Err() error {
	if n := len(c.Damaged); n > 0 {
		return fmt.Errorf("%d of %d pictures of %s cannot be decoded", n, c.Listing.Train+c.Listing.Test, c.Dir)
	}
	return nil
}
