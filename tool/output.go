package tool

// Places for results, checked before the work.

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mgtool/internal/atomicfile"
)

// CheckFile reports, before the work, why a result cannot be written to path, whose name
// must end in one of endings. flag names the setting in errors. An empty path, which
// stands for no file, passes.
func CheckFile(flag, path string, endings ...string) error {
	if path == "" {
		return nil
	}
	good := false
	for _, e := range endings {
		good = good || strings.EqualFold(filepath.Ext(path), e)
	}
	if !good {
		return Usagef("--%s %s; want a name ending in %s", flag, path, strings.Join(endings, " or "))
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return Usagef("--%s %s: there is no folder %s", flag, path, dir)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return Usagef("--%s %s: this is a folder; want the name of a file", flag, path)
	}
	if err := atomicfile.Probe(dir, 0); err != nil {
		return fmt.Errorf("--%s %s: %w", flag, path, err)
	}
	return nil
}

// makeFolder makes a folder for results before the work, unless path is empty. flag
// names the setting in errors.
func makeFolder(flag, path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return Usagef("--%s %s: this is a file; want a folder", flag, path)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("--%s %s: %w", flag, path, err)
	}
	if err := atomicfile.Probe(path, 0); err != nil {
		return fmt.Errorf("--%s %s: %w", flag, path, err)
	}
	return nil
}
