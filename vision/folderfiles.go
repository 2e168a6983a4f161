package vision

// This file finds which files of a folder are pictures.

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgtool/internal/picture"
)

// pictureEndings are those of the formats that are read: a file with one of them is
// meant to be a picture, whatever is in it.
var pictureEndings = []string{".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".tif", ".tiff", ".webp", ".bmp"}

// appleFolder is what macOS puts into archives beside the folders in it.
const appleFolder = "__MACOSX"

// PictureFiles lists the pictures below a folder, at any depth, sorted, and the other
// files. A file counts as a picture if its name ends like one, even if it is damaged or
// empty, or if its content begins like one. Names that begin with a dot are skipped. Links
// to folders are not followed, except for dir itself.
func PictureFiles(dir string) (pictures, others []string, err error) {
	err = walk(dir, func(path string) error {
		if isPicture(path) {
			pictures = append(pictures, path)
		} else {
			others = append(others, path)
		}
		return nil
	})
	return pictures, others, err
}

// hasPicture reports whether there is a picture below a folder.
func hasPicture(dir string) bool {
	found := false
	walk(dir, func(path string) error {
		if found = isPicture(path); found {
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// isPicture is true of what cannot be looked into, such as a broken link, too, so that
// it is named when it is read.
func isPicture(path string) bool {
	if slices.Contains(pictureEndings, strings.ToLower(filepath.Ext(path))) {
		return true
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return true
	}
	is, err := picture.Sniff(path)
	return is || err != nil
}

// walk visits the files below a folder in the order of their names. Links are not
// followed, but for the folder itself, so there are no cycles.
func walk(dir string, visit func(path string) error) error {
	real, err := filepath.EvalSymlinks(dir)
	if err == nil {
		err = filepath.WalkDir(real, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case path != real && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
			case !d.IsDir():
				return visit(filepath.Join(dir, strings.TrimPrefix(path, real)))
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("vision: %w", err)
	}
	return nil
}

// classFolders returns the names of the folders in dir, links to folders too, in
// the order of their bytes, without what macOS leaves there.
func classFolders(dir string) ([]string, error) {
	if _, err := os.ReadDir(dir); err != nil {
		return nil, fmt.Errorf("vision: %w", err)
	}
	return slices.DeleteFunc(folderNames(dir), func(name string) bool {
		return name == appleFolder && !hasPicture(filepath.Join(dir, name))
	}), nil
}

// folderNames returns the names of all folders in dir that can be seen.
func folderNames(dir string) (names []string) {
	entries, _ := os.ReadDir(dir) // sorted
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && isDir(filepath.Join(dir, e.Name())) {
			names = append(names, e.Name())
		}
	}
	return names
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// relative is a path as seen from dir.
func relative(dir, path string) string {
	if name, err := filepath.Rel(dir, path); err == nil {
		return name
	}
	return path
}

// insteadOfClasses says what a folder without class folders holds, for an error.
func insteadOfClasses(dir string) string {
	if hint := pythonCIFAR(os.DirFS(dir), ""); hint != "" {
		return "; " + hint
	}
	entries, _ := os.ReadDir(dir)
	pictures, table := 0, ""
	for _, e := range entries {
		switch path := filepath.Join(dir, e.Name()); {
		case e.IsDir() || strings.HasPrefix(e.Name(), "."):
		case strings.EqualFold(filepath.Ext(path), ".csv"):
			table = e.Name()
		case isPicture(path):
			pictures++
		}
	}
	switch {
	case pictures > 0 && table != "":
		return fmt.Sprintf("; it has %d pictures itself: move each into the folder of the class that %s gives it", pictures, table)
	case pictures > 0:
		return fmt.Sprintf("; it has %d pictures itself: move each into the folder of its class", pictures)
	}
	return ""
}
