package vision

// This file finds which part of a folder is for training and which for testing.

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgtool/source"
)

// Names of the folders of a part, in any case: those of testing in the order in which
// they are looked for.
var (
	trainNames = []string{"train"}
	testNames  = [][]string{{"test"}, {"val", "valid", "validation"}}
)

// parts finds the folders of training and test images; testDir is "" if the
// class folders stand in dir itself. A lone folder train without folders in it
// is a class, as in CIFAR-100. With other, where a lone test folder is enough, that is
// both.
func parts(dir string, other bool) (trainDir, testDir string, err error) {
	if info, err := os.Stat(dir); err != nil {
		return "", "", fmt.Errorf("vision: %w", err)
	} else if !info.IsDir() {
		return "", "", fmt.Errorf("vision: %s is a file; want a folder of class folders", dir)
	}
	folders, err := classFolders(dir)
	if err != nil {
		return "", "", err
	}
	train, test := named(folders, trainNames), []string(nil)
	for _, names := range testNames {
		if test = named(folders, names); len(test) > 0 {
			break
		}
	}
	divided := func(names []string) bool { // hold class folders
		return slices.ContainsFunc(names, func(n string) bool { return len(folderNames(filepath.Join(dir, n))) > 0 })
	}
	switch {
	case len(train) == 0 && divided(test):
		if other && len(test) == 1 {
			return filepath.Join(dir, test[0]), filepath.Join(dir, test[0]), nil
		}
		return "", "", fmt.Errorf("vision: %s has the folder %s with class folders, but no folder train beside it", dir, test[0])
	case len(train) == 0, !divided(train) && (len(test) == 0 || len(train) > 1):
		return dir, "", nil
	case len(train) > 1:
		return "", "", fmt.Errorf("vision: %s has the folders %s; want one of them", dir, strings.Join(train, " and "))
	case len(test) > 1:
		return "", "", fmt.Errorf("vision: %s has the folders %s; want one of them, or test", dir, strings.Join(test, " and "))
	case len(test) == 0:
		return "", "", fmt.Errorf("vision: %s has a folder %s with class folders, but none of test, val, valid and validation beside it", dir, train[0])
	}
	var classes []string
	for _, name := range folders {
		if len(named([]string{name}, slices.Concat(trainNames, testNames[0], testNames[1]))) == 0 && hasPicture(filepath.Join(dir, name)) {
			classes = append(classes, name)
		}
	}
	if len(classes) > 0 {
		return "", "", fmt.Errorf("vision: %s has the folders %s and %s, and pictures in others beside them: %s; move these elsewhere, or make all of them class folders",
			dir, train[0], test[0], abridged(classes))
	}
	return filepath.Join(dir, train[0]), filepath.Join(dir, test[0]), nil
}

// named are the folders with one of some names, in any case.
func named(folders, names []string) (found []string) {
	for _, f := range folders {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(f, n) }) {
			found = append(found, f)
		}
	}
	return found
}

// split draws the test files of a class. Files are ordered by a hash of the
// seed and of their names below dir, so the draw depends neither on where the
// folder is nor, but for the number, on which others there are.
func (f Folder) split(dir string, files []string) (train, test []string) {
	key := make(map[string]uint64, len(files))
	for _, file := range files {
		h := fnv.New64a()
		h.Write([]byte(filepath.ToSlash(relative(dir, file))))
		key[file] = source.Mix(source.Mix(f.SplitSeed) + h.Sum64())
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
				all = append(all, pictureFile{list[round], uint16(label)})
			}
		}
		if len(all) == before {
			return all
		}
	}
}
