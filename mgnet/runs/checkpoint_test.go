package runs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgtool/internal/strictjson"
	"mgtool/mgnet"
	"mgtool/mgnet/modeltest"
)

// file writes bytes to a file of that name.
func file(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is no file, or larger than a model's checkpoint can be, is not read.
func TestReadersHaveLimits(t *testing.T) {
	n := modeltest.AsTrained(t, mgnet.NewMgNet(28, 28, 1, 10, []int{4}, []int{1}), 3)
	path := file(t, "w.safetensors", nil)
	if err := os.Truncate(path, 1<<40); err != nil { // a hole, no blocks
		t.Skip("no files with holes here:", err)
	}
	if _, err := LoadCheckpoint(n, path, nil, nil); err == nil || !strings.Contains(err.Error(), "has 1099511627776 bytes; want at most") {
		t.Errorf("a checkpoint of a terabyte: %v", err)
	}
	dir := filepath.Dir(path)
	if err := os.Rename(path, filepath.Join(dir, ConfigFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadRun(dir); err == nil || !strings.Contains(err.Error(), "more than 16 MB") {
		t.Errorf("a config.json of a terabyte: %v", err)
	}
	if _, err := strictjson.ReadFile(dir); err == nil || !strings.Contains(err.Error(), "want a file") {
		t.Errorf("a folder: %v", err)
	}
}
